"""`mlreg env`: what shells make of it, whatever the values are, and who is told what."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from mlreg.core import exports
from mlreg.core.errors import Usage
from tests.cli.conftest import Cli
from tests.cli_runner import Mlreg
from tests.needs import need
from tests.plugin import registered

HOSTILE = [
    *("$(touch pwned)", "`touch pwned`", "$HOME", "$(( 1 + 1 ))", "; touch pwned", "& touch pwned", "| touch pwned"),
    *(
        "it's",
        "''",
        "'",
        'say "hi"',
        "back\\slash",
        "\\",
        "\\'",
        "ends in \\",
        "\\n",
        "two\nlines",
        "\r\t",
        "!!",
        "a!b",
    ),
    *("*", "?x", "[ab]", "{a,b}", "~", "#no comment", "=ls", "%1", "^a^b", "(touch pwned)", "é 模型", " spaces ", ""),
]
CHANGES = {**{f"V{number}": value for number, value in enumerate(HOSTILE)}, "GONE": None, "NEVER_THERE": None}
EVALUATING = {
    "bash": 'eval "$(cat text)"; env -0',
    "sh": 'eval "$(cat text)"; env -0',
    "zsh": 'eval "$(cat text)"; env -0',
    "fish": "source text; env -0",
}
LOGIN = ("--tracking-username={{team.username}}", "--tracking-password={{team.password}}")


@pytest.fixture
def team(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A tracker whose password is in mlreg's own variables, in an environment with MLflow's plugin."""
    monkeypatch.setenv("MLREG_SECRET_TEAM__USERNAME", "ada")
    monkeypatch.setenv("MLREG_SECRET_TEAM__PASSWORD", "c4n4ry")
    assert cli("tracker", "register", "team", "https://h.example.com", *LOGIN).code == 0
    return cli


def in_shell(text: str) -> dict[str, str | None]:
    """What POSIX shells set and unset, as the text has it."""
    lines = [line.rstrip(";").partition(" ")[2] for line in text.splitlines()]
    pairs = (line.partition("=") for line in lines)
    return {name: value.strip("'") if found else None for name, found, value in pairs}


@pytest.mark.parametrize("shell", EVALUATING)
def test_shells_take_values_as_they_are(shell: str, tmp_path: Path) -> None:
    """Every value arrives to the letter, nothing in it is run, and what must not be there is not."""
    program = shutil.which(shell)
    need(program, f"not installed: {shell}")
    form = exports.form_of(str(program))
    (tmp_path / "text").write_text(exports.FORMS[form](CHANGES), newline="")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "GONE": "here", "KEPT": "here"}
    done = subprocess.run(
        [str(program), "-c", EVALUATING[shell]], cwd=tmp_path, env=env, capture_output=True, check=True, timeout=60
    )
    found = dict(item.split("=", 1) for item in done.stdout.decode().split("\0") if item)
    wanted = {name: value for name, value in CHANGES.items() if value is not None}
    assert {name: found.get(name) for name in wanted} == wanted
    assert {*found} & {"GONE", "NEVER_THERE", "KEPT"} == {"KEPT"}
    assert done.stderr == b""
    assert not list(tmp_path.rglob("pwned"))


def test_dotenv_readers_take_values_as_they_are() -> None:
    """All but what they would expand in any quotes, which is refused; there is no way to unset."""
    text = exports.dotenv(CHANGES)
    wanted = {name: value for name, value in CHANGES.items() if value is not None}
    assert dict(dotenv_values(stream=io.StringIO(text, newline=""))) == wanted
    with pytest.raises(Usage, match="the value of A cannot stand in a dotenv file"):
        exports.dotenv({"A": "x${HOME}"})


def test_no_secret_unless_asked(team: Cli) -> None:
    """MLflow is told to ask mlreg; with --reveal it gets the password. The other way of logging in is unset."""
    usual = in_shell(team("env", "--shell", "bash").stdout)
    uris = dict.fromkeys(("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"), "https://h.example.com")
    assert {name: value for name, value in usual.items() if value is not None} == {
        **uris,
        "MLFLOW_TRACKING_AUTH": "mlreg",
        "MLREG_STACK": "team",
    }
    assert {"MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "MLFLOW_RUN_ID"} <= {
        *usual
    }
    revealed = in_shell(team("env", "--shell", "bash", "--reveal").stdout)
    assert revealed["MLFLOW_TRACKING_PASSWORD"] == "c4n4ry"
    assert (revealed["MLFLOW_TRACKING_AUTH"], revealed["MLFLOW_TRACKING_TOKEN"]) == (None, None)


