"""The servers that mlreg runs for local trackers: found by a small file and a look at the process, started, stopped."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from mlreg.adapters import server_files
from mlreg.adapters.processes import Process, alive, end, family, look
from mlreg.adapters.server_files import Record
from mlreg.core import local, local_server
from mlreg.core.errors import MlregError, StoreBroken, StoreError, Unsupported
from mlreg.core.local_server import LocalServer, Tell
from mlreg.core.types import Outcome, Tracker

PATIENCE_S = 10.0  # for what is still being answered when a server shall end
STOP_LOCK_S = 150.0  # longer than a start may take


class Servers:
    """LocalServers on this machine. Each store's has a directory below mlreg's state directory, and a lock beside it.

    `say` is for a person, if `person` tells that there is one.
    """

    def __init__(
        self,
        state: Path,
        environ: Mapping[str, str],
        *,
        notify: Callable[[str], None],
        say: Callable[[str], None],
        person: Callable[[], bool],
    ) -> None:
        self._servers = state / "servers"
        self._hints = state / "hints"
        self._environ = environ
        self._notify, self._say, self._person = notify, say, person
        self._told: set[str] = set()

    def find(self, tracker: Tracker) -> LocalServer:
        """One small file is read, and one of /proc. What cannot be understood of it is said."""
        directory = self._directory(tracker)
        try:
            server = _described(directory)
            found = _adopted(directory) if server.state == "starting" else server
        except StoreBroken as error:
            self._tell(error)
            found = LocalServer(tracker="", state="unknown", log=str(directory / server_files.LOG))
        return replace(found, tracker=tracker.name)

    def all(self) -> list[LocalServer]:
        """Those of trackers that have gone, too."""
        return self._each(_described)

    def address(self, tracker: Tracker) -> str | None:
        """None while it starts, too: the store can be opened without it."""
        server = self.find(tracker)
        if server.state == "running":
            return server.uri
        if server.state == "ended":
            self._notify(local_server.has_ended(tracker.name))
            _clear(self._directory(tracker))
        elif server.state == "stopped":
            self._suggest(tracker)
        return None

    def startable(self) -> bool:
        """MLflow's client alone, mlflow-skinny, is another distribution; neither is imported."""
        return _installed() is not None

    def start(self, tracker: Tracker, root: str, tell: Tell, timeout_s: float) -> tuple[LocalServer, Outcome]:
        """Of several starts at once one does the work, and the others wait for it."""
        version = _installed()
        if version is None:
            raise local_server.not_installed()
        if sys.platform == "win32":
            raise Unsupported("mlreg does not run servers on Windows yet", hint="mlflow server, and register its URI")
        directory = self._directory(tracker)
        with _alone(directory, timeout_s + PATIENCE_S):
            known = _adopt(directory)
            fault = _fault(directory, tracker, version) if known.state == "running" else None
            if known.state == "running" and fault is None:
                server = replace(known, tracker=tracker.name)
                return server, local_server.unchanged(server)
            _end(directory)
            began = time.monotonic()
            server = self._started(tracker, version, root, tell, timeout_s)
            return server, local_server.started(server, time.monotonic() - began, fault)

    def stop(self, tracker: Tracker) -> Outcome:
        """A start that is going on is waited for."""
        return local_server.stopped(replace(_stopped(self._directory(tracker)), tracker=tracker.name))

    def stop_all(self) -> list[LocalServer]:
        """What failed starts have left goes too."""
        return self._each(_stopped)

    def _started(self, tracker: Tracker, version: str, root: str, tell: Tell, timeout_s: float) -> LocalServer:
        """Start a server. Its process is noted at once: a start that dies on the way leaves nothing unknown."""
        from mlreg.adapters import server_launch

        directory = self._directory(tracker)
        _make(directory)
        process = server_launch.launch(directory, tracker, root, self._environ)
        leader = look(process.pid) or Process(process.pid, "ended at once")
        record = Record(tracker=tracker.name, version=version, processes=(leader,))
        try:
            server_files.write(directory, record)
            log = directory / server_files.LOG
            uri = server_launch.wait(process, tracker.name, log, tell, timeout_s)
        except BaseException:
            end(record.processes, PATIENCE_S)
            (directory / server_files.STATE).unlink(missing_ok=True)
            raise
        _note_running(directory, replace(record, inode=_inode(tracker)), uri)
        return _described(directory)

    def _suggest(self, tracker: Tracker) -> None:
        """Say once for each store how to be fast, to a person."""
        told = self._hints / server_files.name_of(tracker.tracking_uri)
        if tracker.layer == "environment" or not self._person() or told.exists():
            return
        self._say(local_server.how_to_be_fast(tracker.name, startable=self.startable()))
        with suppress(StoreError, OSError):
            _make(self._hints)
            told.touch(mode=0o600)

    def _each(self, act: Callable[[Path], LocalServer]) -> list[LocalServer]:
        """Do something with every server. One that cannot be understood keeps none of the others from it."""
        done = []
        for directory in self._directories():
            try:
                done.append(act(directory))
            except StoreBroken as error:
                self._tell(error)
        return [server for server in done if server.state != "stopped"]

    def _tell(self, error: StoreBroken) -> None:
        """Once: one command may look several times."""
        if str(error) not in self._told:
            self._told.add(str(error))
            self._notify(str(error))

    def _directory(self, tracker: Tracker) -> Path:
        return self._servers / server_files.name_of(tracker.tracking_uri)

    def _directories(self) -> list[Path]:
        with suppress(OSError):
            return sorted(path for path in self._servers.iterdir() if path.is_dir())
        return []


