"""`mlflow server` for a local tracker: what is known of one, what a start does, what it may see of the environment."""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final, Literal, Protocol

from mlreg.core import local
from mlreg.core.addresses import masked
from mlreg.core.errors import Unsupported, Usage
from mlreg.core.records import dataclass
from mlreg.core.types import Outcome, Tracker

State = Literal["stopped", "starting", "running", "ended", "unknown"]
Tell = Callable[[float], None]
"""Takes the seconds that a person has been waiting."""

NO_PASSWORD: Final = "it has no password: every user of this machine can read and change what is in it"  # noqa: S105
HOST: Final = "127.0.0.1"
INSTALL: Final = "pip install 'mlreg[local]'"
# What a client, mlreg or another server understands; what mlreg keeps secret is among it.
_FOREIGN: Final = ("MLFLOW_", "_MLFLOW_", "MLREG_", "DATABRICKS_", "UVICORN_", "GUNICORN_", "FLASK_")
_OWN: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # eight processes that no registry needs
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "UVICORN_ACCESS_LOG": "false",  # the log would grow with every request
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    """What is known of a local store's server.

    `ended`: it was started, and is gone though nobody has stopped it. `unknown`: what was kept of it is broken.
    """

    tracker: str
    state: State
    uri: str | None = None
    pid: int | None = None
    version: str | None = None
    log: str | None = None


class LocalServers(Protocol):
    """The servers that mlreg runs for local trackers, one for each store."""

    def find(self, tracker: Tracker) -> LocalServer:
        """Tell how a tracker's server is; in microseconds."""
        ...

    def address(self, tracker: Tracker) -> str | None:
        """Return where requests for a tracker go while its server runs; say what deserves a word if it does not."""
        ...

    def all(self) -> list[LocalServer]:
        """Tell of every server that mlreg has started and not stopped."""
        ...

    def startable(self) -> bool:
        """Tell whether the whole of MLflow is installed, which a server needs."""
        ...

    def start(self, tracker: Tracker, root: str, tell: Tell, timeout_s: float) -> tuple[LocalServer, Outcome]:
        """Start a server unless there is one, and wait until it answers; new artifacts go below `root`.

        One that runs and is of no use any more is ended first.
        Raises Unsupported without the whole of MLflow, Failed with the end of its log, TimedOut, StoreError.
        """
        ...

    def stop(self, tracker: Tracker) -> Outcome:
        """End a tracker's server and its children, and no other process; raises Failed when they do not end."""
        ...

    def stop_all(self) -> list[LocalServer]:
        """End every server that mlreg has started, and return what they were."""
        ...


def check(tracker: Tracker) -> None:
    """Raise Usage for a tracker that is a server already, has no name of its own, or means another store elsewhere."""
    if tracker.kind != "local":
        raise Usage(
            f"the tracker {tracker.name} leads to a server already",
            cause=f"mlreg runs servers for local stores, and {masked(tracker.tracking_uri)} is none",
            hint="whether it answers: mlreg status",
        )
    place = local.place(tracker.tracking_uri)
    if tracker.layer == "environment" or (place and not PurePath(place).is_absolute()):
        raise Usage(
            f"the store {masked(tracker.tracking_uri)} is not registered",
            cause="a server is known by the tracker it runs for",
            hint="mlreg tracker register NAME URI",
        )


def not_installed() -> Unsupported:
    """What to raise where there is only MLflow's client."""
    return Unsupported("a server needs the whole of MLflow", cause="only its client is installed", hint=INSTALL)


def artifact_root(tracker: Tracker, default_uri: Callable[[], str]) -> str:
    """Return where new artifacts go: where MLflow's client puts them too, so that both find them.

    A database server's are beside the store that the tracker would have without a URI (`default_uri`).
    """
    uri = tracker.tracking_uri
    return local.artifact_root(uri) or (uri if local.place(uri) else local.artifact_root(default_uri())) or uri


def environment(environ: Mapping[str, str], store_uri: str) -> dict[str, str]:
    """Return what a server sees: the store in a variable, because every user may read a command line."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, **_OWN, "MLFLOW_BACKEND_STORE_URI": store_uri}


def started(server: LocalServer, seconds: float, fault: str | None) -> Outcome:
    """What there is to say of a server that has been started, or again because of a fault of the one that ran."""
    again = f", because {fault}" if fault else ""
    said = (
        f"started MLflow {server.version} for {server.tracker} in {seconds:.0f} s{again}; look at it: {server.uri}; "
        f"stop it: mlreg tracker stop {server.tracker}"
    )
    return Outcome(said=said, notes=[NO_PASSWORD])


def unchanged(server: LocalServer) -> Outcome:
    """What there is to say of a server that runs already."""
    return Outcome(said=f"MLflow is running for {server.tracker} already, unchanged: {server.uri}", changed=False)


def stopped(server: LocalServer) -> Outcome:
    """What there is to say when nothing of a server is left."""
    if server.state in ("stopped", "unknown"):
        return Outcome(said=f"no server is running for {server.tracker}, unchanged", changed=False)
    was = "had ended" if server.state == "ended" else "is stopped"
    return Outcome(said=f"the server of {server.tracker} {was}; its store is as it was")


def has_ended(name: str) -> str:
    """What to say when a server that was started is not there any more."""
    return (
        f"the server of {name} has ended; MLflow opens the store in mlreg's own process, which takes seconds. "
        f"To start it again: mlreg tracker start {name}"
    )


def how_to_be_fast(name: str, *, startable: bool) -> str:
    """What to say once of a store that MLflow opens in mlreg's own process."""
    first = "" if startable else f"{INSTALL}, then "
    return (
        "MLflow opens this store anew for every command, which takes seconds; "
        f"faster: {first}mlreg tracker start {name}"
    )


def no_answer(name: str) -> str:
    """What to do about a server that does not answer."""
    return f"mlreg tracker start {name} starts it again if it does not answer"
