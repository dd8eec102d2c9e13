"""`stack export` and `stack import`: a stack goes to another machine in one file, without its secrets."""

import io
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Cli

URI = "https://mlflow.example.com"


@pytest.fixture
def shared(cli: Cli) -> Path:
    """The file of a stack with a placeholder and a literal; the store it comes from is empty afterwards."""
    cli("tracker", "register", "team", URI, "--tracking-username={{team.username}}", "--tracking-password=c4n4ry")
    cli("tracker", "register", "models", "sqlite:////srv/models.db")
    cli("tracker", "register", "db", "postgresql://ada:c4n4ry@db/mlflow")
    assert cli("stack", "register", "prod", "-t", "team", "-r", "db", "--tag", "team=risk").code == 0
    done = cli("stack", "export", "prod", "prod.yaml")
    assert (done.code, done.stdout) == (0, "prod\n")
    assert "the literal password of the tracker team is left out: {{team.password}} stands there" in done.stderr
    assert "the password in the URI of the tracker db is left out" in done.stderr
    for args in (["stack", "delete", "prod"], ["tracker", "delete", "team"], ["tracker", "delete", "db"]):
        assert cli(*args).code == 0
    return Path("prod.yaml").absolute()


def test_what_is_in_the_file(shared: Path) -> None:
    """The stack, its trackers and nothing else; no literal credential."""
    text = shared.read_text()
    assert "c4n4ry" not in text
    assert yaml.safe_load(text) == {
        "version": 1,
        "trackers": {
            "team": {
                "flavor": "mlflow",
                "tracking_uri": URI,
                "tracking_username": "{{team.username}}",
                "tracking_password": "{{team.password}}",
            },
            "db": {"flavor": "mlflow", "tracking_uri": "postgresql://ada@db/mlflow"},
        },
        "stacks": {"prod": {"tracker": "team", "registry": "db", "tags": {"team": "risk"}}},
    }


def test_there_and_back(cli: Cli, shared: Path) -> None:
    """Importing brings it all, says which secrets to fill, and twice is unchanged."""
    done = cli("stack", "import", str(shared))
    assert (done.code, done.stdout) == (0, "prod\n")
    assert "mlreg secret fill prod" in done.stderr
    assert cli("stack", "show", "prod", "-o", "json").json["registry"] == "db"
    again = cli("stack", "import", str(shared))
    assert (again.code, "unchanged" in again.stderr) == (0, True)
    assert cli("stack", "export", "prod").stdout == yaml.safe_dump(yaml.safe_load(shared.read_text()), sort_keys=False)


def test_from_standard_input(cli: Cli, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads what an export writes to stdout."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(shared.read_text()))
    assert cli("stack", "import", "-").stdout == "prod\n"


def test_zenmls_spelling(cli: Cli, shared: Path) -> None:
    """`import NAME -f FILE` gives the stack another name."""
    assert cli("stack", "import", "mine", "-f", str(shared)).stdout == "mine\n"
    assert cli("stack", "show", "mine").code == 0


@pytest.mark.parametrize(
    ("how", "code", "name", "tracker", "uri"),
    [
        ("fail", 7, None, None, "http://127.0.0.1:1"),
        ("skip", 0, "prod", "team", "http://127.0.0.1:1"),
        ("replace", 0, "prod", "team", URI),
        ("rename", 0, "prod", "team-2", URI),
        ("perhaps", 2, None, None, "http://127.0.0.1:1"),
    ],
)
def test_conflicts(cli: Cli, home: Path, shared: Path, how: str, code: int, name: str, tracker: str, uri: str) -> None:
    """A tracker of that name with other content: refused whole, kept, replaced, or both under two names."""
    cli("tracker", "register", "team", "http://127.0.0.1:1", "--no-auth")
    before = (home / "components.yaml").read_text()
    done = cli("stack", "import", str(shared), "--on-conflict", how)
    assert done.code == code, done.stderr
    if code:
        assert (home / "components.yaml").read_text() == before
        return
    assert cli("stack", "show", name, "-o", "json").json["tracker"] == tracker
    assert cli("tracker", "show", tracker, "-o", "json").json["tracking_uri"] == uri


def test_a_stack_that_is_here(cli: Cli, shared: Path) -> None:
    """`rename` finds a free name, for the stack as well; `fail` names all that is in the way."""
    for name in ("prod", "team"):
        cli("tracker", "register", name, "http://127.0.0.1:1", "--no-auth")
    cli("stack", "register", "prod", "-t", "prod", "--nested")
    refused = cli("stack", "import", str(shared))
    assert "another tracker team and another stack prod are here" in refused.stderr
    assert cli("stack", "import", str(shared), "--on-conflict", "rename").stdout == "prod-2\n"


def test_foreign_placeholders_are_named(cli: Cli, home: Path, shared: Path) -> None:
    """Whoever wrote the file says where secrets go: those that are here are named with the host."""
    text = (home / "components.yaml").read_text()
    (home / "components.yaml").write_text(text + "secrets:\n  team: {backend: keyring, keys: [username]}\n")
    done = cli("stack", "import", str(shared))
    assert f"the tracker team sends your secret team to {URI}" in done.stderr


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("trackers: [\n", 5, "shared.yaml:"),
        ("version: 1\n", 2, "holds no stacks"),
        ("stacks:\n  a: {tracker: x}\n  b: {tracker: x}\n", 2, "holds 2 stacks"),
        ("stacks:\n  a: {tracker: x}\n", 3, "there is no tracker 'x'"),
        (f"trackers:\n  x: {{tracking_uri: '{URI}'}}\nstacks:\n  a: {{tracker: x}}\n", 2, "how to authenticate"),
    ],
)
def test_files_that_are_refused(cli: Cli, home: Path, text: str, code: int, says: str) -> None:
    """A broken or incomplete file changes nothing."""
    Path("shared.yaml").write_text(text)
    refused = cli("stack", "import", "shared.yaml")
    assert (refused.code, says in refused.stderr) == (code, True)
    assert not (home / "components.yaml").exists()


def test_files_and_dry_runs(cli: Cli, home: Path, shared: Path) -> None:
    """An export does not write over a file unasked; a dry run writes none; an absent file is exit 2."""
    cli("stack", "import", str(shared))
    before = (home / "components.yaml").read_text()
    assert cli("stack", "export", "prod", str(shared)).code == 7
    assert cli("stack", "export", "prod", str(shared), "--replace").code == 0
    assert cli("stack", "export", "prod", "new.yaml", "--dry-run").code == 0
    assert not Path("new.yaml").exists()
    assert cli("stack", "import", "mine", "-f", str(shared), "--dry-run").code == 0
    assert (home / "components.yaml").read_text() == before
    assert cli("stack", "import", "absent.yaml").code == 2
    assert cli("stack", "import").code == 2


def test_foreign_files_do_not_loosen_silently(cli: Cli) -> None:
    """A tracker that verifies no certificate says so when it comes in."""
    tracker = f"x: {{tracking_uri: '{URI}', no_auth: true, tracking_insecure_tls: true}}"
    Path("shared.yaml").write_text(f"trackers:\n  {tracker}\nstacks:\n  a: {{tracker: x}}\n")
    done = cli("stack", "import", "shared.yaml")
    assert (done.code, "x has --tracking-insecure-tls" in done.stderr) == (0, True)
