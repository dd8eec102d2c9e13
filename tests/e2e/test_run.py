"""`mlreg run -- COMMAND`: what real commands get from real servers and a real keyring, how they end, what stays."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from mlreg.adapters.processes import look
from mlreg.core.types import Run
from tests.cli_runner import MLREG, Mlreg, Result, kill_group
from tests.e2e.test_main_job import done, register_tracker
from tests.github_runner import outputs
from tests.labs import RestLab
from tests.scripted import Asked, Reply, scripted
from tests.servers import Server
from tests.waiting import until

SECONDS = 30
FOREIGN = {
    "MLFLOW_TRACKING_URI": "https://elsewhere.example.com",
    "MLFLOW_TRACKING_TOKEN": "c4n4ry-token",
    "MLFLOW_TRACKING_AUTH": "other",
    "MLFLOW_TRACKING_AWS_SIGV4": "true",
    "MLFLOW_RUN_ID": "f" * 32,
    "MLFLOW_EXPERIMENT_ID": "9",
    "MLFLOW_EXPERIMENT_NAME": "other",
    "MLFLOW_TRACKING_INSECURE_TLS": "true",
    "MLFLOW_WORKSPACE": "other",
    "DATABRICKS_HOST": "https://elsewhere.example.com",
    "DATABRICKS_TOKEN": "c4n4ry-pat",
    "MLREG_SECRET_OTHER__TOKEN": "c4n4ry-vault",
}
OWN = {"MLFLOW_S3_ENDPOINT_URL": "http://minio", "DATABRICKS_RUNTIME_VERSION": "17", "MLREG_OUTPUT": "json", "A": "ü\n"}


@pytest.fixture
def lab(mlreg: Mlreg, plain_server: Server) -> Mlreg:
    """mlreg with the plain server."""
    done(mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth"))
    return mlreg


@pytest.fixture
def prod(desk: Mlreg, secure_server: Server) -> Mlreg:
    """mlreg with the secure server, its password in the keyring, and a stack with settings."""
    text = f"username={secure_server.username}\npassword={secure_server.password}\n"
    done(desk("secret", "register", "mlflow_secret", "-f", "-", stdin=text))
    register_tracker(desk, secure_server)
    done(desk("stack", "register", "team", "-t", "prod", "--tag", "team=risk", "--set"))
    return desk


def python(code: str) -> list[str]:
    """The words of a command that runs this code."""
    return [sys.executable, "-c", code]


@contextmanager
def running(lab: Mlreg, *args: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run mlreg until its command has said a first line, which is read."""
    process = subprocess.Popen(
        [*MLREG, "run", *args],
        env={**lab.env, **(env or {})},
        cwd=lab.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
            process.communicate(timeout=SECONDS)
        finally:
            with suppress(ProcessLookupError):
                kill_group(process)  # type: ignore[arg-type]


def said(process: subprocess.Popen[str]) -> str:
    """The next line of the command."""
    assert process.stdout
    return process.stdout.readline().strip()


def run_of(server: Server, result: Result) -> Run:
    """The run that mlreg has opened, as the server knows it now."""
    return RestLab(server).tracking.get_run(result.stderr.partition("run ")[2].split()[0])


def test_exit_codes_are_the_commands(lab: Mlreg) -> None:
    """Any code, and a signal as itself: mlreg has become the command. Words after -- are not mlreg's."""
    assert lab("run", "--", "sh", "-c", "exit 3").code == 3
    assert lab("run", "--", "sh", "-c", "kill -9 $$").code == -signal.SIGKILL
    echoed = lab("run", "--", "echo", "--stack", "nowhere", "-o", "json", "--", "--help")
    assert (echoed.code, echoed.stdout, echoed.stderr) == (0, "--stack nowhere -o json -- --help\n", "")


def test_mlreg_becomes_the_command(lab: Mlreg) -> None:
    """It is the same process."""
    with running(lab, "--", "sh", "-c", "echo $$") as process:
        assert int(said(process)) == process.pid


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows what is blocked and ignored")
@pytest.mark.parametrize("options", [[], ["--run-name", "n"]], ids=["alone", "in a run"])
def test_no_signal_is_lost_on_the_command(lab: Mlreg, options: list[str]) -> None:
    """What Python ignores and mlreg waits for is neither ignored nor blocked there."""
    lines = done(lab("run", *options, "--", "grep", "-E", "SigBlk|SigIgn", "/proc/self/status")).stdout.splitlines()
    assert [int(line.split()[1], 16) & 0x7FFF_FFFF for line in lines] == [0, 0]


def test_what_mlreg_cannot_do(lab: Mlreg) -> None:
    """127 for no such command, 126 for one that cannot be executed, 125 for all that is mlreg's own."""
    script = lab.home / "script"
    script.write_text("echo hello\n")
    assert lab("run", "--", "no-such-command").code == 127
    assert lab("run", "--", str(script)).code == 126
    script.chmod(0o755)
    failed = lab("run", "--", str(script))
    assert (failed.code, "#!" in failed.stderr) == (126, True)
    assert lab("run", "--", "/").code == 126
    for args in ["--stack", "none", "--", "true"], ["true"], ["--"], ["--no-such-option", "--", "true"]:
        assert lab("run", *args).code == 125, args


def test_the_whole_environment(prod: Mlreg, secure_server: Server) -> None:
    """What the stack needs is there, what conflicts is gone, and nothing else has changed."""
    inherited = {**prod.env, **FOREIGN, **OWN}
    ran = done(prod("run", "--", "env", "-0", env={**FOREIGN, **OWN}))
    found = dict(item.split("=", 1) for item in ran.stdout.rstrip("\0").split("\0"))
    ours = {
        "MLFLOW_TRACKING_URI": secure_server.uri,
        "MLFLOW_REGISTRY_URI": secure_server.uri,
        "MLFLOW_TRACKING_USERNAME": secure_server.username,
        "MLFLOW_TRACKING_PASSWORD": secure_server.password,
        "MLFLOW_TRACKING_SERVER_CERT_PATH": str(secure_server.ca_cert),
        "MLREG_STACK": "team",
    }
    assert found == {**{name: value for name, value in inherited.items() if name not in FOREIGN}, **ours}


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows the environments of others")
def test_the_password_is_in_the_commands_environment_alone(prod: Mlreg, secure_server: Server) -> None:
    """Neither mlreg nor the process that watches over it has it in its environment or arguments."""
    waits = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    with running(prod, "--run-name", "n", "--", *python(waits)) as process:
        command = int(said(process))
        watchers = [pid for pid in children(process.pid) if pid != command]
        assert len(watchers) == 1
        password = str(secure_server.password).encode()
        assert password in Path(f"/proc/{command}/environ").read_bytes()
        for pid in (process.pid, *watchers):
            for file in "environ", "cmdline":
                assert password not in Path(f"/proc/{pid}/{file}").read_bytes()
        os.kill(process.pid, signal.SIGTERM)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in watchers), SECONDS, lambda: "the watcher stays")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(
    ("ends", "code", "status"),
    [
        ("exit 0", 0, "FINISHED"),
        ("exit 3", 3, "FAILED"),
        ("kill -9 $$", 137, "KILLED"),
        ("kill -INT $$", 130, "KILLED"),
    ],
)
def test_a_run_ends_as_its_command(lab: Mlreg, plain_server: Server, ends: str, code: int, status: str) -> None:
    """The exit code is a shell's, and the run's status says how it came."""
    ran = lab("run", "--experiment", uuid4().hex, "--", "sh", "-c", f"echo $MLFLOW_RUN_ID; {ends}")
    run = run_of(plain_server, ran)
    assert (ran.code, run.status, ran.stdout) == (code, status, f"{run.run_id}\n")
    assert run.ended is not None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_mlreg_reaches_the_command(lab: Mlreg, plain_server: Server, number: signal.Signals) -> None:
    """Once; the command ends by it, or as it decides, and its run is KILLED."""
    with running(lab, "--run-name", "n", "--", "sh", "-c", "echo $MLFLOW_RUN_ID; exec sleep 60") as process:
        run_id = said(process)
        os.kill(process.pid, number)
    assert process.returncode == 128 + number
    assert RestLab(plain_server).tracking.get_run(run_id).status == "KILLED"


