"""Secrets as a person keeps them: the real mlreg with a real Secret Service, on a terminal and in CI."""

import sys
from typing import Final
from uuid import uuid4

import pytest

from tests.cli_runner import Mlreg, Result
from tests.secret_service import SecretService, lock, mute_prompter, resume, stop
from tests.servers import Server

CANARY: Final = f"canary-{uuid4().hex}"


def done(result: Result) -> Result:
    """The result of a command that must succeed."""
    assert result.code == 0, result.stderr
    return result


def test_a_life(desk: Mlreg) -> None:
    """Registered, changed, renamed, revealed, deleted: the value shows only where it is asked for."""
    results = [
        done(desk("secret", "register", "team", "--token=-", stdin=CANARY, env={"PYTHONDEVMODE": "1"})),
        done(desk("secret", "update", "team", "--other=-", "--host", "h", "--debug", stdin=f"{CANARY}-2")),
        done(desk("secret", "rename", "team", "crew", "--debug")),
        done(desk("secret", "update", "crew", "--unset", "other", "-o", "json")),
        done(desk("secret", "list", "-o", "yaml")),
        desk("secret", "register", "crew", "--token=-", "--debug", stdin=f"{CANARY}-3"),
        desk("secret", "get", "crew", "token", "--debug"),
    ]
    assert [result.code for result in results[-2:]] == [7, 2]
    assert CANARY not in "".join(result.stdout + result.stderr for result in results)
    assert done(desk("secret", "get", "crew", "token", "--reveal")).stdout == f"{CANARY}\n"
    files = [file for file in desk.home.rglob("*") if file.is_file() and "keyrings" not in file.parts]
    assert files
    assert not [file for file in files if CANARY.encode() in file.read_bytes()]
    done(desk("secret", "delete", "crew", "--yes"))
    assert desk("secret", "get", "crew", "token", "--reveal").code == 3


def test_deleting_on_a_terminal(desk: Mlreg) -> None:
    """A person is asked, and "no" is the answer of who only presses Enter."""
    done(desk("secret", "register", "team", "--token=-", stdin="x"))
    assert desk.pty("secret", "delete", "team", typed=[("for good\\? \\[y/N\\] ", "\r")]).code == 1
    assert desk.pty("secret", "delete", "team", typed=[("for good\\? \\[y/N\\] ", "y\r")]).code == 0
    assert desk("secret", "show", "team").code == 3


def test_filling_on_a_terminal(desk: Mlreg) -> None:
    """What the trackers need is asked for, hidden."""
    args = ["--tracking-username={{team.username}}", "--tracking-password={{team.password}}"]
    done(desk("tracker", "register", "prod", "https://mlflow.example.com", *args))
    screen = desk.pty("secret", "fill", typed=[("team.username: ", "ada\r"), ("team.password: ", f"{CANARY}\r")])
    assert (screen.code, CANARY.encode() in screen.output) == (0, False), screen.output
    assert done(desk("secret", "get", "team", "password", "--reveal")).stdout == f"{CANARY}\n"


def test_ci_needs_no_keyring(mlreg: Mlreg, secure_server: Server, secret_service: SecretService) -> None:
    """With variables, also one that names a file, a keyring that hangs is not even asked."""
    stop(secret_service)
    (mlreg.home / "password").write_text(f"{secure_server.password}\n")
    mlreg.env.update(
        secret_service.environment,
        MLREG_SECRET_TEAM__USERNAME=str(secure_server.username),
        MLREG_SECRET_FILE_TEAM__PASSWORD=str(mlreg.home / "password"),
    )
    args = ["--tracking-username={{team.username}}", "--tracking-password={{team.password}}"]
    done(mlreg("tracker", "register", "prod", secure_server.uri, *args, f"--tracking-ca-cert={secure_server.ca_cert}"))
    done(mlreg("model", "list", timeout=30))
    resume(secret_service)


def test_a_command_prints_the_credentials(mlreg: Mlreg, secure_server: Server) -> None:
    """A gateway's two credentials come out of one command, as JSON."""
    text = f'{{"username": "{secure_server.username}", "password": "{secure_server.password}"}}'
    program = [sys.executable, "-c", "import sys; print(sys.argv[1])", text]
    args = ["--tracking-username={{gw.username}}", "--tracking-password={{gw.password}}"]
    done(mlreg("secret", "register", "gw", "--backend", "command", "-k", "username", "-k", "password", "--", *program))
    done(mlreg("tracker", "register", "prod", secure_server.uri, *args, f"--tracking-ca-cert={secure_server.ca_cert}"))
    done(mlreg("model", "list", "-o", "json"))


@pytest.mark.parametrize("how", ["locked", "stopped"])
def test_no_keyring_holds_a_script_up(desk: Mlreg, secret_service: SecretService, how: str) -> None:
    """Exit 75 in time, with the names of what would work instead."""
    done(desk("secret", "register", "team", "--token=-", stdin="x"))
    if how == "stopped":
        stop(secret_service)
    else:
        lock(secret_service)
    with mute_prompter(secret_service):
        failed = desk("secret", "get", "team", "token", "--reveal", env={"MLREG_KEYRING_TIMEOUT": "1"}, timeout=20)
    assert failed.code == 75
    assert "MLREG_SECRET_TEAM__TOKEN" in failed.stderr
    assert "mlreg secret register team -k token --backend command --replace -- " in failed.stderr
    assert desk("secret", "delete", "team", "--yes", env={"MLREG_KEYRING_TIMEOUT": "1"}).code == 75
    assert done(desk("secret", "list", "-o", "name")).stdout == "team\n"
    moved = ["secret", "register", "team", "-k", "token", "--backend", "command", "--replace", "--", "echo", "y"]
    assert "still in the keyring" in done(desk(*moved, env={"MLREG_KEYRING_TIMEOUT": "1"})).stderr
    assert done(desk("secret", "get", "team", "token", "--reveal")).stdout == "y\n"
