"""Runs that mlreg opens for a command: in which experiment, with which tags, and inside which other run."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from mlreg.core.errors import SourceNotFound, Usage
from mlreg.core.ports import Tracking
from mlreg.core.records import dataclass
from mlreg.core.types import NewRun, Run, Stack, Target

PARENT: Final = "mlflow.parentRunId"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for at the command line. Anything of it opens a run; what is missing the stack says."""

    experiment: str | None = None
    name: str | None = None
    nested: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.experiment or self.name or self.nested or self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who opens a run, and for which program: MLflow's client notes both."""

    user: str
    source: str


def open_run(
    tracking: Tracking, target: Target, wanted: Wanted, author: Author, outer: str | None
) -> tuple[Run, list[str]]:
    """Open a run as wanted, else as the stack says; return it and what deserves a word.

    `outer` is the run that this command was started in: a nested one becomes a part of it, in its experiment unless
    another is named. Raises SourceNotFound when --nested names a run that this server does not have.
    """
    parent, notes = _parent(tracking, target.stack, wanted, outer)
    experiment = wanted.experiment or (None if parent else target.stack.experiment)
    _check_experiment(target, experiment, parent)
    tags = {
        "mlflow.user": author.user,
        "mlflow.source.name": author.source,
        "mlflow.source.type": "LOCAL",
        **target.stack.tags,
        **wanted.tags,
        **({PARENT: parent.run_id} if parent else {}),
    }
    new = NewRun(
        experiment=experiment, beside=parent, name=wanted.name, tags=tags, artifact_root=target.stack.artifact_store
    )
    return tracking.start_run(new), notes


def _parent(tracking: Tracking, stack: Stack, wanted: Wanted, outer: str | None) -> tuple[Run | None, list[str]]:
    if not (wanted.nested or stack.nested):
        return None, []
    if not outer:
        return None, ["there is no run to be nested in: MLFLOW_RUN_ID is not set"] if wanted.nested else []
    try:
        return tracking.get_run(outer), []
    except SourceNotFound as error:
        if wanted.nested:
            error.cause = f"MLFLOW_RUN_ID names it, and the stack {stack.name} leads to a server that does not have it"
            raise
        return None, [f"{error.message} on this server to be nested in: MLFLOW_RUN_ID is another server's"]


def _check_experiment(target: Target, experiment: str | None, parent: Run | None) -> None:
    """Databricks keeps experiments in folders, and has none that everybody may use."""
    if target.tracker.kind != "databricks" or parent or (experiment or "").startswith("/"):
        return
    raise Usage(
        "Databricks wants the whole path of an experiment",
        cause=f"'{experiment}' is none" if experiment else "neither --experiment nor the stack names one",
        hint=f"--experiment /Shared/{experiment or 'NAME'}",
    )