def test_a_signal_that_the_command_takes(lab: Mlreg, plain_server: Server) -> None:
    """It may go on, or end by itself: its code is what counts."""
    code = """
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"goes on\\n"))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(os.environ["MLFLOW_RUN_ID"], flush=True)
while True: signal.pause()
"""
    with running(lab, "--run-name", "n", "--", *python(code)) as process:
        run_id = said(process)
        os.kill(process.pid, signal.SIGUSR1)
        assert said(process) == "goes on"
        os.kill(process.pid, signal.SIGTERM)
    assert process.returncode == 0
    assert RestLab(plain_server).tracking.get_run(run_id).status == "FINISHED"


def test_ctrl_c_arrives_once(lab: Mlreg, plain_server: Server) -> None:
    """The terminal sends it to the command itself; mlreg, which gets it too, does not send it again."""
    code = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
for number in range(5):
    print("ready", number, flush=True)
    signal.sigwait({signal.SIGINT})
    print("heard", number, flush=True)
    sys.stdin.readline()
    if signal.SIGINT in signal.sigpending():
        print("again")
raise SystemExit(130)
"""
    typed = [step for number in range(5) for step in ((f"ready {number}", "\x03"), (f"heard {number}", "\r"))]
    screen = lab.pty("run", "--run-name", "n", "--", *python(code), typed=typed)
    assert screen.code == 130, screen.output
    assert b"again" not in screen.output
    run_id = screen.output.decode().partition("run ")[2].split()[0]
    assert RestLab(plain_server).tracking.get_run(run_id).status == "KILLED"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a signal does not say where it comes from")
def test_a_signal_to_mlreg_alone_on_a_terminal(lab: Mlreg) -> None:
    """It is not taken for the terminal's, which reaches both."""
    script = "trap 'echo heard; exit 5' INT; kill -INT $PPID; sleep 30 & wait"
    screen = lab.pty("run", "--run-name", "n", "--", "sh", "-c", script)
    assert (screen.code, b"heard" in screen.output) == (5, True)


