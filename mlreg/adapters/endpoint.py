"""What a tracker says about reaching its server, as an HTTP endpoint."""

from collections.abc import Callable

from mlreg.adapters.http import Endpoint
from mlreg.core import credentials
from mlreg.core.types import Tracker


def endpoint(tracker: Tracker, look_up: credentials.LookUp, renew: Callable[[], bool]) -> Endpoint:
    """Where to send a tracking server's requests. Its secrets are read with the first request, not before.

    `renew` drops what may be stale of them, and tells whether reading again could give others.
    """
    return Endpoint(
        uri=tracker.tracking_uri,
        ca_cert=tracker.tracking_ca_cert,
        client_cert=tracker.tracking_client_cert,
        insecure_tls=tracker.tracking_insecure_tls,
        allow_http=tracker.allow_http,
        authorize=lambda: credentials.authorization(tracker, look_up),
        renew=renew,
        headers={"X-MLFLOW-WORKSPACE": tracker.workspace} if tracker.workspace else None,
    )
