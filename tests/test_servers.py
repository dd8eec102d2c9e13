"""The real servers, the real keyring and the runner do what the other tests rely on."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from tests.cli_runner import CHECKOUT, Mlreg, run, run_pty
from tests.needs import need
from tests.secret_service import SecretService, kill, lock, missing_programs, resume, secret_service, stop
from tests.servers import Server
from tests.waiting import until

PYTHON = (sys.executable, "-c")
STORE = "import keyring; keyring.set_password('mlreg', 'k', 'v'); print(keyring.get_password('mlreg', 'k'))"
SEARCH = "/api/2.0/mlflow/registered-models/search"


def ask(server: Server, path: str, credentials: str | None = None) -> tuple[int, bytes]:
    """Answer of the server to a GET, trusting only the server's own CA."""
    headers = urllib3.make_headers(basic_auth=credentials) if credentials else {}
    with urllib3.PoolManager(ca_certs=server.ca_cert and str(server.ca_cert)) as pool:
        answer = pool.request("GET", server.uri + path, headers=headers, retries=False, timeout=30)
        return answer.status, answer.data


def python_env(**more: str) -> dict[str, str]:
    """Environment for a Python child that finds the tests' packages."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LC_ALL": "C.UTF-8", **more}


def checkout_env(tmp_path: Path) -> dict[str, str]:
    """Environment for a Python child that imports these tests' helpers and leaves its files to pytest."""
    return python_env(PYTHONPATH=str(CHECKOUT), TMPDIR=str(tmp_path))


def test_plain_server_answers_everybody(plain_server: Server) -> None:
    """The plain server lists registered models without credentials."""
    status, body = ask(plain_server, SEARCH)
    assert (status, "registered_models" in json.loads(body) or json.loads(body) == {}) == (200, True)


def test_plain_server_proxies_artifacts(plain_server: Server) -> None:
    """Artifacts of the plain server go through it."""
    status, body = ask(plain_server, "/api/2.0/mlflow/experiments/get?experiment_id=0")
    assert status == 200
    assert json.loads(body)["experiment"]["artifact_location"].startswith("mlflow-artifacts:")


def test_secure_server_refuses_strangers(secure_server: Server) -> None:
    """The secure server gives 401 without credentials and with wrong ones."""
    assert ask(secure_server, SEARCH)[0] == 401
    assert ask(secure_server, SEARCH, "admin:password1234")[0] == 401


def test_secure_server_admits_its_user(secure_server: Server) -> None:
    """The secure server lists models for the user it names, over TLS that its CA verifies."""
    assert ask(secure_server, SEARCH, f"{secure_server.username}:{secure_server.password}")[0] == 200


def test_secure_server_is_not_trusted_by_default(secure_server: Server) -> None:
    """Without the private CA the certificate is refused."""
    with urllib3.PoolManager() as pool, pytest.raises(urllib3.exceptions.SSLError):
        pool.request("GET", f"{secure_server.uri}/health", retries=False, timeout=30)


def test_older_servers(legacy_server: Server, oldest_server: Server) -> None:
    """They are MLflow 2, the last and the oldest that mlreg supports, and list models."""
    for server, version in (legacy_server, b"2.22"), (oldest_server, b"2.9."):
        assert ask(server, "/version")[1].startswith(version)
        assert ask(server, SEARCH)[0] == 200


def test_workspaces_server(workspaces_server: Server) -> None:
    """The server with workspaces has the default one."""
    assert b'"default"' in ask(workspaces_server, "/api/3.0/mlflow/workspaces")[1]


LEASE_THEN_DIE = """
import os, signal
from tests.shared import launch, leased, ready
with leased() as session:
    launch(session, "plain")
    server = ready(session, "plain")
    print(server.pid, session, flush=True)
    {end}
"""


@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), signal.SIGINT)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_no_server_outlives_its_session(end: str, tmp_path: Path) -> None:
    """Servers stop when the session ends, is interrupted, or is killed."""
    code = LEASE_THEN_DIE.format(end=end)
    started = run(code, program=PYTHON, env=checkout_env(tmp_path), timeout=120)
    assert started.stdout, started.stderr
    pid = int(started.stdout.split()[0])
    wait_for_end(pid)


def wait_for_end(pid: int) -> None:
    """Return when the process has ended."""
    until(lambda: not alive(pid), 30, lambda: f"process {pid} lives on")


def alive(pid: int) -> bool:
    """Tell whether the process runs, a zombie not counted."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_keyring_keeps_a_secret(keyring_env: dict[str, str]) -> None:
    """A child process with the fixture's environment stores a secret and reads it."""
    stored = run(STORE, program=PYTHON, env=python_env(**keyring_env))
    assert (stored.stdout, stored.code) == ("v\n", 0), stored.stderr


