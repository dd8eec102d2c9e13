"""MLflow in this process, set to a stack's servers for a block of code, with an experiment and a run if asked."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from mlreg.adapters.mlflow_globals import apply, preserved, turn
from mlreg.adapters.mlflow_process import translating
from mlreg.core.activation import NewRun, Setting
from mlreg.core.environment import RUN
from mlreg.core.errors import AlreadyExists, MlregError
from mlreg.core.types import Tracker

_log = logging.getLogger("mlreg")


@contextmanager
def activated(setting: Setting) -> Iterator[Any]:
    """Set MLflow up for a block, and put everything back after it. Gives the run that was opened, or None.

    Runs that the block leaves open are ended with it.
    """
    with turn.taken(), preserved(setting.variables):
        here = _point(setting.variables)
        with _runs(aside=not here) as runs:
            outer = len(runs)
            with translating(setting.tracker):
                run = _begin(setting, here=here)
            try:
                yield run
            except BaseException as error:
                try:
                    _end(setting, runs[outer:], _status(error))
                except MlregError as late:  # the block's own failure is the one to tell
                    _log.warning("its run was not ended: %s", late)
                raise
            _end(setting, runs[outer:], "FINISHED")


def _point(variables: Mapping[str, str | None]) -> bool:
    """Lead MLflow to the servers; tell whether it was led there before, so that what goes on there goes on."""
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
    """This thread's open runs; with `aside` those of before are of another server, and out of the way meanwhile."""
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


def _begin(setting: Setting, *, here: bool) -> Any:
    """Set the experiment and open the run, where asked for. Within what goes on, the usual experiment is no wish."""
    inherited = os.environ.get("MLFLOW_RUN_ID")
    goes_on = here and (turn.depth > 1 or inherited is not None)
    experiment = setting.experiment or (None if goes_on else setting.usual_experiment)
    if experiment or setting.run:
        os.environ.pop("MLFLOW_RUN_ID", None)
    if experiment:
        _set_experiment(experiment, setting.artifact_root)
    if setting.run is None:
        return None
    return _start(setting.run, None if experiment else inherited)


def _set_experiment(name: str, artifact_root: str | None) -> None:
    import mlflow

    if artifact_root and mlflow.get_experiment_by_name(name) is None:
        with suppress(AlreadyExists):
            mlflow.create_experiment(name, f"{artifact_root.rstrip('/')}/{name}")
    os.environ.pop("MLFLOW_EXPERIMENT_NAME", None)
    mlflow.set_experiment(name)


def _start(run: NewRun, inherited: str | None) -> Any:
    """Open a run: a nested one within the run that is open, else within the one that this process was given."""
    import mlflow

    open_already = mlflow.active_run() is not None
    parent = inherited if run.nested and not open_already else None
    return mlflow.start_run(
        run_name=run.name,
        nested=run.nested or open_already,
        tags=dict(run.tags),
        parent_run_id=parent,
        experiment_id=mlflow.get_run(parent).info.experiment_id if parent else None,
    )


def _status(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "KILLED"
    return "FINISHED" if isinstance(error, SystemExit) and not error.code else "FAILED"
