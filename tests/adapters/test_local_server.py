"""What mlreg keeps of local servers: read, doubted, cleaned; real processes, no MLflow."""

import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mlreg.adapters import local_server, server_files
from mlreg.adapters.local_server import Servers
from mlreg.adapters.processes import Process, look
from mlreg.adapters.server_files import Record
from mlreg.core.errors import SourceNotFound, StoreBroken, StoreNotWritable, Unreachable, Unsupported
from mlreg.core.types import Tracker
from mlreg.runtime import Runtime
from tests.scripted import Reply, scripted
from tests.waiting import until

HERE = Tracker(name="here", tracking_uri="sqlite:////srv/mlflow.db")
URI = "http://127.0.0.1:40000"


@dataclass
class World:
    """Servers below a state directory, and what a person has heard of them."""

    state: Path
    heard: list[str] = field(default_factory=list)
    person: bool = True

    @property
    def servers(self) -> Servers:
        """As one command sees them."""
        return Servers(self.state, {}, notify=self.heard.append, say=self.heard.append, person=lambda: self.person)

    @property
    def directory(self) -> Path:
        """Where the server of the tracker is kept."""
        return self.state / "servers" / server_files.name_of(HERE.tracking_uri)

    def note(self, *processes: Process, uri: str | None = URI) -> None:
        """Keep a server of these processes."""
        self.directory.mkdir(parents=True)
        (self.directory / server_files.LOG).touch()
        server_files.write(self.directory, Record(tracker="here", version="3.0", processes=processes, uri=uri))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Nothing has been started yet."""
    return World(tmp_path / "state")


@pytest.fixture
def stranger() -> Iterator[Process]:
    """A process that has the number of a server that was."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) as process:
        found = look(process.pid)
        assert found
        yield found
        assert process.poll() is None
        process.kill()


def test_states(world: World, stranger: Process) -> None:
    """Stopped without a file; starting until it has an address; running; ended when its process has."""
    assert world.servers.find(HERE).state == "stopped"
    world.note(stranger, uri=None)
    assert (world.servers.find(HERE).state, world.servers.address(HERE)) == ("starting", None)
    server_files.write(world.directory, Record(tracker="here", version="3.0", processes=(stranger,), uri=URI))
    found = world.servers.find(HERE)
    assert (found.state, found.uri, found.pid, found.version) == ("running", URI, stranger.pid, "3.0")
    assert world.servers.address(HERE) == URI
    server_files.write(world.directory, Record(tracker="here", version="3.0", processes=(Process(1, "?"),), uri=URI))
    assert world.servers.find(HERE).state == "ended"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"tracker": "x", "version": "1", "uri": null, "processes": []}'])
def test_a_broken_file_is_told(world: World, content: str) -> None:
    """A server may be running: commands warn and go on without it, start and stop refuse, and its log is kept."""
    world.directory.mkdir(parents=True)
    file, log = world.directory / server_files.STATE, world.directory / server_files.LOG
    file.write_text(content)
    log.touch()
    assert (world.servers.find(HERE).state, world.servers.address(HERE)) == ("unknown", None)
    assert (world.servers.all(), world.servers.stop_all()) == ([], [])
    assert [(str(file) in text, str(log) in text) for text in world.heard] == [(True, True)] * 4
    with pytest.raises(StoreBroken):
        world.servers.stop(HERE)
    with pytest.raises(StoreBroken):
        world.servers.start(HERE, "file:///srv/artifacts", lambda _: None, 1)
    assert log.exists()


def test_a_stranger_is_left_alone(world: World, stranger: Process) -> None:
    """After a reboot, or when the number was given again, stop cleans up and signals nobody."""
    world.note(Process(stranger.pid, "another boot"))
    assert "had ended" in world.servers.stop(HERE).said
    assert list((world.state / "servers").iterdir()) == []


def test_stop_all_leaves_nothing(world: World) -> None:
    """Neither processes nor files nor locks; what a failed start has left goes too, and is no server."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) as process:
        running = look(process.pid)
        assert running
        world.note(running)
        failed = world.directory.with_name("failed")
        failed.mkdir()
        (failed / server_files.LOG).touch()
        (stopped,) = world.servers.stop_all()
        assert (stopped.tracker, stopped.state, process.wait(5)) == ("here", "running", -15)
    assert list((world.state / "servers").iterdir()) == []
    assert world.servers.stop_all() == []


def test_an_ended_server_is_told_once(world: World) -> None:
    """The first command that misses it says so and takes its files away; the store is opened without it."""
    world.note(Process(1, "?"))
    assert [world.servers.address(HERE), world.servers.address(HERE)] == [None, None]
    assert ["has ended" in text for text in world.heard] == [True, False]
    assert not world.directory.exists()


def test_what_lives_on_of_an_ended_server_is_ended(world: World, stranger: Process) -> None:
    """A child that has lost its parent; not what only has the number of one."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) as child:
        known = look(child.pid)
        assert known
        world.note(Process(1, "?"), known, Process(stranger.pid, "another boot"))
        assert [world.servers.address(HERE), world.servers.address(HERE)] == [None, None]
        assert child.wait(5) == -signal.SIGTERM
    assert ["has ended" in text for text in world.heard] == [True, False]
    assert not world.directory.exists()


