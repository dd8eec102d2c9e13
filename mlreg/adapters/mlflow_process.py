"""MLflow inside mlreg's own process: made quiet and bounded before it is imported, and kept from littering."""

import os
import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from mlreg.adapters import mlflow_errors
from mlreg.adapters.deadline import DeadlinePassed, within
from mlreg.core import credentials, databricks, local
from mlreg.core.addresses import masked
from mlreg.core.errors import Failed, MlregError, TimedOut, Unreachable, Unsupported, Untrusted
from mlreg.core.types import Tracker

T = TypeVar("T")

# Without these MLflow reports usage, prints at INFO, and tries a dead server for four minutes.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}
# What MLflow would take from the environment instead of from the tracker.
_FOREIGN = (
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_TRACKING_SERVER_CERT_PATH",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH",
    "MLFLOW_WORKSPACE",
    "DATABRICKS_HOST",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CLIENT_ID",
    "DATABRICKS_CLIENT_SECRET",
    "DATABRICKS_CONFIG_PROFILE",
)
TOUCHED: Final = (*_QUIET, *_FOREIGN, "NETRC", "HOME", "_MLFLOW_SERVER_ARTIFACT_ROOT")
"""The variables that opening a client changes in this process."""
LOGGERS: Final = ("mlflow", "alembic", "sqlalchemy", "databricks")
"""Those that it silences."""


@dataclass(slots=True)
class Settings:
    """One tracker as MLflow will see it; the deadline runs from the first request."""

    tracker: Tracker
    look_up: credentials.LookUp
    timeout_s: float
    deadline: float = field(default=0.0)


def run(settings: Settings, work: Callable[[], T]) -> T:
    """Run MLflow code in silence and within the deadline; its exceptions become mlreg's."""
    now = time.monotonic()
    settings.deadline = settings.deadline or now + settings.timeout_s
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return within(max(settings.deadline - now, 0.001), lambda: transfer(settings, work))
        except DeadlinePassed:
            where = masked(settings.tracker.tracking_uri)
            hint = "give it more time: --timeout 5m"
            raise TimedOut(f"{where} took longer than {settings.timeout_s:g} s", hint=hint) from None


def transfer(settings: Settings, work: Callable[[], T]) -> T:
    """Run MLflow code without a deadline, which is no measure for files; its exceptions become mlreg's."""
    with translating(settings.tracker):
        return work()


@contextmanager
def translating(tracker: Tracker) -> Iterator[None]:
    """Exceptions of MLflow in this block become mlreg's."""
    try:
        yield
    except MlregError:
        raise
    except Exception as error:
        translated = translate(error, tracker)
        if translated is None:
            raise
        raise translated from error


def open_client(settings: Settings, *, for_files: bool = False) -> Any:
    """Import MLflow and open its client on the tracker's store; raises what `translate` makes of its refusals.

    MLflow takes credentials from the environment only, and in places the global URIs: both are this process's own.
    A client `for_files` leads to stores whose libraries look for their own credentials below HOME.
    """
    tracker = settings.tracker
    if tracker.tracking_headers:
        raise Unsupported(
            f"MLflow's client cannot send {', '.join(tracker.tracking_headers)}, as the tracker {tracker.name} wants",
            hint=f"mlreg tracker update {tracker.name} --unset tracking-header",
        )
    os.environ.update(_QUIET)
    for name in _FOREIGN:
        os.environ.pop(name, None)
    if tracker.kind == "server":
        # Else MLflow would send a login from ~/.netrc or ~/.mlflow/credentials, whichever server this is.
        os.environ["NETRC"] = os.devnull
        if tracker.tracking_username is None and not for_files:
            os.environ["HOME"] = os.devnull
    os.environ.update(credentials.environment(tracker, settings.look_up))
    root = local.artifact_root(tracker.tracking_uri)
    if root:
        os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = root
    import logging

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    import mlflow

    registry_uri = databricks.registry_uri(tracker) if tracker.kind == "databricks" else tracker.tracking_uri
    with _beside(local.place(tracker.tracking_uri)):
        mlflow.set_tracking_uri(tracker.tracking_uri)
        mlflow.set_registry_uri(registry_uri)
        return mlflow.MlflowClient(tracker.tracking_uri, registry_uri)


def installed_version() -> str | None:
    """The version of the MLflow beside mlreg, without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    for package in ("mlflow", "mlflow-skinny"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None


@contextmanager
def _beside(place: str | None) -> Iterator[None]:
    """Open a local store from its own directory: MLflow 2 makes an `mlruns` folder wherever it is called."""
    if place is None:
        yield
        return
    directory = Path(place).parent
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    before, litter = Path.cwd(), directory / "mlruns"
    was_there = litter.exists()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
        if not was_there and litter.is_dir() and not any(litter.iterdir()):
            litter.rmdir()


def _over_http(text: str, where: str) -> MlregError:
    """What MLflow's client says of a server that did not answer, or not in JSON (`mlflow/utils/rest_utils.py`)."""
    if answered := re.search(
        r"(?:failed with error code (\d+)|not in a valid JSON).*?Response body: '(.*)'", text, re.S
    ):
        status, body = int(answered[1] or 200), answered[2]
        return mlflow_errors.from_answer(status, "text/html" if "<" in body else "text/plain", body, where)
    if tried := re.search(r"too many (\d+) error responses", text):
        return mlflow_errors.from_answer(int(tried[1]), "", "", where)
    cause = text.partition("\n")[0][:200]
    if "CERTIFICATE_VERIFY_FAILED" in text:
        hint = "name the authority that signed it: --tracking-ca-cert FILE"
        return Untrusted(f"the certificate of {where} cannot be trusted", cause=cause, hint=hint)
    if "timeout exception" in text:
        return TimedOut(f"{where} does not answer", cause=cause)
    return Unreachable(f"cannot reach {where}", cause=cause)


def translate(error: Exception, tracker: Tracker) -> MlregError | None:
    """Return what an exception from MLflow or below means; None for one that nobody expected."""
    if isinstance(error.__context__, MlregError):  # of mlreg's plugin, which MLflow has asked for credentials
        return error.__context__
    where = masked(tracker.tracking_uri)
    text = masked(str(error))
    if isinstance(error, ModuleNotFoundError):
        hint = f"install it beside mlreg: pip install {error.name}"
        return Unsupported(f"{where} needs a package that is not installed", cause=error.name, hint=hint)
    code = getattr(error, "error_code", None)
    if "out-of-date database schema" in text:
        return Failed(
            f"{where} has the schema of another MLflow",
            cause="mlreg never upgrades a database by itself",
            hint=f"back it up, then: mlflow db upgrade {where}",
        )
    if "API request to" in text:
        return _over_http(text, where)
    if isinstance(code, str):
        return mlflow_errors.from_code(code, text, where)
    if type(error).__module__.startswith("sqlalchemy"):
        return Failed(f"{where} cannot be opened", cause=text.partition("\n")[0][:200])
    return None
