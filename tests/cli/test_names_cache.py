"""The names that commands leave to completion: those of components after every write, those of models as they pass."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlreg.adapters.names import FORMAT
from mlreg.core import noted
from mlreg.core.features import OF_MLFLOW
from mlreg.core.ports import Feature
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

SERVER = "http://127.0.0.1:9"


def components(home: Path) -> list[str]:
    """The rows of the components' file, without its header."""
    return (home / "names" / "components").read_text().split("\n")[1:]


def models(home: Path, stack: str = "lab") -> dict[str, str]:
    """The rows of a registry's file by model."""
    rows = (home / "names" / f"models.{stack}").read_text().split("\n")[2:]
    return dict(row.split("\t", 1) for row in rows)


def listed(home: Path) -> int:
    """When all models were listed."""
    return int((home / "names" / "models.lab").read_text().partition("\n")[0].split("\t")[2])


def test_every_write_of_components(cli: Cli, home: Path) -> None:
    """Trackers, stacks, secrets with their keys, and what is active are there after each command that changes them."""
    cli("tracker", "register", "team", "https://h/mlflow", "--no-auth")
    assert components(home)[:2] == ["active\tteam", "tracker\tteam\thttps://h/mlflow\tuser\thttps://h/mlflow"]
    cli("stack", "register", "prod", "-t", "team", "--workspace", "w", "--set")
    assert "stack\tprod\thttps://h/mlflow w\tuser\ttracker team" in components(home)
    assert components(home)[0] == "active\tprod"
    cli("secret", "register", "gw", "--backend", "env", "-k", "token", "-k", "user")
    assert "secret\tgw\ttoken user" in components(home)
    cli("stack", "delete", "prod")
    assert not [row for row in components(home) if row.startswith("stack\tprod\t")]


def test_a_change_by_hand_is_noticed_by_the_next_command(cli: Cli, home: Path) -> None:
    """A command that reads the file leaves what it says now."""
    cli("tracker", "register", "team", "https://h", "--no-auth")
    file = home / "components.yaml"
    file.write_text(file.read_text().replace("team", "squad"))
    cli("tracker", "list")
    assert components(home)[0] == "active\tsquad"


def test_a_project_has_names_of_its_own(cli: Cli, home: Path, tmp_path: Path) -> None:
    """What a project's file adds is offered in that project only."""
    cli("tracker", "register", "team", "https://h", "--no-auth")
    (tmp_path / "cwd" / "mlreg.yaml").write_text("version: 1\ntrackers: {theirs: {tracking_uri: 'https://t'}}\n")
    cli("tracker", "list")
    project = next(file for file in (home / "names").iterdir() if file.name.startswith("components."))
    assert "tracker\ttheirs\thttps://t\tproject\thttps://t" in project.read_text().split("\n")
    assert not [row for row in components(home) if "theirs" in row]


def test_a_listing_replaces(lab: Cli, registry: FakeRegistry, home: Path) -> None:
    """All models are there after a whole listing, with their aliases and the versions that the listing names."""
    lab("model", "alias", "set", "churn/2", "champion")
    lab("model", "transition", "churn/1", "Staging")
    del registry.models["churn"]
    registry.create_model("fraud")
    assert "churn" in models(home)
    lab("model", "list")
    assert models(home) == {"fraud": "\t"}
    assert listed(home) > 0


def test_what_passes_by_is_added(lab: Cli, registry: FakeRegistry, home: Path) -> None:
    """Looking at one model or changing it leaves its names, and all others as they were."""
    registry.create_model("fraud")
    lab("model", "list")
    before = listed(home)
    lab("model", "transition", "churn/1", "Staging")
    lab("model", "alias", "set", "churn/2", "champion")
    assert models(home) == {"churn": "champion=2\t3= 2= 1=Staging", "fraud": "\t"}
    assert listed(home) == before
    lab("model", "alias", "delete", "churn@champion")
    lab("model", "delete", "churn/3", "-y")
    lab("model", "create", "new")
    lab("model", "rename", "fraud", "abuse")
    assert models(home) == {"abuse": "\t", "churn": "\t2= 1=Staging", "new": "\t"}
    lab("model", "delete", "churn", "--confirm", "churn")
    assert list(models(home)) == ["abuse", "new"]


def test_versions_are_learned_from_their_listing(lab: Cli, home: Path) -> None:
    """`model versions` leaves every version, with its stage."""
    lab("model", "transition", "churn/2", "Production")
    lab("model", "versions", "churn")
    assert models(home)["churn"] == "\t3= 2=Production 1="


def test_a_part_of_a_listing_replaces_nothing(lab: Cli, registry: FakeRegistry, home: Path) -> None:
    """A filtered or a limited listing does not take the others away."""
    registry.create_model("fraud")
    lab("model", "list")
    registry.create_model("zebra")
    lab("model", "list", "--limit", "1")
    lab("model", "list", "--filter", "name = 'zebra'")
    assert list(models(home)) == ["churn", "fraud", "zebra"]