def test_the_form(team: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """--shell, else -o json, else the person's shell; MLREG_OUTPUT is not for what a shell evaluates."""
    monkeypatch.setenv("MLREG_OUTPUT", "json")
    for shell, expected in {"/usr/bin/fish": "set -e", "/bin/zsh": "unset ", "": "unset "}.items():
        monkeypatch.setenv("SHELL", shell)
        assert team("env").stdout.startswith(expected)
    for args in ["-o", "json"], ["--shell", "json"]:
        assert team("env", *args).json["MLFLOW_TRACKING_TOKEN"] is None
    refused = team("env", "--shell", "bsh")
    assert (refused.code, refused.stdout, "did you mean 'bash'?" in refused.stderr) == (2, "", True)


def test_mlflows_own_variables_stay(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is registered they say which server, and are not replaced by what nobody could look up."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://h.example.com")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "c4n4ry")
    kept = cli("env", "--shell", "bash")
    assert (kept.code, kept.stdout, "left as they are" in kept.stderr) == (0, "", True)
    assert in_shell(cli("env", "--shell", "bash", "--reveal").stdout)["MLFLOW_TRACKING_TOKEN"] == "c4n4ry"


def test_what_dotenv_cannot_unset_is_told(team: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is there and would lead elsewhere is named."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "other")
    told = team("env", "--shell", "dotenv")
    assert "cannot unset MLFLOW_TRACKING_TOKEN\n" in told.stderr
    assert "MLFLOW_TRACKING_TOKEN" not in told.stdout


def test_databricks_is_refused(cli: Cli) -> None:
    """Its client asks no plugin: nothing is printed, and the hint says what works."""
    place = ("databricks", "--databricks-host=https://d.example.com", "--tracking-token={{team.token}}")
    assert cli("tracker", "register", "dbx", *place).code == 0
    refused = cli("env")
    assert (refused.code, refused.stdout, "mlreg run -- COMMAND" in refused.stderr) == (2, "", True)


def test_a_python_without_mlreg_is_told(mlreg: Mlreg, tmp_path: Path) -> None:
    """The one that a shell would start: of the active environment, else the first on PATH; none is not missed."""
    assert mlreg("tracker", "register", "lab", "https://h", "--tracking-token={{t.token}}").code == 0
    bare = tmp_path / "bare" / "bin"
    bare.mkdir(parents=True)
    (bare / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    (bare / "python3").chmod(0o755)
    (bare / "python").symlink_to("python3")
    for where in {"PATH": f"{bare}:/usr/bin:/bin"}, {"VIRTUAL_ENV": str(bare.parent)}:
        told = mlreg("env", env=where)
        assert f"MLflow in {bare}/python" in told.stderr
        assert "-m pip install mlreg, or mlreg run" in told.stderr
        assert "MLFLOW_TRACKING_AUTH" in told.stdout
    equipped = {"VIRTUAL_ENV": "", "PATH": f"{Path(sys.executable).parent}", **registered(tmp_path / "plugin")}
    for where in equipped, {"PATH": str(tmp_path)}:
        assert mlreg("env", env=where).stderr == ""
    (bare / "python").unlink()
    (bare / "python3").write_text("#!/bin/sh\nexec sleep 60\n")
    assert mlreg("env", env={"PATH": f"{bare}:/usr/bin:/bin"}, timeout=20).stderr == ""


def test_no_login_needs_no_plugin(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then no Python is looked for, and MLflow is not told to ask."""
    monkeypatch.setenv("PATH", "/no/such/directory")
    assert cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth").code == 0
    printed = json.loads(cli("env", "--shell", "json").stdout)
    assert (printed["MLFLOW_TRACKING_URI"], printed["MLFLOW_TRACKING_AUTH"]) == ("http://127.0.0.1:9", None)