def _described(directory: Path) -> LocalServer:
    record = server_files.read(directory)
    if record is None:
        return LocalServer(tracker="", state="stopped")
    living = alive(record.processes[0])
    return LocalServer(
        tracker=record.tracker,
        state="ended" if not living else "running" if record.uri else "starting",
        uri=record.uri,
        pid=record.processes[0].pid,
        version=record.version,
        log=str(directory / server_files.LOG),
    )


def _adopted(directory: Path) -> LocalServer:
    """Look at a server that is starting: if nobody is at it any more, its start was killed."""
    with suppress(StoreError, OSError), _alone(directory, 0):
        return _adopt(directory)
    return _described(directory)


def _adopt(directory: Path) -> LocalServer:
    """What is known of a server. One whose start was killed is taken over once it answers."""
    from mlreg.adapters import server_launch

    known = _described(directory)
    record = server_files.read(directory)
    if record is None or known.state != "starting":
        return known
    uri = server_launch.answering((directory / server_files.LOG).read_text(errors="replace"))
    if uri:
        _note_running(directory, record, uri)
    return _described(directory)


def _note_running(directory: Path, record: Record, uri: str) -> None:
    server_files.write(directory, replace(record, uri=uri, processes=tuple(family(record.processes))))


def _fault(directory: Path, tracker: Tracker, version: str) -> str | None:
    """Why a server that runs must be started again; None where it is as it should be."""
    from mlreg.adapters import server_launch

    record = server_files.read(directory)
    if record is None or record.uri is None:
        return None
    if record.version != version:
        return f"version {record.version} ran"
    if record.inode not in (None, _inode(tracker)):
        return "its database was deleted or replaced"
    return None if server_launch.answers(record.uri) else "it did not answer"


def _inode(tracker: Tracker) -> int | None:
    """Which file a store's database is: the server would go on with one that was deleted."""
    place = local.place(tracker.tracking_uri)
    with suppress(OSError):
        return Path(place).stat().st_ino if place else None
    return None


def _clear(directory: Path) -> None:
    """Take away what is left of a server that has ended: its children, which live on without it, and its files."""
    with suppress(MlregError, OSError), _alone(directory, 0):
        if _described(directory).state == "ended":
            _end(directory)


def _stopped(directory: Path) -> LocalServer:
    """Stop what runs, and return what it was."""
    if not directory.exists():
        return LocalServer(tracker="", state="stopped")
    with _alone(directory, STOP_LOCK_S):
        before = _described(directory)
        _end(directory)
        return before


def _end(directory: Path) -> None:
    record = server_files.read(directory)
    if record:
        end(record.processes, PATIENCE_S)
    server_files.remove(directory)


@contextmanager
def _alone(directory: Path, timeout_s: float) -> Iterator[None]:
    """Be the only one who starts or stops this server; with the directory goes the lock, a file beside it."""
    from mlreg.adapters.file_lock import locked

    _make(directory.parent)
    lock = directory.with_suffix(".lock")
    while True:
        with ExitStack() as held:
            with server_files.writing():
                held.enter_context(locked(lock, timeout_s))
            if not _is_ours(lock):  # who had it before has taken the file away
                continue
            try:
                yield
            finally:
                if not directory.exists():
                    with server_files.writing():
                        lock.unlink(missing_ok=True)
            return


def _is_ours(lock: Path) -> bool:
    """Tell whether the file that has the lock's name now is the one that is locked: its holder is written in it."""
    with suppress(OSError):
        return lock.read_text() == f"{os.getpid()}\n"
    return False


def _make(directory: Path) -> None:
    """Make a directory (0700) in mlreg's state directory, which is made so too; raises StoreNotWritable."""
    with server_files.writing():
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)


def _installed() -> str | None:
    """The version of the whole of MLflow, which has a server, if it is there."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    try:
        return version("mlflow") if find_spec("flask") else None
    except PackageNotFoundError:
        return None
