"""A tracking server behind http or https: mlreg's REST registry with the tracker's credentials."""

from collections.abc import Callable

from mlreg.adapters.http import Endpoint, Transport
from mlreg.adapters.rest_api import RestApi
from mlreg.adapters.rest_registry import RestRegistry
from mlreg.core import credentials
from mlreg.core.types import Tracker


def connect(
    tracker: Tracker,
    look_up: credentials.LookUp,
    *,
    timeout_s: float,
    notify: Callable[[str], None],
    renew: Callable[[], bool] = lambda: False,
) -> RestRegistry:
    """Open the REST registry of a tracking server. Its secrets are read with the first request, not before.

    `renew` drops what may be stale of them, and tells whether reading again could give others.
    """
    endpoint = Endpoint(
        uri=tracker.tracking_uri,
        ca_cert=tracker.tracking_ca_cert,
        client_cert=tracker.tracking_client_cert,
        insecure_tls=tracker.tracking_insecure_tls,
        allow_http=tracker.allow_http,
        authorize=lambda: credentials.authorization(tracker, look_up),
        renew=renew,
        headers={"X-MLFLOW-WORKSPACE": tracker.workspace} if tracker.workspace else None,
    )
    return RestRegistry(RestApi(Transport(endpoint, timeout_s=timeout_s, notify=notify), tracker.tracking_uri))