def test_a_registry_that_lists_no_aliases(lab: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a listing has none, those that are known stay."""
    lab("model", "alias", "set", "churn/2", "champion")
    monkeypatch.setattr(FakeRegistry, "features", OF_MLFLOW - {Feature.WHOLE_HITS})
    lab("model", "list")
    assert models(home)["churn"].startswith("champion=2\t")


def test_metrics_are_noted(lab: Cli, registry: FakeRegistry, home: Path) -> None:
    """The names of metrics that a listing shows are known afterwards."""
    run = registry.run()
    registry.runs[run] = (replace(registry.runs[run][0], metrics={"auc": 0.9, "bad\tname": 1.0}), set())
    registry.stored["churn"][3] = replace(registry.stored["churn"][3], run_id=run)
    lab("model", "versions", "churn", "--metrics", "auc")
    assert (home / "names" / "models.lab").read_text().split("\n")[1] == "auc"


def test_a_dry_run_leaves_what_is_there(lab: Cli, home: Path) -> None:
    """What was only pretended is not offered."""
    lab("model", "create", "dream", "--dry-run")
    lab("model", "delete", "churn", "--dry-run")
    assert list(models(home)) == ["churn"]


@pytest.mark.parametrize("name", ["a\tb", "a\x1b[1m", "line\nbreak", "\x85", "right\u202eleft", "zero\u200bwidth"])
def test_names_with_control_characters_are_left_out(lab: Cli, registry: FakeRegistry, home: Path, name: str) -> None:
    """A name that a line cannot hold, or that a terminal would obey, is not kept."""
    registry.create_model(name)
    lab("model", "list")
    assert list(models(home)) == ["churn"]


def test_it_is_for_its_owner_alone(lab: Cli, home: Path) -> None:
    """Mode 0600 in a directory of mode 0700, and nothing temporary is left."""
    lab("model", "list")
    assert (home / "names").stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in (home / "names").iterdir()} == {
        "components": 0o600,
        "models.lab": 0o600,
    }


def test_no_command_fails_for_it(lab: Cli, home: Path) -> None:
    """Where the cache cannot be written, or somebody has changed it, commands work as ever, and say nothing of it."""
    for content in ("1", "1\t\t\t\t", f"{FORMAT}\t{SERVER}\tyesterday\n\nchurn", "\udcff"):
        for file in (home / "names").iterdir():
            file.write_bytes(content.encode(errors="surrogateescape"))
        done = lab("model", "show", "churn", "-o", "name")
        assert (done.code, done.stdout, done.stderr) == (0, "churn\n", "")
    for file in (home / "names").iterdir():
        file.unlink()
    (home / "names").rmdir()
    (home / "names").write_text("a file where the directory should be")
    done = lab("model", "show", "churn", "-o", "name")
    assert (done.code, done.stdout, done.stderr) == (0, "churn\n", "")


@pytest.mark.parametrize("content", ["1\tx", f"1\t{SERVER}\tlater\n\nchurn", f"1\t{SERVER}\t5\n\nchurn\ta\tb c=d 07="])
def test_damaged_models_are_written_again(lab: Cli, home: Path, content: str) -> None:
    """What a hand or a full disk left of the file does not outlive the next listing."""
    (home / "names" / "models.lab").write_text(content)
    lab("model", "versions", "churn")
    lab("model", "list")
    assert models(home) == {"churn": "\t3= 2= 1="}


@pytest.mark.parametrize("rows", ["stack", "active\tlab\nwidget\tx", ""])
def test_damaged_components_are_written_again(lab: Cli, home: Path, rows: str) -> None:
    """Any command mends the file, though its header fits the component files."""
    file = home / "names" / "components"
    before = file.read_text()
    file.write_text(f"{before.partition(chr(10))[0]}\n{rows}")
    lab("model", "list")
    assert file.read_text() == before


def test_a_broken_component_file_leaves_no_old_names(cli: Cli, home: Path) -> None:
    """What the file said before it broke is not offered any more than it works."""
    cli("tracker", "register", "team", "https://h", "--no-auth")
    (home / "components.yaml").write_text("trackers: [")
    assert cli("status").code == 5
    cli("doctor")
    assert not (home / "names" / "components").exists()


def test_the_number_of_names_is_bounded(lab: Cli, registry: FakeRegistry, home: Path) -> None:
    """Of a huge registry the first names are kept; the listing itself has them all."""
    for number in range(30):
        registry.create_model(f"model-{number:02}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noted, "MOST_MODELS", 10)
        assert lab("model", "list", "-o", "name").stdout.count("\n") == 31
    assert len(models(home)) == 10


def test_mlflows_own_settings(cli: Cli, registry: FakeRegistry, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are kept for that server, without the credentials in its address, once completion was asked."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ada:hush@127.0.0.1:9/?token=hush")
    registry.create_model("churn")
    assert cli("model", "list").code == 0
    assert not home.exists()
    (home / "names").mkdir(parents=True)
    assert cli("model", "list").code == 0
    assert models(home, "env") == {"churn": "\t"}
    assert (home / "names" / "models.env").read_text().startswith(f"{FORMAT}\thttp://127.0.0.1:9/\t")
    assert not (home / "names" / "components").exists()
