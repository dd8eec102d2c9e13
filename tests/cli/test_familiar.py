"""ZenML's spellings at the command line, over a registry in memory: they mean there what they mean in ZenML."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.architecture.test_commands import VERBS
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

DAY_MS = 86_400_000


@pytest.fixture
def models(lab: Cli) -> Cli:
    """`mlreg model-registry models ...`."""
    return lambda *args: lab("model-registry", "models", *args)


def test_models(models: Cli) -> None:
    """Registered with tags under both spellings of the option, listed by tags, changed, shown and deleted."""
    made = models("register", "m", "-d", "text", "-t", "team", "risk", "-m", "two words", "it's", "-o", "json").json
    assert made["tags"] == {"team": "risk", "two words": "it's"}
    assert models("register", "m").code == 7
    assert models("list", "-m", "team", "risk", "-m", "two words", "it's", "-o", "name").stdout == "m\n"
    assert models("list", "-m", "team", "other", "-o", "json").json == []
    assert models("list").stdout.split()[:3] == ["NAME", "DESCRIPTION", "TAGS"]
    changed = models("update", "m", "-d", "", "-t", "team", "ops", "-o", "json").json
    assert (changed["description"], changed["tags"]) == ("", {"team": "ops", "two words": "it's"})
    assert models("get", "m", "-o", "json").json["tags"]["team"] == "ops"
    assert models("delete", "m").code == 2
    assert models("delete", "m", "-y").stdout == "m\n"
    assert models("get", "m").code == 3


def test_register_version(models: Cli, lab: Cli) -> None:
    """The model is made, metadata and --zenml-* become tags; MLflow's own number is used, and said when it differs."""
    made = models(
        "register-version",
        "m",
        "--description=accuracy 98.88%",
        "-v",
        "5",
        "--model-uri=s3://bucket/m",
        *("-m", "k", "v", "-m", "a", "b"),
        "--zenml-pipeline-name=training",
        "--zenml_step_name=trainer",
        "-o",
        "json",
    )
    assert (made.json["version"], made.json["description"]) == (1, "accuracy 98.88%")
    assert made.json["tags"] == {"k": "v", "a": "b", "zenml_pipeline_name": "training", "zenml_step_name": "trainer"}
    assert "this one is 1, not 5" in made.stderr
    again = lab("model", "register-version", "m", "-v", "2", "-u", "s3://bucket/m")
    assert (again.stdout, "not 2" in again.stderr) == ("m/2\n", False)


def test_list_versions(models: Cli, registry: FakeRegistry) -> None:
    """By source, by tags, by day (the first included), so many, in both orders; an unknown model is not found."""
    for number in (1, 2, 3):
        made = registry.stored["churn"][number]
        registry.stored["churn"][number] = replace(made, created=number * DAY_MS, source=f"s3://bucket/{number}")
    registry.set_version_tag("churn", 2, "k", "v")

    def numbers(*args: str) -> list[int]:
        return [row["version"] for row in models("list-versions", "churn", *args, "-o", "json").json]

    assert numbers() == numbers("--order-by-date", "desc") == [3, 2, 1]
    assert numbers("--order-by-date=asc") == [1, 2, 3]
    assert numbers("--model-uri", "s3://bucket/2") == numbers("-m", "k", "v") == [2]
    assert numbers("--count", "2") == numbers("-c", "2") == [3, 2]
    assert numbers("--created-after", "1970-01-03") == [3, 2]
    assert numbers("--created_before", "1970-01-03") == [1]
    assert numbers("--created-after", "2099-01-01") == []
    for wrong in (["--created-after", "soon"], ["-c", "0"], ["--order-by-date", "up"], ["-m", "k"]):
        assert models("list-versions", "churn", *wrong).code == 2
    assert models("list-versions", "nobody").code == 3
    assert models("list-versions").code == 2


def test_versions_are_changed_and_deleted(lab: Cli, registry: FakeRegistry) -> None:
    """All changes of one call; nothing is sent when a part is wrong."""
    lab("model", "update-version", "churn", "-v", "2", "-m", "old", "1")
    done = lab(
        *("model", "update-version", "churn", "-v", "2", "-d", "text", "-m", "k", "v"),
        *("--remove_metadata", "old", "-s", "production", "-o", "json"),
    )
    assert (done.json["stage"], done.json["description"], done.json["tags"]) == ("Production", "text", {"k": "v"})
    assert lab("model", "update-version", "churn", "-v", "2", "-d", "x", "-s", "prod").code == 2
    assert lab("model", "update-version", "churn", "-v", "2").code == 2
    assert registry.get_version("churn", 2).description == "text"
    assert lab("model", "update-version", "churn", "-v", "2", "-rm", "k", "-o", "json").json["tags"] == {}
    assert lab("model", "get-version", "churn", "-v", "2", "-o", "json").json["stage"] == "Production"
    assert lab("model", "get-version", "churn", "-v", "latest", "-o", "name").stdout == "churn/3\n"
    assert lab("model", "delete-version", "churn", "-v", "2", "-y").code == 7
    assert lab("model", "delete-version", "churn", "-v", "1").code == 2
    assert lab("model", "delete-version", "churn", "-v", "1", "-y").stdout == "churn/1\n"


