"""A random secret goes through every command, with --debug and failing servers, and shows up nowhere."""

import secrets as random_secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from mlreg.adapters.http import Transport
from tests.architecture.test_commands import VERBS
from tests.cli.conftest import Cli
from tests.scripted import Asked, Reply, Scripted, scripted

# One call of every command; a command that is not here fails the test below.
CALLS = {
    "completion": ["bash"],
    "doctor": [],
    "env": [],
    "help": ["secrets"],
    "login": ["https://127.0.0.1:9"],
    "model alias delete": ["churn@a"],
    "model alias list": ["churn"],
    "model alias set": ["churn/1", "a"],
    "model compare": ["churn/1", "churn@a"],
    "model create": ["churn"],
    "model delete": ["churn/1", "--yes"],
    "model download": ["churn/1", "out"],
    "model history": ["churn"],
    "model holders": ["lab"],
    "model list": [],
    "model open": ["churn/1"],
    "model plot": ["churn", "--metric", "auc"],
    "model promote": ["churn/1", "a", "--require", "metrics.auc > 0.5", "--allow-first"],
    "model prune": ["churn", "--keep", "1", "--yes"],
    "model register": ["churn", "s3://b"],
    "model rename": ["churn", "other"],
    "model resolve": ["churn/1"],
    "model rollback": ["churn@a"],
    "model show": ["churn/1"],
    "model tag delete": ["churn/1", "k"],
    "model tag set": ["churn/1", "k=v"],
    "model transition": ["churn/1", "Staging"],
    "model update": ["churn/1", "-d", "x"],
    "model verify": ["churn/1", "."],
    "model versions": ["churn"],
    "model wait": ["churn/1", "--timeout", "1s"],
    "quickstart": ["--dry-run"],
    "run": ["--run-name", "n", "--", "true"],
    "secret delete": ["s", "--yes"],
    "secret fill": [],
    "secret get": ["s", "token"],
    "secret list": [],
    "secret register": ["s", "--backend", "env", "-k", "token"],
    "secret rename": ["s", "z"],
    "secret show": ["s"],
    "secret update": ["s", "--host", "h"],
    "stack copy": ["lab", "lab2"],
    "stack current": [],
    "stack delete": ["lab2"],
    "stack export": ["lab"],
    "stack import": ["missing.yaml"],
    "stack list": [],
    "stack register": ["own", "-t", "lab"],
    "stack remove-attribute": ["own", "experiment"],
    "stack rename": ["own", "own2"],
    "stack show": ["lab"],
    "stack update": ["own", "--experiment", "e"],
    "stack use": ["lab"],
    "stack validate": ["lab"],
    "status": [],
    "version": [],
    "tracker copy": ["lab", "lab3"],
    "tracker delete": ["lab3"],
    "tracker list": [],
    "tracker register": ["lab4", "https://h", "--tracking-token={{s.token}}"],
    "tracker remove-attribute": ["lab", "description"],
    "tracker rename": ["lab", "lab5"],
    "tracker show": ["lab"],
    "tracker start": ["lab"],
    "tracker stop": ["--all"],
    "tracker update": ["lab", "--description", "d"],
}
MODEL = {"name": "churn", "aliases": [{"alias": "a", "version": "1"}], "latest_versions": [{"version": "1"}]}
VERSION = {"name": "churn", "version": "1", "current_stage": "None"}


def good(asked: Asked) -> Reply:
    """A server on which everything works."""
    if asked.path == "/version":
        return Reply(200, "3.17.2", "text/plain")
    if "search" in asked.path:
        return Reply(200, {"model_versions" if "model-versions" in asked.path else "registered_models": []})
    return Reply(200, {"registered_model": MODEL, "model_version": VERSION})


def quoting(asked: Asked) -> Reply:
    """A server that refuses, and repeats what it was sent."""
    return Reply(400, {"error_code": "INTERNAL_ERROR", "message": f"no: {asked.headers}"})


def test_every_command_is_called() -> None:
    """The table names them all."""
    assert set(CALLS) == {path for path, _ in VERBS}


@pytest.mark.parametrize("failure", ["none", "quoting", "broken"])
def test_the_canary_stays_inside(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch, failure: str, tmp_path: Path
) -> None:
    """Neither stdout nor stderr nor any file has it, whatever the output format and whatever goes wrong."""
    canary = random_secrets.token_hex(16)
    monkeypatch.setenv("MLREG_SECRET_S__TOKEN", canary)
    monkeypatch.setenv("MLREG_SECRET_HOSTS_S", "127.0.0.1")
    answer: Callable[[Asked], Reply] = quoting if failure == "quoting" else good
    with scripted(answer) as server:
        assert cli("tracker", "register", "lab", server.uri, "--tracking-token={{s.token}}").code == 0
        if failure == "broken":
            monkeypatch.setattr(Transport, "_exchange", exploding(canary))
        for path, args in CALLS.items():
            for extra in ["--debug"], ["-o", "json"], ["-o", "yaml"]:
                shown = call(cli, *path.split(), *args, *extra)
                assert canary not in shown, (path, extra)
        check_sent(server, canary, failure)
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or canary.encode() not in file.read_bytes(), file


def call(cli: Cli, *args: str) -> str:
    """What a command shows; with --debug an unexpected error is shown by Python itself."""
    import traceback

    try:
        done = cli(*args)
    except RuntimeError as error:
        return "".join(traceback.format_exception(error))
    return done.stdout + done.stderr


def exploding(canary: str) -> Callable[..., object]:
    """A failure that nobody expects, with the secret among its frames' locals."""

    def explode(self: Transport, *_: object) -> object:
        held = self._endpoint.authorize()
        assert any(canary in value for value in held.values())
        raise RuntimeError("injected")

    return explode


def check_sent(server: Scripted, canary: str, failure: str) -> None:
    """The test would prove nothing if the secret had not been used."""
    if failure != "broken":
        assert any(canary in asked.headers.get("Authorization", "") for asked in server.asked)
