"""A tracking server behind http or https: mlreg's REST registry with the tracker's credentials."""

from collections.abc import Callable

from mlreg.adapters.endpoint import endpoint
from mlreg.adapters.http import Transport
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
    patient: bool = False,
) -> RestRegistry:
    """Open the REST registry of a tracking server; when `patient`, `timeout_s` is time without progress."""
    transport = Transport(endpoint(tracker, look_up, renew), timeout_s=timeout_s, notify=notify, patient=patient)
    return RestRegistry(RestApi(transport, tracker.tracking_uri, workspace=tracker.workspace))
