"""`model register`: every form of a SOURCE, what shall point at the version, and MLflow's own order of arguments."""

import json
from pathlib import Path

import pytest

from mlreg.core.types import LoggedModel
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.fixture
def run(registry: FakeRegistry) -> str:
    """A run that has logged one model as MLflow 3 does."""
    run_id = registry.run()
    registry.logged_model(run_id, "net")
    return run_id


def test_a_bare_run_is_its_only_model(lab: Cli, registry: FakeRegistry, run: str) -> None:
    """By its id, by runs:/ID, or by its page on this tracker's server, with whatever the page's address has more."""
    pages = [f"http://127.0.0.1:9/#/experiments/3/runs/{run}{rest}" for rest in ("", "/artifacts", "?tab=x", "/")]
    for source in (run, f"runs:/{run}", *pages):
        made = lab("model", "register", "new", source, "-o", "json").json
        assert (made["model_id"], made["run_id"]) == (next(iter(registry.logged)), run)


def test_a_run_of_mlflow_2_is_its_only_directory_with_a_model(lab: Cli, registry: FakeRegistry) -> None:
    """Other artifacts do not count."""
    run_id = registry.run({"clf/MLmodel": "", "clf/model.pkl": "", "plots/roc.png": "", "notes.txt": ""})
    made = lab("model", "register", "new", run_id, "-o", "json").json
    assert (made["source"], made["run_id"]) == (f"mlflow-artifacts:/1/{run_id}/clf", run_id)


def test_a_run_with_several_models_lists_them(lab: Cli, registry: FakeRegistry, run: str) -> None:
    """Exit 2, with the command for one of them."""
    registry.logged_model(run, "scaler")
    refused = lab("model", "register", "new", run)
    assert refused.code == 2
    assert "net, scaler" in refused.stderr
    assert f"mlreg model register new runs:/{run}/scaler" in refused.stderr


def test_a_run_without_a_model(lab: Cli, registry: FakeRegistry) -> None:
    """Exit 3; so is a run that is not there."""
    assert lab("model", "register", "new", registry.run()).code == 3
    assert lab("model", "register", "new", ID).code == 3
    assert lab("model", "show", "new").code == 3


def test_a_page_of_another_server(lab: Cli, run: str) -> None:
    """Is not looked for on this one."""
    refused = lab("model", "register", "new", f"https://elsewhere.example.com/#/experiments/3/runs/{run}")
    assert (refused.code, "that run is on elsewhere.example.com" in refused.stderr) == (2, True)


def test_a_logged_model(lab: Cli, registry: FakeRegistry) -> None:
    """With and without models:/ in front; one that is not there is exit 3."""
    model_id = f"m-{ID}"
    registry.logged[model_id] = LoggedModel(model_id=model_id, name="net", artifact_uri="mlflow-artifacts:/1")
    for source in (model_id, f"models:/{model_id}"):
        assert lab("model", "register", "new", source, "-o", "json").json["model_id"] == model_id
    assert lab("model", "register", "new", "m-" + "f" * 32).code == 3


@pytest.mark.parametrize(
    "source", ["churn/2", "churn:2", "churn@champion", "models:/churn/2", "models:/churn@champion"]
)
def test_another_version(lab: Cli, source: str) -> None:
    """In any spelling of a reference; what is recorded is the number."""
    lab("model", "alias", "set", "churn/2", "champion")
    assert lab("model", "register", "new", source, "-o", "json").json["source"] == "models:/churn/2"


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("churn", 2, "names no version"),
        ("churn/9", 3, "no version 9"),
        ("nobody/1", 3, "no model 'nobody'"),
        ("churn@nobody", 3, "no alias 'nobody'"),
        ("models:/churn", 2, "names no version"),
        ("runs:/", 2, "cannot read the source"),
        ("", 2, "cannot read the source"),
        ("other::churn/1", 2, "mlreg model download other::churn/1"),
        ("file:///tmp/model", 2, "mlreg model register new /tmp/model"),
    ],
)
def test_what_is_no_source(lab: Cli, source: str, code: int, says: str) -> None:
    """Each with its cause, and nothing is created."""
    refused = lab("model", "register", "new", source)
    assert (refused.code, says in refused.stderr) == (code, True), refused.stderr
    assert lab("model", "show", "new").code == 3


@pytest.mark.parametrize("source", [f"runs:/{ID}/model", "models:/churn/1", "s3://bucket/x", "./model"])
def test_mlflows_order_of_arguments(lab: Cli, source: str) -> None:
    """Source first is mended, not guessed."""
    refused = lab("model", "register", source, "new")
    assert (refused.code, f"mlreg model register new {source}" in refused.stderr) == (2, True)


def test_what_shall_point_at_it(lab: Cli) -> None:
    """Aliases and a stage, each checked before anything is made."""
    made = lab(
        "model", "register", "churn", "s3://b", "--alias", "a", "--alias", "@b", "--stage", "production", "-o", "json"
    ).json
    assert (made["version"], made["aliases"], made["stage"]) == (4, ["a", "b"], "Production")
    for bad in (["--alias", "v7"], ["--alias", "a b"], ["--stage", "Prod"], ["--tag", "a//b=c"]):
        assert lab("model", "register", "churn", "s3://b", *bad).code == 2
    assert len(lab("model", "versions", "churn", "-o", "json").json) == 4


def test_a_dry_run_points_too(lab: Cli) -> None:
    """It says what would be, and nothing is."""
    done = lab("model", "register", "churn", "s3://b", "--alias", "a", "--stage", "Staging", "--dry-run")
    assert (done.code, done.stdout) == (0, "churn/4\n")
    assert lab("model", "show", "churn/4").code == 3


def test_waiting(lab: Cli, registry: FakeRegistry) -> None:
    """A version that failed says why, one that is pending runs into the time limit, one that is ready is done."""
    assert lab("model", "wait", "churn/1").stdout == "churn/1\n"
    registry._change("churn", 2, status="FAILED_REGISTRATION", status_message="no disk")
    failed = lab("model", "wait", "churn/2")
    assert (failed.code, "no disk" in failed.stderr) == (1, True)
    registry._change("churn", 3, status="PENDING_REGISTRATION")
    late = lab("model", "wait", "churn/3", "--timeout", "0.5s", "-o", "json")
    assert (late.code, json.loads(late.stderr)["error"]["code"]) == (6, "timed_out")


def test_pages(lab: Cli) -> None:
    """A model's and a version's address, names quoted; without a terminal no browser."""
    lab("model", "create", "it's 100%")
    assert lab("model", "open", "churn").stdout == "http://127.0.0.1:9/#/models/churn\n"
    assert lab("model", "open", "churn/latest").stdout == "http://127.0.0.1:9/#/models/churn/versions/3\n"
    assert lab("model", "open", "it's 100%").stdout == "http://127.0.0.1:9/#/models/it%27s%20100%25\n"
    assert lab("model", "open", "churn/9").code == 3


def test_a_local_store_has_no_page(cli: Cli, registry: FakeRegistry) -> None:
    """The hint starts its server."""
    cli("tracker", "register", "here", f"sqlite:///{Path.cwd()}/mlflow.db")
    cli("model", "create", "churn")
    refused = cli("model", "open", "churn")
    assert (refused.code, "mlreg tracker start here" in refused.stderr) == (2, True)
