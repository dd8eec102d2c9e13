"""`model update | rename | delete | tag | resolve` at the command line, over a registry in memory."""

from pathlib import Path

import pytest

from mlreg.core.features import OF_MLFLOW
from mlreg.core.ports import Feature
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry


def test_update_changes_the_description_alone(lab: Cli, registry: FakeRegistry) -> None:
    """Of a model or of a version; the same again says so; an empty one takes it away."""
    lab("model", "tag", "set", "churn", "team=risk")
    lab("model", "alias", "set", "churn/2", "champion")
    changed = lab("model", "update", "churn", "-d", "new", "-o", "json").json
    assert (changed["description"], changed["tags"], changed["aliases"]) == ("new", {"team": "risk"}, {"champion": 2})
    assert "already" in lab("model", "update", "churn", "-d", "new").stderr
    version = lab("model", "update", "churn@champion", "-d", "second", "-o", "json").json
    assert (version["version"], version["description"], version["aliases"]) == (2, "second", ["champion"])
    assert lab("model", "update", "churn", "-d", "").stdout == "churn\n"
    assert registry.get_model("churn").description == ""


def test_tags(lab: Cli, registry: FakeRegistry) -> None:
    """Set, changed and deleted by name; what was not there is said, with what may have been meant."""
    done = lab("model", "tag", "set", "churn/latest", "a=1", "b=x=y", "-o", "json").json
    assert done == {"name": "churn", "version": 3, "set": {"a": "1", "b": "x=y"}, "deleted": []}
    assert lab("model", "tag", "delete", "churn/3", "a").stdout == "churn/3\n"
    assert dict(registry.get_version("churn", 3).tags) == {"b": "x=y"}
    lab("model", "tag", "set", "churn", "team=risk")
    missed = lab("model", "tag", "delete", "churn", "teem")
    assert (missed.code, "did you mean 'team'?" in missed.stderr) == (0, True)
    gone = lab("model", "tag", "delete", "churn", "team", "-o", "json").json
    assert (gone["version"], gone["deleted"]) == (None, ["team"])


def test_rename(lab: Cli) -> None:
    """All is found under the new name, and the command that undoes it is said."""
    done = lab("model", "rename", "churn", "churn-eu")
    assert (done.code, done.stdout) == (0, "churn-eu\n")
    assert "mlreg model rename churn-eu churn" in done.stderr
    assert len(lab("model", "versions", "churn-eu", "-o", "json").json) == 3
    assert lab("model", "show", "churn").code == 3
    assert "already" in lab("model", "rename", "churn-eu", "churn-eu").stderr


def test_resolve(lab: Cli) -> None:
    """The URI alone for scripts, with its parts in JSON; several holders are warned about."""
    lab("model", "alias", "set", "churn/2", "champion")
    assert lab("model", "resolve", "churn@champion").stdout == "models:/churn/2\n"
    assert lab("model", "resolve", "models:/churn/latest", "-o", "json").json == {
        "name": "churn",
        "version": 3,
        "uri": "models:/churn/3",
    }
    for number in "1", "2":
        lab("model", "transition", f"churn/{number}", "Production")
    shared = lab("model", "resolve", "churn/Production")
    assert (shared.stdout, "several holders" in shared.stderr) == ("models:/churn/2\n", True)


def test_deleting_a_version_in_use_needs_force(lab: Cli, registry: FakeRegistry) -> None:
    """One that an alias names, or in Production, also when not the newest there; force takes the alias along."""
    lab("model", "alias", "set", "churn/1", "champion")
    for number in "2", "3":
        lab("model", "transition", f"churn/{number}", "Production")
    for ref in "churn/1", "churn@champion", "churn/2", "churn/latest":
        refused = lab("model", "delete", ref, "--yes")
        assert (refused.code, refused.stdout) == (7, "")
        assert "is in use" in refused.stderr
        assert "--force" in refused.stderr
    forced = lab("model", "delete", "churn@champion", "--yes", "--force", "-o", "json")
    assert forced.json == {"name": "churn", "version": 1, "deleted": True}
    assert "the alias churn@champion is gone" in forced.stderr
    assert (dict(registry.get_model("churn").aliases), sorted(registry.stored["churn"])) == ({}, [2, 3])


