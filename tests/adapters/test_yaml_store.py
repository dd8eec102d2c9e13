"""The component file: whole whatever happens, private, and changed by one at a time."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlreg.adapters.file_lock import locked
from mlreg.adapters.yaml_store import YamlStore
from mlreg.core.errors import StoreBroken, StoreLocked, StoreNotWritable
from mlreg.core.ports import Edit
from mlreg.core.types import Components

OLD = "version: 1\ntrackers:\n  old: {tracking_uri: http://127.0.0.1:1}  # mine\n"

REGISTER_MANY = """
import sys
from pathlib import Path
from mlreg.adapters.yaml_store import YamlStore
store, worker = YamlStore(Path(sys.argv[1])), sys.argv[2]
for number in range(20):
    store.edit(lambda components: {("trackers", f"t{worker}-{number}"): {"tracking_uri": "file:x"}})
"""

# Kills the process at a moment of a write: before or after a call, or with half of the text written.
DIE_WHILE_WRITING = """
import os, pathlib, signal, sys, tempfile
from mlreg.adapters.yaml_store import YamlStore

path, call, moment = sys.argv[1:]
name = "fdopen" if call in ("open", "write") else call
where = {"mkstemp": tempfile, "replace": pathlib.Path}.get(call, os)
real = getattr(where, name)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def half(descriptor, *rest):
    class File:
        def __enter__(self): return self
        def __exit__(self, *error): pass
        def write(self, content):
            os.write(descriptor, content[: len(content) // 2 if moment == "before" else None])
            die()
    return File()

def fatal(*args, **options):
    if moment == "before":
        die()
    real(*args, **options)
    die()

setattr(where, name, half if call == "write" else fatal)
YamlStore(pathlib.Path(path)).edit(lambda components: {("trackers", "new"): {"tracking_uri": "http://127.0.0.1:2"}})
"""


def register(name: str) -> Edit:
    return {("trackers", name): {"tracking_uri": "http://127.0.0.1:2"}}


@pytest.fixture
def store(tmp_path: Path) -> YamlStore:
    return YamlStore(tmp_path / "mlreg" / "components.yaml")


@pytest.fixture
def written(store: YamlStore) -> YamlStore:
    store.path.parent.mkdir()
    store.path.write_text(OLD)
    return store


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def neighbours(store: YamlStore) -> set[str]:
    return {path.name for path in store.path.parent.iterdir()}


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "---\n"])
def test_nothing_is_an_empty_store(store: YamlStore, text: str | None) -> None:
    """An absent, an empty and a commented file are an empty store, and reading makes no file."""
    if text is not None:
        store.path.parent.mkdir()
        store.path.write_text(text)

    assert store.read() == Components()
    assert store.path.exists() == (text is not None)


def test_the_first_edit_makes_a_private_file(store: YamlStore) -> None:
    """The directory, the file and its lock are for the owner alone, and the file says its version first."""
    store.edit(lambda components: register("new"))

    assert store.path.read_text() == "version: 1\ntrackers:\n  new:\n    tracking_uri: http://127.0.0.1:2\n"
    assert mode(store.path.parent) == 0o700
    assert mode(store.path) == mode(store.path.with_name("components.yaml.lock")) == 0o600
    assert neighbours(store) == {"components.yaml", "components.yaml.lock"}


def test_an_edit_sees_what_is_written_now(written: YamlStore) -> None:
    """The change is decided on the file as it is under the lock, and keeps its comments."""
    seen: list[Components] = []

    def change(components: Components) -> Edit:
        seen.append(components)
        return register("new")

    written.edit(change)

    assert list(seen[0].trackers) == ["old"]
    assert list(written.read().trackers) == ["old", "new"]
    assert written.path.read_text().startswith(OLD)
    assert mode(written.path) == 0o600


@pytest.mark.parametrize("edit", [{}, {("trackers", "none"): None}, {("version",): 1}])
def test_an_edit_that_changes_nothing_writes_nothing(written: YamlStore, edit: Edit) -> None:
    """The file is not even replaced by itself."""
    before = written.path.stat()

    written.edit(lambda components: edit)

    assert written.path.stat().st_ino == before.st_ino
    assert written.path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_change_that_fails_writes_nothing(written: YamlStore) -> None:
    """Whatever `change` raises comes through, the file stays, and the lock is free."""
    with pytest.raises(ZeroDivisionError):
        written.edit(lambda components: {("trackers", "x"): 1 // 0})

    assert written.path.read_text() == OLD
    written.edit(lambda components: register("new"))


def test_a_linked_file_stays_a_link(tmp_path: Path, written: YamlStore) -> None:
    """Through a link, the file that it names is changed, under that file's lock."""
    link = tmp_path / "link.yaml"
    link.symlink_to(written.path)

    YamlStore(link).edit(lambda components: register("new"))

    assert link.is_symlink()
    assert "new" in written.read().trackers
    assert neighbours(written) == {"components.yaml", "components.yaml.lock"}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"trackers:\n  a: b: c\n", ":2:7"),
        (b"trackers: {}\ntrackers: {}\n", ":2:1"),
        (b"- a\n", ":1:1"),
        (b"\xff\xfe", "cannot be read"),
        (b"trackers: [a]\n", "trackers"),
    ],
)
def test_a_broken_file_is_never_overwritten(written: YamlStore, content: bytes, place: str) -> None:
    """Reading and editing say what is wrong and where, and leave the file as it is."""
    written.path.write_bytes(content)

    for act in written.read, lambda: written.edit(lambda components: register("new")):
        with pytest.raises(StoreBroken) as caught:
            act()
        assert str(written.path) in caught.value.message
        assert place in caught.value.message
    assert written.path.read_bytes() == content