def test_locked_keyring_gives_nothing() -> None:
    """With a locked keyring nothing can be stored, and nothing waits for a prompt."""
    need(not missing_programs(), f"not installed: {missing_programs()}")
    with secret_service(unlocked=False) as service:
        stored = run(STORE, program=PYTHON, env=python_env(**service.environment), timeout=20)
    assert stored.code == 1
    assert "KeyringLocked" in stored.stderr


def test_keyring_can_be_locked_later(secret_service: SecretService) -> None:
    """What an unlocked keyring stored cannot be read once it is locked."""
    env = python_env(**secret_service.environment)
    run(STORE, program=PYTHON, env=env)
    lock(secret_service)
    assert "KeyringLocked" in run(STORE, program=PYTHON, env=env).stderr


def test_stopped_daemon_never_answers(secret_service: SecretService) -> None:
    """A client of a stopped daemon hangs, and goes on when the daemon does."""
    env = python_env(**secret_service.environment)
    stop(secret_service)
    with pytest.raises(AssertionError, match="ran for 2"):
        run(STORE, program=PYTHON, env=env, timeout=2)
    resume(secret_service)
    assert run(STORE, program=PYTHON, env=env).stdout == "v\n"


def test_killed_daemon_is_gone(secret_service: SecretService) -> None:
    """A killed daemon is not replaced by the bus."""
    kill(secret_service)
    assert run(STORE, program=PYTHON, env=python_env(**secret_service.environment), timeout=20).code == 1


def test_daemons_end_with_their_owner(tmp_path: Path) -> None:
    """A test process that is killed leaves no bus and no keyring daemon."""
    need(not missing_programs(), f"not installed: {missing_programs()}")
    code = (
        "import os, signal; from tests.secret_service import *\n"
        "with secret_service() as s: print(s.bus_pid, s.daemon_pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = run(code, program=PYTHON, env=checkout_env(tmp_path))
    assert killed.code == -signal.SIGKILL, killed.stderr
    for pid in map(int, killed.stdout.split()):
        wait_for_end(pid)


def test_runner_passes_input_and_environment(mlreg: Mlreg) -> None:
    """The runner gives stdin and environment to the command, and returns what it wrote and its code."""
    code = "import os, sys; print(sys.stdin.read(), os.environ['MLREG_HOME']); sys.exit(3)"
    result = run(code, program=PYTHON, env=mlreg.env, stdin="given")
    assert (result.code, result.stdout) == (3, f"given {mlreg.home}/mlreg\n")


def test_runner_has_no_terminal(mlreg: Mlreg) -> None:
    """Without run_pty not even /dev/tty can be opened, so no prompt waits for a person."""
    assert run("open('/dev/tty')", program=PYTHON, env=mlreg.env).code == 1


def test_pty_answers_a_hidden_prompt(mlreg: Mlreg) -> None:
    """A hidden prompt gets its answer, and the answer is not on the screen."""
    code = "import getpass; print(len(getpass.getpass('Password: ')), getpass.getpass('Again: ') == 'tiger')"
    typed = [("Password: ", "hunter2\r"), ("Again: ", "tiger\r")]
    screen = run_pty([code], mlreg.env, typed, program=PYTHON)
    assert screen.code == 0
    assert b"7 True" in screen.output
    assert b"hunter2" not in screen.output


def test_pty_ctrl_c_interrupts(mlreg: Mlreg) -> None:
    """Ctrl-C typed on the terminal interrupts the command."""
    screen = run_pty(["input('name? ')"], mlreg.env, [("name", "\x03")], program=PYTHON)
    assert screen.code == -signal.SIGINT


def test_pty_fails_at_its_deadline(mlreg: Mlreg) -> None:
    """A text that never appears fails the test and shows the screen."""
    with pytest.raises(AssertionError, match="only this"):
        run_pty(["input('only this')"], mlreg.env, [("never", "")], timeout=1, program=PYTHON)


@pytest.mark.parametrize("name", ["CI", "MLFLOW_TRACKING_URI", "DATABRICKS_HOST", "XDG_CONFIG_HOME", "https_proxy"])
def test_nothing_foreign_reaches_a_test(name: str) -> None:
    """A test sees nothing of the environment that pytest was started in."""
    assert name not in os.environ


def outcome_of_a_need(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """What comes of pytest over one test whose need is not met."""
    (tmp_path / "test_it.py").write_text("from tests.needs import need\ndef test_it(): need(False, 'no zsh')\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(tmp_path)]
    return subprocess.run(
        command,
        env={**checkout_env(tmp_path), **env},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unmet_need_skips(tmp_path: Path) -> None:
    """What this machine lacks skips the test and says why."""
    done = outcome_of_a_need(tmp_path)
    assert (done.returncode, "no zsh" in done.stdout) == (0, True)


def test_an_unmet_need_fails_in_ci(tmp_path: Path) -> None:
    """With CI=true the same test fails."""
    done = outcome_of_a_need(tmp_path, CI="true")
    assert (done.returncode, "nothing may skip: no zsh" in done.stdout) == (1, True)