def test_deleting_asks(lab: Cli, registry: FakeRegistry) -> None:
    """With nobody to ask: a version needs --yes, a model its own name; else exit 2 and nothing is done."""
    for args in (["churn/1"], ["churn"], ["churn", "--yes"], ["churn", "--confirm", "chrun"], ["churn", "--force"]):
        refused = lab("model", "delete", *args)
        assert (refused.code, refused.stdout) == (2, ""), args
    assert sorted(registry.stored["churn"]) == [1, 2, 3]
    assert lab("model", "delete", "churn/1", "-y").stdout == "churn/1\n"
    assert lab("model", "delete", "churn", "--confirm", "churn").stdout == "churn\n"
    assert lab("model", "show", "churn").code == 3


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["update", "churn"], 2, "nothing is said to change"),
        (["update", "nobody", "-d", "x"], 3, "no model 'nobody'"),
        (["update", "churn/9", "-d", "x"], 3, "no version 9"),
        (["rename", "nobody", "x"], 3, "no model 'nobody'"),
        (["rename", "churn", "other"], 7, "there is a model 'other' already"),
        (["rename", "churn", "a/b"], 2, "not a model's name"),
        (["delete", "nobody", "--confirm", "nobody"], 3, "no model 'nobody'"),
        (["delete", "churn/9", "--yes"], 3, "no version 9"),
        (["tag", "set", "churn", "team"], 2, "KEY=VALUE"),
        (["tag", "set", "churn", "a//b=1"], 2, "no key of a tag"),
        (["tag", "set", "churn", "mlflow.prompt.is_prompt=true"], 2, "makes prompts of models"),
        (["tag", "set", "churn/9", "a=1"], 3, "no version 9"),
        (["tag", "delete", "nobody", "a"], 3, "no model 'nobody'"),
        (["resolve", "churn"], 2, "names no version"),
        (["resolve", "churn/9"], 3, "no version 9"),
        (["resolve", "churn@nobody"], 3, "no alias 'nobody'"),
    ],
)
def test_mistakes(lab: Cli, args: list[str], code: int, says: str) -> None:
    """Each has its exit code and one clear error; stdout stays empty."""
    lab("model", "create", "other")
    failed = lab("model", *args)
    assert (failed.code, failed.stdout) == (code, "")
    assert says in failed.stderr


def test_a_dry_run_fails_as_the_act_would(lab: Cli, registry: FakeRegistry) -> None:
    """And where the act would succeed, it says so and changes nothing."""
    lab("model", "create", "other")
    before = (dict(registry.models), {name: dict(versions) for name, versions in registry.stored.items()})
    for args in (
        ["update", "churn", "-d", "x"],
        ["update", "churn/1", "-d", "x"],
        ["rename", "churn", "x"],
        ["tag", "set", "churn", "a=1"],
        ["tag", "set", "churn/1", "a=1"],
        ["tag", "delete", "churn", "a"],
        ["tag", "delete", "churn/1", "a"],
        ["delete", "churn/1"],
        ["delete", "churn"],
    ):
        tried = lab("model", *args, "--dry-run")
        assert (tried.code, "nothing is changed" in tried.stderr) == (0, True), args
    for args, code in (
        (["rename", "churn", "other"], 7),
        (["tag", "set", "churn/9", "a=1"], 3),
        (["delete", "churn/9"], 3),
        (["update", "churn/9", "-d", "x"], 3),
    ):
        assert lab("model", *args, "--dry-run").code == code
    assert (registry.models, registry.stored) == before


def test_prompts_are_not_touched(lab: Cli, registry: FakeRegistry) -> None:
    """No verb takes a prompt for a model."""
    registry.prompt("greeting")
    for args in (
        ["update", "greeting", "-d", "x"],
        ["update", "greeting/1", "-d", "x"],
        ["rename", "greeting", "x"],
        ["tag", "set", "greeting", "a=1"],
        ["tag", "delete", "greeting/1", "a"],
        ["delete", "greeting/1", "--yes", "--force"],
        ["delete", "greeting", "--confirm", "greeting"],
        ["resolve", "greeting/1"],
    ):
        refused = lab("model", *args)
        assert (refused.code, "is a prompt" in refused.stderr) == (3, True), args
    assert sorted(registry.stored["greeting"]) == [1]


def test_sources_on_this_machine(lab: Cli, registry: FakeRegistry) -> None:
    """Where the store is on this machine a `file:` URI is a source as it stands; with nothing there it is noted."""
    Path("net").mkdir()
    assert lab("model", "register", "churn", "file:net").code == 2
    registry.features = OF_MLFLOW | {Feature.PATHS}
    made = lab("model", "register", "churn", "file:net", "-o", "json")
    assert (made.json["source"], "warning" in made.stderr) == (f"file://{Path.cwd()}/net", False)
    assert "there is nothing at /no/such/place yet" in lab("model", "register", "churn", "file:///no/such/place").stderr


def test_a_registry_that_cannot_rename(lab: Cli, registry: FakeRegistry) -> None:
    """MLflow's file store loses aliases and tags on the way: refused before anything is sent."""
    registry.features = OF_MLFLOW - {Feature.RENAMES}
    refused = lab("model", "rename", "churn", "x")
    assert (refused.code, refused.stdout) == (2, "")
    assert "mlflow migrate-filestore" in refused.stderr
