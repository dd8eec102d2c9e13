"""Commands with a stack's servers in their environment: mlreg becomes one, or stays beside it while its run is open."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any, NoReturn

from mlreg.core import credentials, environment, pages, runs
from mlreg.core.errors import MlregError, Unsupported
from mlreg.core.records import dataclass
from mlreg.core.runs import Author, Wanted
from mlreg.core.types import Run, Target
from mlreg.runtime import Runtime
from mlreg.runtime.seams import adapter

# Takes a run that has been opened, and the address of its page.
Announce = Callable[[Run, str | None], None]


@dataclass(frozen=True, slots=True)
class Command:
    """A command that has been found, and what its environment must say; None is what it must not have."""

    path: str
    words: Sequence[str]
    inherited: Mapping[str, str]
    changes: Mapping[str, str | None]
    target: Target

    def environ(self, **more: str | None) -> dict[str, str]:
        """Its whole environment."""
        return environment.applied(self.inherited, {**self.changes, **more})


def prepare(runtime: Runtime, words: Sequence[str]) -> Command:
    """Find a command, then look up what its environment must say.

    Where no variables can say it, the command is left to mlreg's plugin, with what mlreg itself is told in confidence.
    Raises CommandNotFound, NotExecutable, or Unsupported where the plugin is missing.
    """
    inherited = dict(runtime.environ)  # before MLflow, where mlreg needs it, makes itself at home there
    path = adapter("mlreg.adapters.found:find")(words, inherited)
    target = runtime.target()
    if reason := environment.only_with_plugin(target):
        _check_plugin(path, inherited, reason)
        return Command(path, words, inherited, runtime.variables(target, plain=False), target)
    confided = dict.fromkeys(environment.secrets_of_mlreg(inherited))
    return Command(path, words, inherited, {**runtime.variables(target, plain=True), **confided}, target)


def become(command: Command) -> NoReturn:
    """Be the command from now on; raises NotExecutable."""
    adapter("mlreg.adapters.child:become")(command.path, command.words, command.environ())
    raise AssertionError("nobody comes back from there")


def attend(runtime: Runtime, command: Command, wanted: Wanted, announce: Announce) -> int:
    """Run the command inside a run that is opened for it and ends as it does; return the command's exit code."""
    watch = _watch(command)
    try:
        run = _opened(runtime, command, wanted)
        look_up = partial(runtime.look_up, command.target.tracker)
        watch.tell(run_id=run.run_id, tracker=credentials.laid_open(command.target.tracker, look_up))
    except BaseException:
        watch.dismiss()
        raise
    status = "KILLED"
    try:
        announce(run, _page(command, run))
        ended = _run_inside(command, run, watch)
        status = ended.status
    except MlregError:
        status = "FAILED"
        raise
    finally:
        _end(runtime, command.target, run, status, watch)
    return int(ended.code)


def _check_plugin(path: str, environ: Mapping[str, str], reason: str) -> None:
    """The Python that counts is the command itself, or that of the virtual environment that the command is from."""
    folder = PurePath(path).parent
    own = PurePath(path).name.startswith("python") or adapter("mlreg.adapters.found:in_venv")(path)
    changes = {"VIRTUAL_ENV": None, "PATH": f"{folder}{os.pathsep}{environ.get('PATH', os.defpath)}"} if own else {}
    python = adapter("mlreg.adapters.target_python:look")(environment.applied(environ, changes))
    if python is not None and python.has_plugin is False:
        raise Unsupported(
            f"MLflow in {python.path} would find no credentials",
            cause=f"{reason}; mlreg's plugin can, but is not installed there",
            hint=f"{python.path} -m pip install mlreg",
        )


def _watch(command: Command) -> Any:
    """What ends run and command if mlreg is killed. It starts while the server is asked, and inherits no credential."""
    environ = environment.applied(command.inherited, dict.fromkeys(command.changes))
    return adapter("mlreg.adapters.watch:Watch")("mlreg.runtime.watcher", environ)


def _opened(runtime: Runtime, command: Command, wanted: Wanted) -> Run:
    user, source = adapter("mlreg.adapters.found:user")(), adapter("mlreg.adapters.found:source")(command.words)
    outer = command.inherited.get("MLFLOW_RUN_ID")
    tracking = runtime.tracking_of(command.target.tracker)
    run, notes = runs.open_run(tracking, command.target, wanted, Author(user=user, source=source), outer)
    for note in notes:
        runtime.notify(note)
    return run


def _page(command: Command, run: Run) -> str | None:
    uri = command.changes["MLFLOW_TRACKING_URI"] or ""  # of a local store: where its server is
    return pages.of_run(replace(command.target.tracker, tracking_uri=uri), run)


def _run_inside(command: Command, run: Run, watch: Any) -> Any:
    environ = command.environ(
        MLFLOW_RUN_ID=run.run_id, MLFLOW_EXPERIMENT_ID=run.experiment_id, MLFLOW_EXPERIMENT_NAME=None
    )

    return adapter("mlreg.adapters.child:attend")(
        command.path, command.words, environ, lambda child: watch.tell(child=child)
    )


def _end(runtime: Runtime, target: Target, run: Run, status: str, watch: Any) -> None:
    """Say how the run has ended. Whether or not that works, the command has ended as it has."""
    watch.tell(status=status)
    try:
        runtime.reconnect(target.tracker).end_run(run.run_id, status)
    except MlregError as error:
        runtime.notify(f"the status of the run {run.run_id} could not be set to {status}: {error.message}")
    watch.dismiss()