def test_when_mlreg_is_killed(lab: Mlreg, plain_server: Server) -> None:
    """The command is ended, its run is KILLED, and nobody stays behind."""
    tracking = RestLab(plain_server).tracking
    with running(lab, "--run-name", "n", "--", "sh", "-c", "echo $MLFLOW_RUN_ID $$; exec sleep 60") as process:
        run_id, command = said(process).split()
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: tracking.get_run(run_id).status == "KILLED", SECONDS, lambda: "the run is not ended")
        assert look(int(command)) is None


def test_a_server_that_fails_at_the_end(mlreg: Mlreg) -> None:
    """The command's exit code stands; a warning says what could not be done."""

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("runs/create"):
            return Reply(200, {"run": {"info": {"run_id": "abc", "experiment_id": "1"}}})
        if asked.path.endswith("runs/update"):
            return Reply(500, {"error_code": "INTERNAL_ERROR", "message": "no"})
        return Reply(200, {"experiment": {"experiment_id": "1"}})

    with scripted(answer) as server:
        done(mlreg("tracker", "register", "lab", server.uri, "--no-auth"))
        ran = mlreg("run", "--run-name", "n", "--", "sh", "-c", "exit 4")
    assert ran.code == 4
    assert "warning: the status of the run abc could not be set to FAILED" in ran.stderr


def test_a_server_that_fails_at_the_beginning(mlreg: Mlreg) -> None:
    """Nothing is run."""
    done(mlreg("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth"))
    ran = mlreg("run", "--run-name", "n", "--", "touch", str(mlreg.home / "ran"))
    assert (ran.code, (mlreg.home / "ran").exists()) == (125, False)