def test_a_newer_version_is_read_only(written: YamlStore) -> None:
    """What a newer mlreg has written can be read, and is not edited."""
    newer = OLD.replace("version: 1", "version: 2")
    written.path.write_text(newer)

    assert "old" in written.read().trackers
    with pytest.raises(StoreBroken) as caught:
        written.edit(lambda components: register("new"))
    assert "newer mlreg" in str(caught.value.cause)
    assert "read-only" in caught.value.message
    assert written.path.read_text() == newer


def test_a_file_where_the_directory_should_be(tmp_path: Path) -> None:
    """Without a place for the file, reading and writing fail in their own words."""
    (tmp_path / "mlreg").write_text("")
    store = YamlStore(tmp_path / "mlreg" / "components.yaml")

    with pytest.raises(StoreBroken, match="cannot be read"):
        store.read()
    with pytest.raises(StoreNotWritable) as caught:
        store.edit(lambda components: register("new"))
    assert caught.value.cause
    assert caught.value.hint


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and /dev/full")
def test_a_place_that_takes_no_files() -> None:
    """A directory that even root cannot write to is StoreNotWritable."""
    with pytest.raises(StoreNotWritable):
        YamlStore(Path("/proc/mlreg/components.yaml")).edit(lambda components: register("new"))


def test_a_failed_write_leaves_no_trace(written: YamlStore) -> None:
    """When the file grows beyond what the system allows, the old one stays and the temporary one goes."""
    program = f"""
import resource, signal
from pathlib import Path
from mlreg.adapters.yaml_store import YamlStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
YamlStore(Path({str(written.path)!r})).edit(lambda components: {{("trackers", "new"): {{"tracking_uri": "x" * 1000}}}})
"""
    # -B: Python would write its byte code under the limit too, cut it off, and trip over it for ever after.
    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False)

    assert "StoreNotWritable" in done.stderr
    assert written.path.read_text() == OLD
    assert neighbours(written) == {"components.yaml", "components.yaml.lock"}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["mkstemp", "open", "write", "fsync", "replace"])
def test_killed_while_writing(written: YamlStore, call: str, moment: str) -> None:
    """Wherever the process dies, the file is the old or the new one, whole and private, and the next edit cleans up."""
    written.path.chmod(0o600)
    command = [sys.executable, "-B", "-c", DIE_WHILE_WRITING, str(written.path), call, moment]

    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    expected = ["old", "new"] if (call, moment) == ("replace", "after") else ["old"]
    assert list(written.read().trackers) == expected
    assert mode(written.path) == 0o600
    assert all(mode(path) == 0o600 for path in written.path.parent.iterdir())

    written.edit(lambda components: register("newer"))
    assert list(written.read().trackers) == [*expected, "newer"]
    assert neighbours(written) == {"components.yaml", "components.yaml.lock"}


def test_many_processes_lose_nothing(store: YamlStore) -> None:
    """32 processes that register 20 trackers each leave 640, and a reader meanwhile never sees a part."""
    command = [sys.executable, "-B", "-c", REGISTER_MANY, str(store.path)]
    workers = [subprocess.Popen([*command, str(number)]) for number in range(32)]

    for worker in workers:
        assert worker.wait() == 0
        store.read()
    assert len(store.read().trackers) == 640


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    """Waiting ends with the process that holds the lock and the path of the lock; the file is kept."""
    lock = tmp_path / "x.lock"

    with locked(lock), pytest.raises(StoreLocked) as caught, locked(lock, timeout_s=0.05):
        pass

    assert str(lock) in caught.value.message
    assert str(os.getpid()) in str(caught.value.cause)
    with locked(lock, timeout_s=0.05):
        assert lock.exists()


def test_who_gave_up_does_not_take_the_lock_later(tmp_path: Path) -> None:
    """A wait that timed out gives the lock back when it comes."""
    lock = tmp_path / "x.lock"
    with locked(lock), pytest.raises(StoreLocked), locked(lock, timeout_s=0.01):
        pass

    for _ in range(3):
        with locked(lock, timeout_s=5):
            pass


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    """The system frees the lock of a process that dies with it; who waits gets it then."""
    program = "import sys; from pathlib import Path; from mlreg.adapters.file_lock import locked\n"
    program += "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()"
    command = [sys.executable, "-B", "-c", program, str(tmp_path / "x.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match=r"x\.lock"), locked(tmp_path / "x.lock", timeout_s=0.05):
            pass
        holder.kill()
        with locked(tmp_path / "x.lock", timeout_s=5):
            pass


def test_reading_loads_nothing_it_does_not_need(written: YamlStore) -> None:
    """The store costs no yaml until it is read, and no lock or temporary file until it is edited."""
    program = f"""
import json, sys
from pathlib import Path
from mlreg.adapters.yaml_store import YamlStore
early = "yaml" in sys.modules
YamlStore(Path({str(written.path)!r})).read()
print(json.dumps([early, *(name in sys.modules for name in ("yaml", "tempfile", "concurrent.futures"))]))
"""
    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [False, True, False, False]