@pytest.mark.parametrize("installed", ["3.0", None])
def test_how_to_be_fast_is_said_once(world: World, monkeypatch: pytest.MonkeyPatch, installed: str | None) -> None:
    """For each store, to a person; without all of MLflow it begins with how to install it."""
    monkeypatch.setattr(local_server, "_installed", lambda: installed)
    world.person = False
    world.servers.address(HERE)
    assert world.heard == []
    world.person = True
    for uri in (HERE.tracking_uri, HERE.tracking_uri, "file:///srv/runs"):
        world.servers.address(Tracker(name="here", tracking_uri=uri))
    assert len(world.heard) == 2
    assert "mlreg tracker start here" in world.heard[0]
    assert ("pip install 'mlreg[local]'" in world.heard[0]) == (installed is None)


def test_a_server_needs_all_of_mlflow(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its client alone there is a hint how to install the rest."""
    monkeypatch.setattr(local_server, "_installed", lambda: None)
    with pytest.raises(Unsupported) as refused:
        world.servers.start(HERE, "file:///srv/artifacts", lambda _: None, 1)
    assert refused.value.hint == "pip install 'mlreg[local]'"
    assert not world.state.exists()


def test_a_state_directory_that_cannot_be_made(world: World) -> None:
    """Starting says so; looking does not need one."""
    world.state.parent.joinpath("state").write_text("a file")
    assert world.servers.address(HERE) is None
    with pytest.raises(StoreNotWritable):
        world.servers.start(HERE, "file:///srv/artifacts", lambda _: None, 1)


def test_a_file_that_cannot_be_written(world: World) -> None:
    """Starting and stopping say which; looking does without."""
    world.note(Process(1, "?"))
    world.directory.with_suffix(".lock").mkdir()
    assert world.servers.address(HERE) is None
    with pytest.raises(StoreNotWritable, match=r"\.lock cannot be written"):
        world.servers.start(HERE, "file:///srv/artifacts", lambda _: None, 1)
    with pytest.raises(StoreNotWritable, match=r"\.lock cannot be written"):
        world.servers.stop(HERE)


def test_why_a_server_is_started_again(world: World, stranger: Process) -> None:
    """It is of another MLflow, its database is not the file it opened, or it does not answer."""
    database = world.state.parent / "mlflow.db"
    database.touch()
    tracker = Tracker(name="here", tracking_uri=f"sqlite:///{database}")
    record = Record(tracker="here", version="3.0", processes=(stranger,), uri="http://127.0.0.1:9")
    world.note(stranger)
    known = database.stat().st_ino
    for inode, version, fault in (
        (known, "3.1", "version 3.0 ran"),
        (known + 1, "3.0", "its database was deleted or replaced"),
        (known, "3.0", "it did not answer"),
        (None, "3.0", "it did not answer"),
    ):
        server_files.write(world.directory, replace(record, inode=inode))
        assert local_server._fault(world.directory, tracker, version) == fault


def test_files_are_private(world: World, stranger: Process) -> None:
    """Nobody else can read or write what commands rely on."""
    local_server._make(world.directory.parent)
    world.note(stranger)
    assert stat.S_IMODE(world.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(world.directory.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((world.directory / server_files.STATE).stat().st_mode) == 0o600


def test_commands_on_a_server_of_ours(world: World, stranger: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patient one has its time for each answer; where none comes, it is said how the server is started again."""
    monkeypatch.chdir(world.state.parent)
    runtime = Runtime({"MLREG_HOME": str(world.state), "MLREG_TIMEOUT": "0.2s"})
    runtime.patient = True
    gone: list[bool] = []
    absent = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}
    with scripted(lambda _: Reply(404, absent, drop=bool(gone))) as server:
        world.note(stranger, uri=server.uri)
        tracking = runtime.tracking_of(HERE)
        for _ in range(2):
            with pytest.raises(SourceNotFound):
                tracking.get_run("r")
            rested = time.monotonic() + 0.25
            until(lambda end=rested: time.monotonic() > end, 5, lambda: "time stands still")  # type: ignore[misc]
        gone.append(True)
        with pytest.raises(Unreachable) as failed:
            tracking.get_run("r")
    assert "mlreg tracker start here" in str(failed.value.hint)


def test_the_name_of_a_directory_tells_nothing() -> None:
    """A store's URI may hold a password."""
    assert "c4n4ry" not in server_files.name_of("postgresql://ada:c4n4ry@db/mlflow")
