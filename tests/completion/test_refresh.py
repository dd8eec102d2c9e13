"""Old names are looked up behind the prompt: by one process, without a terminal, that nobody is waiting for."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli_runner import MLREG, Mlreg, Result
from tests.labs import RestLab
from tests.needs import need
from tests.secret_service import SecretService, lock
from tests.servers import Server
from tests.waiting import until

SOON_S = 20.0


def tab(mlreg: Mlreg, *words: str, **env: str) -> list[str]:
    """The candidates for the last word now."""
    done = mlreg("__complete", "fish", *words, env=env)
    assert (done.code, done.stderr) == (0, "")
    how, *lines = done.stdout.split("\n")
    assert how == "words"
    return [line.partition("\t")[0] for line in lines]


def at_work(mlreg: Mlreg) -> list[int]:
    """The processes that run in this home."""
    need(Path("/proc/self/environ").exists(), "no /proc to find processes in")
    mark = f"MLREG_HOME={mlreg.env['MLREG_HOME']}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # it has ended, or is another user's
            continue
    return found


def settle(mlreg: Mlreg) -> None:
    """Wait until nothing works in this home any more."""
    until(lambda: not at_work(mlreg), SOON_S, lambda: f"still at work: {at_work(mlreg)}")


@contextmanager
def mute_server() -> Iterator[socket.socket]:
    """A server that lets everybody wait."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        server.settimeout(SOON_S)
        yield server


def address(server: socket.socket) -> str:
    """The URI of that server."""
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def asked(server: socket.socket) -> bool:
    """Tell whether somebody is waiting to be let in."""
    server.settimeout(0)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def lab(mlreg: Mlreg, plain_server: Server) -> Iterator[Mlreg]:
    """A home with a tracker, a model with two versions, and no names cache."""
    assert mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth").code == 0
    assert mlreg("model", "create", "tabbed").code in (0, 7)
    assert mlreg("model", "register", "tabbed", "s3://bucket/1").code == 0
    assert mlreg("model", "register", "tabbed", "s3://bucket/2").code == 0
    for file in (mlreg.home / "mlreg" / "names").iterdir():
        file.unlink()
    yield mlreg
    settle(mlreg)


def test_the_next_tab_knows(lab: Mlreg) -> None:
    """The answer is what there is now, which is nothing; the one after has models, versions and stacks."""
    assert tab(lab, "model", "show", "tabb") == []
    names = lab.home / "mlreg" / "names"
    until(lambda: (names / "models.lab").exists(), SOON_S, lambda: str(list(names.iterdir())))
    assert {"tabbed", "tabbed/1", "tabbed/2", "tabbed/latest"} <= set(tab(lab, "model", "show", "tabb"))
    assert tab(lab, "use", "") == ["lab"]


def test_metrics_come_with_the_models(lab: Mlreg, plain_server: Server) -> None:
    """Whoever asks for metrics after a TAB for a model gets them at once."""
    server = RestLab(plain_server)
    run = server.run(metrics={"tabbed-metric": 0.5})
    server.call("POST", "model-versions/create", name="tabbed", source="s3://bucket/3", run_id=run)
    tab(lab, "model", "show", "tabb")
    settle(lab)
    assert tab(lab, "model", "list", "--metrics", "tabbed-m") == ["tabbed-metric"]


def test_a_damaged_file_is_looked_up_anew(lab: Mlreg) -> None:
    """It heals by itself, as one that is absent comes to be."""
    names = lab.home / "mlreg" / "names"
    names.joinpath("models.lab").write_text("1\tx")
    names.joinpath("components").write_text("1")
    assert tab(lab, "model", "show", "tabb") == []
    settle(lab)
    assert "tabbed/latest" in tab(lab, "model", "show", "tabb")


def test_a_change_by_hand(mlreg: Mlreg) -> None:
    """A component file that was edited is read behind the prompt, and no server is asked for it."""
    with mute_server() as server:
        mlreg("tracker", "register", "lab", address(server), "--no-auth")
        file = mlreg.home / "mlreg" / "components.yaml"
        file.write_text(file.read_text().replace("lab", "workshop"))
        assert tab(mlreg, "use", "") == ["lab"]
        until(lambda: tab(mlreg, "use", "") == ["workshop"], SOON_S, lambda: str(tab(mlreg, "use", "")))
        settle(mlreg)
        assert not asked(server)


