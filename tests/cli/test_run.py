"""`mlreg run` as far as one process shows it: what is refused, what a run is made of, what the plugin is left."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from mlreg.adapters import found
from mlreg.core.errors import CommandNotFound, NotExecutable, Unreachable
from mlreg.core.types import Run
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry


def only_run(registry: FakeRegistry) -> Run:
    """The one run that was opened."""
    ((run, _),) = registry.runs.values()
    return run


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "it stands after --"),
        (["true"], "it stands after --"),
        (["--"], "nothing stands after --"),
        (["--tag", "novalue", "--", "true"], "a tag has no value"),
        (["--dotenv", "f", "--", "true"], "no run is opened"),
        (["--no-such", "--", "true"], "--no-such"),
        (["surplus", "--", "true"], "too many"),
        (["--stack", "none", "--", "true"], "there is no stack 'none'"),
    ],
)
def test_what_is_mlregs_own_failure(lab: Cli, args: list[str], says: str) -> None:
    """It is 125, in JSON too, so that no exit code of a command is taken for it."""
    failed = lab("run", *args)
    assert (failed.code, failed.stdout) == (125, "")
    assert says in failed.stderr
    error = json.loads(lab("run", "-o", "json", *args).stderr)["error"]
    assert error["exit"] == 125


def test_words_of_the_command_say_nothing_to_mlreg(lab: Cli) -> None:
    """Not even how its errors are shown."""
    failed = lab("run", "--", "no-such-command", "-o", "json", "--debug")
    assert failed.code == 127
    assert failed.stderr.startswith("error: there is no command 'no-such-command'\ncause: not on PATH\n")


def test_help_needs_no_command(lab: Cli) -> None:
    """It says how a script with an experiment of its own is run."""
    shown = lab("run", "--help")
    assert shown.code == 0
    assert "mlreg run [OPTIONS] -- COMMAND [ARG]..." in shown.stdout
    assert "set_experiment" in shown.stdout


def test_a_dry_run(lab: Cli, registry: FakeRegistry) -> None:
    """Everything is looked up and nothing is run; a command that is not there is 127 all the same."""
    would = lab("run", "--run-name", "n", "--dry-run", "--", "false")
    assert (would.code, would.stdout, registry.runs) == (0, "", {})
    assert "false inside a run of its own, with MLFLOW_REGISTRY_URI, MLFLOW_TRACKING_URI, MLREG_STACK" in would.stderr
    assert lab("run", "--dry-run", "--", "no-such-command").code == 127


def test_a_run_and_its_end(lab: Cli, registry: FakeRegistry) -> None:
    """It is made of the options and of who runs what; the command's code is mlreg's."""
    ran = lab("run", "--experiment", "churn", "--run-name", "n", "--tag", "k=v", "--", "sh", "-c", "exit 7")
    run = only_run(registry)
    assert (ran.code, run.status, run.name, run.experiment_id) == (7, "FAILED", "n", "churn")
    assert {"k": "v", "mlflow.source.name": "sh"}.items() <= run.tags.items()
    assert run.tags["mlflow.user"]


def test_a_quiet_run(lab: Cli) -> None:
    """-q says nothing of it."""
    assert lab("run", "-q", "--run-name", "n", "--", "true").stderr == ""


def test_a_command_that_cannot_begin(lab: Cli, registry: FakeRegistry, tmp_path: Path) -> None:
    """Its run has FAILED."""
    script = tmp_path / "script"
    script.write_text("no interpreter\n")
    script.chmod(0o755)
    assert lab("run", "--run-name", "n", "--", str(script)).code == 126
    assert only_run(registry).status == "FAILED"


def test_an_end_that_cannot_be_told(lab: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's code stands, with a warning."""

    def lost(run_id: str, status: str) -> None:
        raise Unreachable("gone")

    monkeypatch.setattr(registry, "end_run", lost)
    ran = lab("run", "--run-name", "n", "--", "sh", "-c", "exit 7")
    assert ran.code == 7
    assert "could not be set to FAILED: gone" in ran.stderr


def test_a_stack_with_headers_needs_the_plugin(
    cli: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No variable can say a header: without mlreg beside MLflow it is refused, with the command that installs it."""
    monkeypatch.setenv("MLREG_SECRET_S__KEY", "c4n4ry")
    done = cli(
        "tracker", "register", "gw", "https://mlflow.example.com", "--no-auth", "--tracking-header=X-Key={{s.key}}"
    )
    assert done.code == 0, done.stderr
    pretender = tmp_path / "bin" / "python3"
    pretender.parent.mkdir()
    pretender.write_text("#!/bin/sh\nexit 1\n")
    pretender.chmod(0o755)
    refused = cli("run", "--", str(pretender), "train.py")
    assert refused.code == 125
    assert f"{pretender} -m pip install mlreg" in refused.stderr
    pretender.write_text(f'#!/bin/sh\nprintf %s "$MLFLOW_TRACKING_AUTH $MLREG_SECRET_S__KEY" >{tmp_path}/said\n')
    assert cli("run", "--run-name", "n", "--", str(pretender)).code == 0
    assert (tmp_path / "said").read_text() == "mlreg c4n4ry"


def test_finding_commands(tmp_path: Path) -> None:
    """By path or on PATH, as a shell does."""
    tool, plain = tmp_path / "tool", tmp_path / "plain"
    for file in tool, plain:
        file.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    environ = {"PATH": f"/nowhere{os.pathsep}{tmp_path}"}
    assert found.find(["tool", "-x"], environ) == found.find([str(tool)], {}) == str(tool)
    for word in "plain", str(plain), str(tmp_path):
        with pytest.raises(NotExecutable):
            found.find([word], environ)
    for word in "other", str(tmp_path / "other"), "":
        with pytest.raises(CommandNotFound):
            found.find([word], environ)


@pytest.mark.parametrize(
    ("words", "source"),
    [
        (["python", "train.py", "--token", "x"], "train.py"),
        (["/venv/bin/python3.12", "-u", "src/train.py"], "src/train.py"),
        (["python", "-m", "train", "conf.py"], "python"),
        (["python"], "python"),
        (["./train.sh", "train.py"], "./train.sh"),
    ],
)
def test_the_source_of_a_run(words: list[str], source: str) -> None:
    """The script that Python runs, else the command; never its arguments."""
    assert found.source(words) == source


def test_nothing_changes_in_the_process(lab: Cli) -> None:
    """When a command has ended, signals are as they were before."""
    before = signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert lab("run", "--run-name", "n", "--", sys.executable, "-S", "-c", "").code == 0
    assert (signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(signal.SIG_BLOCK, [])) == before
