"""`stack` beyond registering: update, rename, copy, delete, use and validate."""

import shlex
from pathlib import Path

import pytest

from mlreg.core.types import Tracker
from mlreg.runtime import Runtime
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

URI = "https://mlflow.example.com"
FIELDS = [
    "name",
    "tracker",
    "registry",
    "artifact_store",
    "experiment",
    "nested",
    "tags",
    "workspace",
    "namespace",
    "active",
]
CATALOG = ("databricks", "--databricks-host=https://dbc-1.cloud.databricks.com", "--tracking-token={{dbx.token}}")


@pytest.fixture
def prod(cli: Cli) -> Cli:
    """Trackers a and b, and a stack prod on a."""
    for name in ("a", "b"):
        assert cli("tracker", "register", name, URI, "--no-auth").code == 0
    assert cli("stack", "register", "prod", "-t", "a", "--experiment", "churn", "--tag", "team=risk").code == 0
    return cli


def test_the_fields_of_a_stack(prod: Cli) -> None:
    """Every verb shows the same fields in the same order: scripts rely on them."""
    for args in (["show", "prod"], ["update", "prod", "--nested"], ["copy", "prod", "x"], ["rename", "x", "y"]):
        assert list(prod("stack", *args, "-o", "json").json) == FIELDS


def test_update(prod: Cli) -> None:
    """Only what is named changes; a field or one tag is taken away; parts must exist; nothing named is exit 2."""
    done = prod(
        "stack", "update", "prod", "--model_registry", "b", "--tag", "env=x", "--unset", "experiment", "-o", "json"
    )
    assert done.json["tags"] == {"team": "risk", "env": "x"}
    assert (done.json["registry"], done.json["experiment"], done.json["tracker"]) == ("b", None, "a")
    assert prod("stack", "update", "prod", "--unset", "tag.team", "-o", "json").json["tags"] == {"env": "x"}
    assert prod("stack", "update", "prod", "-t", "nobody").code == 3
    assert prod("stack", "update", "prod", "--unset", "tracker").code == 2
    assert prod("stack", "update", "prod").code == 2
    assert prod("stack", "update", "a", "--nested").code == 2


def test_relative_artifact_stores(prod: Cli) -> None:
    """A path means the same from every directory."""
    shown = prod("stack", "update", "prod", "-a", "artifacts", "-o", "json").json
    assert shown["artifact_store"] == str(Path.cwd() / "artifacts")


def test_rename_and_copy(prod: Cli) -> None:
    """An active stack stays active; a tracker's own stack can be copied but not renamed."""
    prod("stack", "use", "prod")
    assert prod("stack", "rename", "prod", "live").code == 0
    assert prod("stack", "current").stdout == "live\n"
    assert prod("stack", "rename", "live", "live").code == 7
    assert prod("stack", "rename", "a", "c").code == 2
    assert prod("stack", "copy", "a", "c", "-o", "json").json["tracker"] == "a"
    assert "unchanged" in prod("stack", "copy", "a", "c").stderr
    assert prod("stack", "copy", "live", "c").code == 7


def test_delete_says_how_to_undo(prod: Cli) -> None:
    """The command brings the same stack back, active as it was."""
    prod("stack", "use", "prod")
    before = prod("stack", "show", "prod", "-o", "json").json
    said = prod("stack", "delete", "prod").stderr.splitlines()[0]
    assert prod(*shlex.split(said.partition("to undo: mlreg ")[2])).code == 0
    assert prod("stack", "show", "prod", "-o", "json").json == before
    prod("stack", "use", "a")
    prod("stack", "delete", "prod")
    assert prod("stack", "use", "-").code == 3