@pytest.mark.parametrize(
    "args",
    [
        ["model", "transition-stage", "--name", "churn", "--version", "2", "--stage", "Staging"],
        ["models", "transition-stage", "--model-name", "churn", "--version", "2", "--stage", "Staging"],
        ["models", "transition-stage", "churn", "2", "Staging"],
        ["models", "transition-model-version-stage", "-n", "churn", "-v", "2", "-s", "staging"],
    ],
)
def test_what_tutorials_teach(lab: Cli, args: list[str]) -> None:
    """The stage is set, however it is written."""
    assert lab(*args).stdout == "churn/2\n"
    rows = lab("models", "list-versions", "--name", "churn", "-o", "json").json
    assert [row["stage"] for row in rows] == ["None", "Staging", "None"]


def test_transition_stage_wants_all_three(lab: Cli) -> None:
    """Nothing is guessed."""
    for args in (["churn", "2"], ["churn"], [], ["churn", "2", "Staging", "x"], ["--version", "2", "--stage", "None"]):
        assert lab("model", "transition-stage", *args).code == 2


def test_a_registry_is_where_the_tracker_is(cli: Cli) -> None:
    """A copy of the active stack's tracker, placeholders included; without a tracker ZenML's rule is told."""
    alone = cli("model-registry", "register", "reg", "--flavor=mlflow")
    assert (alone.code, alone.stdout) == (3, "")
    assert "needs an MLflow experiment tracker" in alone.stderr
    assert "mlreg experiment-tracker register" in alone.stderr
    uri, token = "https://mlflow.example.com", "{{s.token}}"
    assert cli("experiment-tracker", "register", "t", f"--tracking_uri={uri}", f"--tracking_token={token}").code == 0
    made = cli("model-registry", "register", "reg", "--flavor=mlflow")
    assert (made.stdout, "of t" in made.stderr) == ("reg\n", True)
    shown = cli("model-registry", "describe", "reg", "-o", "json").json
    assert (shown["tracking_uri"], shown["tracking_token"]) == (uri, token)
    assert "unchanged" in cli("model-registry", "register", "reg", "--flavor=mlflow").stderr
    assert cli("model-registry", "register", "x", "--flavor=nope").code == 2
    elsewhere = cli("model-registry", "register", "far", "https://far.example.com", "--no-auth", "-o", "json")
    assert elsewhere.json["auth"] == "none"
    assert cli("stack", "register", "s", "-r", "reg", "--set", "-o", "json").json["tracker"] == "reg"
    assert cli("model-registry", "list", "-o", "name").stdout == "t\nreg\nfar\n"
    assert cli("model-registry", "delete", "far").code == 0


def test_a_registry_is_no_copy_of_a_strangers_tracker(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """One from MLflow's variables or a project's file stays there: its host is not made one of the user's."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    refused = cli("model-registry", "register", "reg", "--flavor=mlflow")
    assert (refused.code, "the environment's" in refused.stderr) == (3, True)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    Path("mlreg.yaml").write_text(
        "version: 1\ntrackers:\n  p: {flavor: mlflow, tracking_uri: 'https://other.test', tracking_token: '{{s.t}}'}\n"
    )
    refused = cli("model-registry", "register", "reg", "--flavor=mlflow")
    assert (refused.code, "the project's" in refused.stderr) == (3, True)
    assert cli("tracker", "list", "-o", "name").stdout == "p\n"


def test_other_nouns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Integrations have nothing to install, and the secrets manager is `secret`."""
    done = cli("integration", "install", "mlflow", "-y")
    assert (done.code, done.stdout) == (0, "mlflow\n")
    assert "nothing needs to be installed" in done.stderr
    assert cli("integration", "list", "-o", "json").json[0]["installed"] is True
    assert cli("integration", "install", "wandb").code == 3
    monkeypatch.setenv("S_TOKEN", "x")
    assert cli("secrets-manager", "secret", "list", "-o", "json").json == []


def test_they_are_not_in_the_help(cli: Cli) -> None:
    """Neither the nouns nor the verbs; a typo is not answered with one."""
    for args, hidden in ((["--help"], "experiment-tracker"), (["model", "--help"], "list-versions")):
        assert hidden not in cli(*args).stdout
    assert not [path for path, _ in VERBS if "version" in path.split()[-1].split("-")[1:]]
    assert "experiment-tracker" not in cli("experiment-trackr", "list").stderr