def test_nested_runs_and_tags(prod: Mlreg, secure_server: Server) -> None:
    """A run inside a run, each with the stack's tags and its own, as the server has them."""
    experiment = uuid4().hex
    inner = [*MLREG, "run", "--nested", "--run-name", "inner", "--tag", "step=1", "--", "true"]
    outer = ["run", "--experiment", experiment, "--run-name", "outer", "--tag", "step=0", "--", *inner]
    first, second = (line.split()[1] for line in done(prod(*outer)).stderr.splitlines())
    tracking = RestLab(secure_server).tracking
    around, inside = tracking.get_run(first), tracking.get_run(second)
    assert (around.name, inside.name, around.status, inside.status) == ("outer", "inner", "FINISHED", "FINISHED")
    assert inside.experiment_id == around.experiment_id
    assert inside.tags["mlflow.parentRunId"] == first
    assert "mlflow.parentRunId" not in around.tags
    assert (around.tags["team"], around.tags["step"]) == ("risk", "0")
    assert (inside.tags["team"], inside.tags["step"], inside.tags["mlflow.source.type"]) == ("risk", "1", "LOCAL")


def test_what_ci_is_told(lab: Mlreg, plain_server: Server, tmp_path: Path) -> None:
    """The run's id and page are in both files before the command starts, and on stderr."""
    files = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "out")}
    dotenv = tmp_path / "run.env"
    ran = done(lab("run", "--run-name", "n", "--dotenv", str(dotenv), "--", "cat", str(tmp_path / "out"), env=files))
    given = outputs(ran.stdout)
    run_id = run_of(plain_server, ran).run_id
    page = f"{plain_server.uri}/#/experiments/{given['experiment_id']}/runs/{run_id}"
    assert given == {"run_id": run_id, "run_url": page, "experiment_id": given["experiment_id"]}
    assert f"run {run_id} (n): {page}\n" in ran.stderr
    assert dotenv.read_text().splitlines()[:2] == [f"MLREG_RUN_ID={run_id}", f"MLREG_RUN_URL={page}"]


TRAINING = """
import json, sys
import mlflow
from sklearn.linear_model import LogisticRegression

mlflow.autolog(log_datasets=False, silent=True)
with mlflow.start_run() as run:
    model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    logged = mlflow.sklearn.log_model(model, name="net", registered_model_name=sys.argv[1])
    print(json.dumps([run.info.run_id, logged.registered_model_version]))
"""


def test_a_training_script(prod: Mlreg, secure_server: Server) -> None:
    """It logs, autologs and registers as it is, and ends in the run that was opened for it."""
    name = f"net-{uuid4().hex[:8]}"
    script = prod.home / "train.py"
    script.write_text(TRAINING)
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    ran = prod("run", "--experiment", name, "--", sys.executable, str(script), name, env=quiet, timeout=120)
    run = run_of(secure_server, done(ran))
    printed = next(line for line in ran.stdout.splitlines() if line.startswith("["))
    assert json.loads(printed) == [run.run_id, "1"]
    assert (run.status, run.params["fit_intercept"]) == ("FINISHED", "True")
    assert run.tags["mlflow.source.name"] == str(script)
    assert done(prod("model", "show", f"{name}/1", "-o", "json")).json["run_id"] == run.run_id


def test_a_script_with_an_experiment_of_its_own(lab: Mlreg) -> None:
    """What the help says of it is what happens: it fails inside a run of another one, and works without."""
    script = lab.home / "own.py"
    script.write_text("import mlflow\nmlflow.set_experiment('own')\nmlflow.start_run()\nmlflow.end_run()\n")
    failed = lab("run", "--run-name", "n", "--", sys.executable, str(script))
    assert (failed.code, "does not match environment run ID" in failed.stderr) == (1, True)
    assert lab("run", "--experiment", "own", "--", sys.executable, str(script)).code == 0