def test_use_warns_of_the_environment(prod: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """With MLREG_STACK set to another, switching changes nothing in this shell."""
    monkeypatch.setenv("MLREG_STACK", "b")
    assert "MLREG_STACK=b still decides" in prod("stack", "use", "prod").stderr
    monkeypatch.setenv("MLREG_STACK", "a")
    assert "MLREG_STACK" not in prod("stack", "use", "-").stderr


def test_use_checks(prod: Cli, home: Path) -> None:
    """A stack that a hand broke is not made active."""
    file = home / "components.yaml"
    file.write_text(file.read_text().replace("tracker: a", "tracker: gone"))
    refused = prod("stack", "use", "prod")
    assert (refused.code, "there is no tracker 'gone'" in refused.stderr) == (3, True)


def test_validate(prod: Cli, home: Path) -> None:
    """All that is wrong at once, each with its remedy; the exit is the first one's; in order it is an empty list."""
    fine = prod("stack", "validate", "prod", "-o", "json")
    assert (fine.code, fine.json) == (0, [])
    file = home / "components.yaml"
    text = (
        file.read_text()
        .replace("tracker: a", "tracker: gone\n    registry: b")
        .replace("no_auth: true", "client: soap")
    )
    file.write_text(text)
    found = prod("stack", "validate", "prod", "-o", "json")
    assert found.code == 3
    assert [problem["code"] for problem in found.json] == ["component_not_found", "usage", "usage"]
    assert list(found.json[0]) == ["stack", "code", "message", "cause", "hint", "exit"]
    assert all(problem["hint"] for problem in found.json)


def test_validate_names_missing_secrets(cli: Cli) -> None:
    """A placeholder may come before its secret, but then the stack is not in order: exit 4."""
    cli("tracker", "register", "t", URI, "--tracking-token={{t.token}}")
    found = cli("stack", "validate")
    assert (found.code, "mlreg secret fill t" in found.stdout) == (4, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["-t", "a", "--namespace", "main.ml"], "only goes with Unity Catalog"),
        (["-t", "dbx", "--namespace", "main"], "is no namespace"),
        (["-t", "dbx", "--workspace", "w"], "only goes with a tracking server"),
        (["-t", "a", "-a", "https://ada:c4n4ry@h/x"], "credentials do not belong"),
        ([], "a stack needs a tracker"),
    ],
)
def test_refused_stacks(prod: Cli, options: list[str], says: str) -> None:
    """Each rule has its text and a command; exit 2, nothing written."""
    prod("tracker", "register", "dbx", *CATALOG)
    refused = prod("stack", "register", "s", *options)
    assert (refused.code, refused.stdout) == (2, "")
    assert says in refused.stderr
    assert "mlreg stack register s -t" in refused.stderr
    assert "c4n4ry" not in refused.stderr


def test_a_stack_named_like_a_tracker(prod: Cli) -> None:
    """It takes the place of the tracker's own stack, and says so."""
    done = prod("stack", "register", "b", "-t", "a")
    assert "b now means this stack, with the tracker a" in done.stderr


def test_a_workspace_reaches_the_server(cli: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack's workspace counts before the tracker's."""
    asked: list[str | None] = []

    def connection(_: Runtime, tracker: Tracker) -> FakeRegistry:
        asked.append(tracker.workspace)
        return registry

    monkeypatch.setattr(Runtime, "_connection", connection)
    cli("tracker", "register", "t", URI, "--no-auth", "--workspace", "all")
    cli("stack", "register", "s", "-t", "t", "--workspace", "risk")
    assert cli("model", "list", "-s", "t").code == 0
    assert cli("model", "list", "-s", "s").code == 0
    assert asked == ["all", "risk"]


def test_dry_run(prod: Cli, home: Path) -> None:
    """Every write decides and says all, and writes nothing."""
    before = (home / "components.yaml").read_text()
    for args in (
        ["update", "prod", "--nested"],
        ["rename", "prod", "x"],
        ["copy", "prod", "x"],
        ["use", "prod"],
        ["delete", "prod"],
    ):
        done = prod("stack", *args, "--dry-run")
        assert (done.code, done.stderr.startswith("dry run, nothing is changed")) == (0, True)
    assert (home / "components.yaml").read_text() == before


def test_a_namespace_completes_short_names(cli: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Unity Catalog `churn` is one schema's; a full name stays; two levels are refused unsent."""
    from mlreg.core import features
    from mlreg.core.ports import Feature

    monkeypatch.setattr(registry, "features", features.OF_MLFLOW - {Feature.FREE_NAMES} | {Feature.LEVELS})
    cli("tracker", "register", "dbx", *CATALOG)
    assert cli("stack", "register", "s", "-t", "dbx", "--namespace", "main.ml", "--set").code == 0
    assert cli("model", "create", "churn").code == 0
    assert cli("model", "create", "main.other.churn").code == 0
    assert cli("model", "list", "-o", "name").stdout == "main.ml.churn\nmain.other.churn\n"
    assert cli("model", "show", "churn", "-o", "name").stdout == "main.ml.churn\n"
    assert cli("model", "show", "ml.churn").code == 2
    assert cli("model", "show", "churn", "-s", "dbx").code == 2


def test_an_empty_option_is_no_unset(prod: Cli) -> None:
    """It is refused with the way to take a field away."""
    refused = prod("stack", "update", "prod", "--experiment", "")
    assert (refused.code, "--unset experiment" in refused.stderr) == (2, True)
    assert prod("tracker", "update", "a", "--workspace=").code == 2
