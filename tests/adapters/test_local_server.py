"""What mlreg keeps of local servers: read, doubted, cleaned; real processes, no MLflow."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlreg.adapters import local_server, server_files
from mlreg.adapters.local_server import Servers
from mlreg.adapters.processes import Process, look
from mlreg.adapters.server_files import Record
from mlreg.core.errors import StoreNotWritable, Unsupported
from mlreg.core.types import Tracker

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
def test_a_broken_file_is_no_server(world: World, content: str) -> None:
    """What cannot be understood is passed over, and stop takes it away."""
    world.directory.mkdir(parents=True)
    (world.directory / server_files.STATE).write_text(content)
    assert world.servers.find(HERE).state == "stopped"
    assert not world.servers.stop(HERE).changed
    assert not world.directory.exists()


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


def test_what_lives_on_of_an_ended_server_is_not_forgotten(world: World, stranger: Process) -> None:
    """A child that has lost its parent stays known, so that start and stop can end it."""
    world.note(Process(1, "?"), stranger)
    assert world.servers.address(HERE) is None
    assert world.directory.exists()


def test_how_to_be_fast_is_said_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each store, to a person who has all of MLflow."""
    world.person = False
    world.servers.address(HERE)
    world.person = True
    monkeypatch.setattr(local_server, "_installed", lambda: None)
    world.servers.address(HERE)
    assert world.heard == []
    monkeypatch.setattr(local_server, "_installed", lambda: "3.0")
    for uri in (HERE.tracking_uri, HERE.tracking_uri, "file:///srv/runs"):
        world.servers.address(Tracker(name="here", tracking_uri=uri))
    assert len(world.heard) == 2
    assert "mlreg tracker start here" in world.heard[0]


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


def test_files_are_private(world: World, stranger: Process) -> None:
    """Nobody else can read or write what commands rely on."""
    local_server._make(world.directory.parent)
    world.note(stranger)
    assert stat.S_IMODE(world.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(world.directory.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((world.directory / server_files.STATE).stat().st_mode) == 0o600


def test_the_name_of_a_directory_tells_nothing() -> None:
    """A store's URI may hold a password."""
    assert "c4n4ry" not in server_files.name_of("postgresql://ada:c4n4ry@db/mlflow")
