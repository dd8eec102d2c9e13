"""Mistakes with secrets and models that ZenML answers with a traceback or a wrong result: what mlreg says instead."""

from pathlib import Path
from typing import Any

import pytest

from mlreg.runtime import VAULTS
from tests import fakes_vault
from tests.cli.conftest import Cli
from tests.cli_runner import Result
from tests.fakes import FakeRegistry

CANARY = "c4n4ry"


@pytest.fixture(autouse=True)
def vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the keyring's place is a vault in memory."""
    monkeypatch.setitem(VAULTS, "keyring", "tests.fakes_vault:connect")
    items: dict[tuple[str, str], Any] = {}
    monkeypatch.setattr(fakes_vault, "SHARED", items)


@pytest.fixture
def s(cli: Cli) -> Cli:
    """A command line that knows the secret `mlflow_secret`."""
    assert cli("secret", "register", "mlflow_secret", f"--token={CANARY}").code == 0
    return cli


def refused(done: Result, code: int, *says: str) -> None:
    """One error of a few lines, nothing on stdout, these words in it, and no value."""
    assert (done.code, done.stdout) == (code, ""), done.stderr
    assert all(word in done.stderr for word in says), done.stderr
    assert CANARY not in done.stderr


def test_removing_an_absent_key(s: Cli) -> None:
    """ZenML: a KeyError and its traceback."""
    refused(s("secret", "update", "mlflow_secret", "--unset", "nope"), 3, "nope")


@pytest.mark.parametrize("text", ['{"token": {"deep": "c4n4ry"}}', "c4n4ry", '{"token": "c4n4ry"', "[c4n4ry]"])
def test_values_of_the_wrong_shape(cli: Cli, tmp_path: Path, text: str) -> None:
    """ZenML: a traceback that echoes the input, which is the secret."""
    file = tmp_path / "values"
    file.write_text(text)
    refused(cli("secret", "register", "x", "-f", str(file)), 2)


def test_a_missing_file(cli: Cli) -> None:
    """ZenML: a ValueError and its traceback."""
    refused(cli("secret", "register", "x", "-f", "/no/such/file"), 2, "/no/such/file")


def test_a_final_line_break_is_not_part_of_a_password(s: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ZenML: `--key=@file` keeps it, and the login fails."""
    file = tmp_path / "token"
    file.write_text(f"{CANARY}\n")
    file.chmod(0o600)
    assert s("secret", "update", "mlflow_secret", "--from-file", f"token={file}").code == 0
    assert s("secret", "get", "mlflow_secret", "token", "--reveal").stdout == f"{CANARY}\n"


def test_a_part_of_a_name(s: Cli) -> None:
    """ZenML: `secret get mlflow` finds `mlflow_secret` and prints it."""
    refused(s("secret", "get", "mlflow", "token", "--reveal"), 3, "did you mean 'mlflow_secret'?")


def test_getting_is_not_showing(s: Cli) -> None:
    """ZenML: `get` prints the values in clear, without a flag."""
    refused(s("secret", "get", "mlflow_secret", "token"), 2, "--reveal")


def test_renaming_needs_the_new_name(s: Cli) -> None:
    """ZenML: without --new-name nothing happens, and it is called a success."""
    assert s("secret", "rename", "mlflow_secret").code == 2


def test_deleting_what_is_in_use(s: Cli) -> None:
    """ZenML: deleted without a look at who needs it."""
    assert s("tracker", "register", "t", "https://h", "--tracking-token={{mlflow_secret.token}}").code == 0
    refused(s("secret", "delete", "mlflow_secret", "--yes"), 7, "by the tracker t")


def test_a_value_apart_from_its_key(cli: Cli) -> None:
    """ZenML: `--password hunter2` with a space is refused in words that repeat it."""
    refused(cli("secret", "register", "x", "--password", CANARY), 2, "--password has no value")


def test_an_unknown_model_has_no_empty_list(cli: Cli, registry: FakeRegistry) -> None:
    """ZenML: `No model versions found.`, exit 0."""
    cli("tracker", "register", "t", "https://h", "--no-auth")
    refused(cli("model", "versions", "nobody"), 3, "there is no model 'nobody'")


def test_a_server_that_is_down_is_no_missing_model(cli: Cli) -> None:
    """ZenML: `Model with name zz does not exist.`, whatever went wrong."""
    cli("tracker", "register", "t", "http://127.0.0.1:9", "--no-auth")
    refused(cli("model", "show", "zz"), 6, "cannot connect")


def test_a_stage_in_any_case_and_not_in_two_places_silently(cli: Cli, registry: FakeRegistry) -> None:
    """ZenML: `production` is refused, and `Production` twice is passed over."""
    cli("tracker", "register", "t", "https://h", "--no-auth")
    for _ in range(2):
        cli("model", "register", "m", "s3://b")
    assert cli("model", "transition", "m/1", "production").code == 0
    assert "m/1 is in Production too" in cli("model", "transition", "m/2", "Production").stderr


def test_no_active_stack(cli: Cli) -> None:
    """ZenML: a registry cannot be named, and without an active stack nothing can be done."""
    refused(cli("model", "list"), 3, "no stack is active", "mlreg tracker register")
