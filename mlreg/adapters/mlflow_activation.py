"""MLflow in this process, set to a stack's servers for a block of code, with an experiment and a run if asked."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from mlreg.adapters.mlflow_globals import apply, preserved, turn
from mlreg.adapters.mlflow_process import translating
from mlreg.core.environment import RUN
from mlreg.core.errors import AlreadyExists, MlregError
from mlreg.core.runs import Wanted
from mlreg.core.types import Stack, Target, Tracker

_log = logging.getLogger("mlreg")


@contextmanager
def activated(target: Target, variables: Mapping[str, str | None], wanted: Wanted) -> Iterator[Any]:
    """Set MLflow up for a block, and put everything back after it. Gives the run that was opened, or None.

    Without variables MLflow's servers stay what they are. Runs that the block leaves open are ended with it.
    """
    with turn.taken(), preserved(variables):
        here = _lead(variables)
        with _runs(aside=not here) as runs:
            outer = len(runs)
            with translating(target.tracker):
                run = _begin(target, wanted, here=here)
            try:
                yield run
            except BaseException as error:
                try:
                    _end(target.tracker, runs, outer, _status(error))
                except MlregError as late:  # the block's own failure is the one to tell
                    _log.warning("a run was not ended: %s", late)
                raise
            _end(target.tracker, runs, outer, "FINISHED")


def _lead(variables: Mapping[str, str | None]) -> bool:
    """Lead MLflow to the servers; tell whether it was led there before, so that what goes on there can go on."""
    import mlflow
    from mlflow.tracking import fluent

    uri, workspace = variables.get("MLFLOW_TRACKING_URI"), variables.get("MLFLOW_WORKSPACE")
    here = uri is None or (uri, workspace) == (mlflow.get_tracking_uri(), os.environ.get("MLFLOW_WORKSPACE"))
    apply({name: value for name, value in variables.items() if not (here and name in RUN)})
    if uri is not None:
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(variables["MLFLOW_REGISTRY_URI"])
    if not here:
        fluent._active_experiment_id = None
    return here


@contextmanager
def _runs(*, aside: bool) -> Iterator[list[Any]]:
    """This thread's open runs; with `aside` those of before are another server's, and out of the way meanwhile."""
    from mlflow.tracking import fluent

    runs: list[Any] = fluent._active_run_stack.get()
    before = runs[:]
    if aside:
        runs.clear()
    outer = len(runs)
    try:
        yield runs
    finally:
        runs[:] = before if aside else runs[:outer]


def _begin(target: Target, wanted: Wanted, *, here: bool) -> Any:
    """Choose the experiment and open a run, where asked. Within what goes on, a stack's experiment is no wish."""
    outer = os.environ.get("MLFLOW_RUN_ID")
    goes_on = here and (turn.depth > 1 or outer is not None)
    experiment = wanted.experiment or (None if goes_on else target.stack.experiment)
    opens = bool(wanted.nested or wanted.tags or wanted.name)
    if experiment or opens:
        os.environ.pop("MLFLOW_RUN_ID", None)  # else the next run would be that one, whichever experiment it is in
    if experiment:
        _set_experiment(experiment, target)
    return _start(target.stack, wanted, outer) if opens else None


def _set_experiment(name: str, target: Target) -> None:
    import mlflow

    root = target.stack.artifact_store
    if root and mlflow.get_experiment_by_name(name) is None:
        with suppress(AlreadyExists), translating(target.tracker):
            mlflow.create_experiment(name, f"{root.rstrip('/')}/{name}")
    os.environ.pop("MLFLOW_EXPERIMENT_NAME", None)
    mlflow.set_experiment(name)


def _start(stack: Stack, wanted: Wanted, outer: str | None) -> Any:
    """Open a run: within the one that is open, else, if nested, within the one that this process was given."""
    import mlflow

    inside = mlflow.active_run() is not None
    nested = wanted.nested or stack.nested
    parent = outer if nested and not inside else None
    beside = mlflow.get_run(parent).info.experiment_id if parent and not wanted.experiment else None
    return mlflow.start_run(
        run_name=wanted.name,
        nested=nested or inside,
        tags={**stack.tags, **wanted.tags},
        parent_run_id=parent,
        experiment_id=beside,
    )


def _status(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "KILLED"
    return "FINISHED" if isinstance(error, SystemExit) and not error.code else "FAILED"


def _end(tracker: Tracker, runs: list[Any], outer: int, status: str) -> None:
    """End the runs of the block, and send what MLflow still holds back: afterwards it would have no credentials."""
    import mlflow
    from mlflow.tracing import provider
    from mlflow.tracking import fluent

    with translating(tracker):
        while len(runs) > outer:
            mlflow.end_run(status)
        if mlflow.get_tracking_uri().startswith("http"):
            fluent.flush_async_logging()
            with suppress(AttributeError):  # of MLflow 2, while nothing is traced
                if provider._get_trace_exporter():
                    fluent.flush_trace_async_logging()