def test_one_at_a_time_without_a_terminal(mlreg: Mlreg) -> None:
    """Several TABs start one process; it leads a session without a terminal, has nothing open that was, and ends."""
    with mute_server() as server:
        mlreg("tracker", "register", "lab", address(server), "--no-auth")
        ours, theirs = os.pipe()
        done = subprocess.run(
            [*MLREG, "__complete", "zsh", "model", "show", ""],
            env=mlreg.env,
            cwd=mlreg.home,
            pass_fds=[theirs],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        os.close(theirs)
        assert (done.stdout, done.stderr) == (b"words", b"")
        assert os.read(ours, 1) == b""  # nobody has the other end any more
        os.close(ours)
        waiting, _ = server.accept()
        for _ in range(4):
            tab(mlreg, "model", "show", "")
        (pid,) = at_work(mlreg)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        session, terminal = fields[3], fields[4]
        assert (session, terminal) == (str(pid), "0")
        opened = {file.name: str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
        assert [opened[name] for name in ("0", "1", "2")] == ["/dev/null"] * 3
        assert len([where for where in opened.values() if where.startswith("socket:")]) == 1
        waiting.close()
        settle(mlreg)


def test_a_server_that_is_down_is_left_alone(mlreg: Mlreg) -> None:
    """After an attempt that failed, the next TABs start nothing."""
    with mute_server() as server:
        uri = address(server)
    mlreg("tracker", "register", "lab", uri, "--no-auth")
    assert tab(mlreg, "model", "show", "") == []
    settle(mlreg)
    tried = mlreg.home / "mlreg" / "names" / "models.lab.tried"
    before = tried.stat().st_mtime_ns
    for _ in range(3):
        assert tab(mlreg, "model", "show", "") == []
    assert tried.stat().st_mtime_ns == before
    assert at_work(mlreg) == []


def test_a_projects_server_hears_nothing(mlreg: Mlreg) -> None:
    """A server that only a cloned repository names is not asked because of a TAB; its stacks are offered."""
    with mute_server() as server:
        tracker = f"tracking_uri: '{address(server)}', no_auth: true"
        (mlreg.home / "mlreg.yaml").write_text(f"active_stack: theirs\ntrackers: {{theirs: {{{tracker}}}}}\n")
        assert tab(mlreg, "model", "show", "") == []
        settle(mlreg)
        assert tab(mlreg, "use", "") == ["theirs"]
        assert tab(mlreg, "model", "show", "") == []
        settle(mlreg)
        assert not asked(server)


def test_no_module_of_the_directory_is_run(mlreg: Mlreg, plain_server: Server) -> None:
    """A cloned repository with a module called like one of ours gets nothing executed by a TAB."""
    mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth")
    trap = mlreg.home / "trap"
    trap.mkdir()
    for name in ("mlreg", "typer", "yaml", "json"):
        (trap / f"{name}.py").write_text("open('owned', 'w').close()\n")
    console_script = mlreg.home / "console-script"
    console_script.write_text("from mlreg.__main__ import entry\nentry()\n")
    subprocess.run(
        [sys.executable, console_script, "__complete", "zsh", "model", "show", ""],
        env=mlreg.env,
        cwd=trap,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    settle(mlreg)
    assert not (trap / "owned").exists()


def test_a_locked_keyring_stays_locked(mlreg: Mlreg, secret_service: SecretService, plain_server: Server) -> None:
    """Nobody is asked for the keyring's password, and nothing waits for it."""
    env = secret_service.environment
    registered = mlreg("secret", "register", "team", "--token=-", stdin="hush", env=env)
    assert registered.code == 0, registered.stderr
    mlreg("tracker", "register", "lab", plain_server.uri, "--tracking-token={{team.token}}", env=env)
    lock(secret_service)
    assert tab(mlreg, "model", "show", "", **env) == []
    settle(mlreg)
    assert not (mlreg.home / "mlreg" / "names" / "models.lab").exists()
    assert mlreg("model", "list", "--no-input", env=env).code == 75


def test_without_a_place_for_names(mlreg: Mlreg, plain_server: Server) -> None:
    """Where nothing can be kept nothing is looked up, and nothing is said."""
    mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth")
    names = mlreg.home / "mlreg" / "names"
    for file in names.iterdir():
        file.unlink()
    names.rmdir()
    names.touch()
    assert tab(mlreg, "model", "show", "") == []
    assert at_work(mlreg) == []


@pytest.mark.parametrize("words", [(), ("zsh",), ("tcsh",), ("bash",), ("bash", "mlreg "), ("zsh", "--", "\udcff")])
def test_whatever_is_asked(mlreg: Mlreg, words: tuple[str, ...]) -> None:
    """No question makes completion fail or complain."""
    done: Result = mlreg("__complete", *words)
    assert (done.code, done.stderr) == (0, "")
