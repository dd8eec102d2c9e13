"""The examples of the help are run: of every verb at least one succeeds as it stands, and none is a misuse."""

import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlreg.runtime import VAULTS, Runtime
from tests import fakes_vault
from tests.architecture.test_commands import VERBS
from tests.architecture.test_documents import commands
from tests.cli.conftest import Cli
from tests.cli_runner import Result
from tests.fakes import FakeRegistry

KEYS = ("token", "old_token", "username", "password")
RUN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
# What needs a person, a process or a server of its own is run where those are: tests/e2e, tests/completion.
ELSEWHERE = {"login", "quickstart", "run", "tracker start", "tracker stop", "secret fill", "env"}


# What is taken away before the examples of a verb, which make it.
FIRST = {
    "model create": ["model", "delete", "churn", "--confirm", "churn"],
    "secret delete": ["tracker", "update", "team", "--unset", "tracking-token", "--no-auth"],
    "stack register": ["stack", "delete", "prod"],
    "tracker register": ["tracker", "delete", "team", "--force"],
}
# Only a person can answer these; only MLflow reads its own filters.
NOT_HERE = ("there is nobody to ask", "how to authenticate is not said", "order by name, version_number")


@pytest.fixture
def world(lab: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """What the examples speak of: churn with nine versions, pointers, runs, components, secrets and files."""
    monkeypatch.setitem(VAULTS, "keyring", "tests.fakes_vault:connect")
    monkeypatch.setattr(fakes_vault, "SHARED", {})
    monkeypatch.setattr(Runtime, "keyring_name", lambda self: "memory")
    _models(lab, registry)
    lab("tracker", "register", "team", "https://mlflow.example.com", "--tracking-token={{team.token}}")
    lab("secret", "register", "team", *(f"--{key}=x{key}" for key in KEYS))
    lab("stack", "register", "prod", "-t", "team", "--experiment", "churn", "--tag", "team=risk")
    lab("stack", "use", "prod")
    lab("stack", "use", "lab")
    lab("stack", "export", "prod", "prod.yaml")
    _files()
    return lab


def _models(lab: Cli, registry: FakeRegistry) -> None:
    for _ in range(6):
        lab("model", "register", "churn", "s3://bucket/churn")
    lab("model", "register", "fraud", "s3://bucket/fraud")
    lab("model", "register", "fraud", "s3://bucket/fraud")
    lab("model", "register", "fraud", "s3://bucket/fraud")
    model = Path("model").absolute()
    for number in range(1, 10):
        run_id = RUN if number == 7 else registry.run({"model/MLmodel": ""})
        run, _ = registry.runs.get(run_id) or registry.runs[registry.run({"model/MLmodel": ""})]
        metrics = {"auc": 0.80 + number / 100, "loss": 0.5 - number / 100, "f1": 0.7}
        run = replace(run, run_id=run_id, metrics=metrics, params={"depth": "8", "lr": "0.1"})
        registry.runs[run_id] = (run, {"model/MLmodel"})
        registry._change("churn", number, run_id=run_id, source=str(model))
    lab("model", "alias", "set", "churn/5", "champion")
    lab("model", "alias", "set", "churn/6", "champion")
    lab("model", "alias", "set", "churn/8", "challenger")
    lab("model", "transition", "churn/2", "Production")
    lab("model", "transition", "churn/3", "Production", "--archive-existing")
    lab("model", "transition", "churn/4", "Staging")
    lab("model", "tag", "set", "churn/7", "approved=yes")


def _files() -> None:
    for directory in ("model", "champion"):
        Path(directory).mkdir(exist_ok=True)
        Path(directory, "MLmodel").write_text("signature:\n  inputs: '[]'\n")
    Path("ca.pem").touch()


def examples(command: Any) -> list[str]:
    """The example lines of a verb: each is a command, or several in a pipe."""
    lines = (command.epilog or "").replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip().startswith("mlreg ")]


def run(cli: Cli, line: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run the commands of a line, each with the output of the one before as its input."""
    import io

    result = Result(0, "", "")
    for command in commands(line):
        monkeypatch.setattr("sys.stdin", io.StringIO(result.stdout))
        result = cli(*shlex.split(command, comments=True)[1:])
    return result


@pytest.mark.parametrize(("path", "command"), VERBS, ids=[path for path, _ in VERBS])
def test_examples_work(path: str, command: Any, world: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 0, or what the example shows on purpose: a gate that says no (8), something that exists already (7)."""
    if path in ELSEWHERE:
        return
    if path in FIRST:
        world(*FIRST[path])
    if path == "model download":
        shutil.rmtree("champion")
    results = {line: run(world, line, monkeypatch) for line in examples(command)}
    told = {line: (result.code, result.stderr) for line, result in results.items()}
    assert 0 in {code for code, _ in told.values()}, told
    for line, (code, stderr) in told.items():
        assert code in (0, 3, 4, 6, 7, 8, 9) or any(text in stderr for text in NOT_HERE), (line, code, stderr)


def test_what_is_run_elsewhere_exists() -> None:
    """The list of exceptions names commands that there are."""
    assert {path for path, _ in VERBS} >= ELSEWHERE
