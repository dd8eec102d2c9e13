"""Runs that mlreg opens for a command."""

from dataclasses import replace

import pytest

from mlreg.core import pages, runs
from mlreg.core.errors import SourceNotFound, Usage
from mlreg.core.runs import Author, Wanted
from mlreg.core.types import Run, Stack, Target, Tracker
from tests.fakes import FakeRegistry

LAB = Tracker(name="lab", tracking_uri="https://mlflow.example.com/", no_auth=True)
STACK = Stack(name="team", tracker="lab", experiment="churn", tags={"team": "risk", "k": "stack"})
TARGET = Target(stack=STACK, tracker=LAB, registry=LAB, origin="--stack")
AUTHOR = Author(user="ada", source="train.py")


def opened(tracking: FakeRegistry, wanted: Wanted, *, outer: str | None = None, nested: bool = False) -> Run:
    """The run that is opened, without a word."""
    target = replace(TARGET, stack=replace(STACK, nested=nested))
    run, notes = runs.open_run(tracking, target, wanted, AUTHOR, outer)
    assert notes == []
    return run


def test_nothing_wanted() -> None:
    """Then there is no run to open."""
    assert not Wanted()
    assert all(
        (Wanted(experiment="e"), Wanted(name="n"), Wanted(nested=True), Wanted(tags={"k": "v"})),
    )


def test_what_the_stack_says() -> None:
    """Experiment and tags are the stack's where the command line says nothing else; MLflow's own tags are there."""
    run = opened(FakeRegistry(), Wanted(name="night", tags={"k": "typed"}))
    assert (run.name, run.experiment_id) == ("night", "churn")
    assert run.tags == {
        "mlflow.user": "ada",
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "team": "risk",
        "k": "typed",
    }
    assert opened(FakeRegistry(), Wanted(experiment="other")).experiment_id == "other"


@pytest.mark.parametrize("by", ["option", "stack"])
def test_a_nested_run(by: str) -> None:
    """It is a part of the run around it, in that run's experiment unless another is named."""
    tracking = FakeRegistry()
    outer = opened(tracking, Wanted(experiment="outer"))
    wanted = Wanted(nested=by == "option", name="inner")
    inner = opened(tracking, wanted, outer=outer.run_id, nested=by == "stack")
    assert inner.tags["mlflow.parentRunId"] == outer.run_id
    assert inner.experiment_id == "outer"
    apart = opened(tracking, replace(wanted, experiment="apart"), outer=outer.run_id, nested=True)
    assert (apart.experiment_id, apart.tags["mlflow.parentRunId"]) == ("apart", outer.run_id)


def test_nested_in_nothing() -> None:
    """Without a run around it the run stands alone; whoever asked for more is told."""
    assert "mlflow.parentRunId" not in opened(FakeRegistry(), Wanted(name="n"), nested=True).tags
    run, notes = runs.open_run(FakeRegistry(), TARGET, Wanted(nested=True), AUTHOR, None)
    assert "mlflow.parentRunId" not in run.tags
    assert notes == ["there is no run to be nested in: MLFLOW_RUN_ID is not set"]


def test_nested_in_a_run_of_another_server() -> None:
    """--nested is refused; where only the stack wants it, the run stands alone and says so."""
    with pytest.raises(SourceNotFound) as caught:
        runs.open_run(FakeRegistry(), TARGET, Wanted(nested=True), AUTHOR, "f" * 32)
    assert "team" in str(caught.value.cause)
    target = replace(TARGET, stack=replace(STACK, nested=True))
    run, notes = runs.open_run(FakeRegistry(), target, Wanted(name="n"), AUTHOR, "f" * 32)
    assert "mlflow.parentRunId" not in run.tags
    assert "another server's" in notes[0]


def test_a_run_outside_is_no_parent_unasked() -> None:
    """Without --nested the run around it does not matter."""
    assert "mlflow.parentRunId" not in opened(FakeRegistry(), Wanted(name="n"), outer="f" * 32).tags


@pytest.mark.parametrize(("experiment", "hint"), [("churn", "/Shared/churn"), (None, "/Shared/NAME")])
def test_databricks_wants_paths(experiment: str | None, hint: str) -> None:
    """A short name is refused before anything is sent, with the path it could have."""
    bricks = Tracker(name="dbx", tracking_uri="databricks://dev")
    target = replace(TARGET, tracker=bricks, stack=replace(STACK, experiment=experiment))
    with pytest.raises(Usage) as caught:
        runs.open_run(FakeRegistry(), target, Wanted(name="n"), AUTHOR, None)
    assert hint in str(caught.value.hint)
    named = Wanted(experiment="/Shared/churn")
    assert runs.open_run(FakeRegistry(), target, named, AUTHOR, None)[0].experiment_id == "/Shared/churn"


def test_pages_of_runs() -> None:
    """Where a browser shows a run: on the server, in its workspace, on Databricks; a store has no page."""
    run = Run(run_id="abc", experiment_id="7", artifact_uri="")
    assert pages.of_run(LAB, run) == "https://mlflow.example.com/#/experiments/7/runs/abc"
    shared = replace(LAB, workspace="a b")
    assert pages.of_run(shared, run) == "https://mlflow.example.com/#/experiments/7/runs/abc?workspace=a%20b"
    bricks = Tracker(name="dbx", tracking_uri="databricks", databricks_host="https://w.example.com")
    assert pages.of_run(bricks, run) == "https://w.example.com/ml/experiments/7/runs/abc"
    assert pages.of_run(Tracker(name="d", tracking_uri="databricks://dev"), run) is None
    assert pages.of_run(Tracker(name="l", tracking_uri="sqlite:////x.db"), run) is None
