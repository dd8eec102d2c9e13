"""`mlreg run -- COMMAND`: a command with the stack's servers and credentials in its environment, and nowhere else."""

import shlex
from typing import Annotated

import typer

from mlreg.cli import ci, options
from mlreg.cli.grammar import noun, program, verb
from mlreg.cli.options import Tags, session
from mlreg.core.errors import Usage
from mlreg.core.runs import Wanted
from mlreg.core.types import Run
from mlreg.runtime import launch
from mlreg.runtime.launch import Command

app = noun("Run a command with the stack's servers in its environment.")

Experiment = Annotated[
    str | None, typer.Option("--experiment", metavar="NAME", help="Open a run in this experiment (else the stack's).")
]
RunName = Annotated[str | None, typer.Option("--run-name", metavar="NAME", help="Open a run of this name.")]
Dotenv = Annotated[
    str | None, typer.Option("--dotenv", metavar="FILE", help="Write the run to FILE as MLREG_RUN_ID=... and so on.")
]
Nested = Annotated[bool, typer.Option("--nested", help="Open a run inside the one that MLFLOW_RUN_ID names.")]


@verb(app, "run", wraps=True)
def run(
    ctx: typer.Context,
    experiment: Experiment = None,
    run_name: RunName = None,
    nested: Nested = False,
    tag: Tags = None,
    dotenv: Dotenv = None,
) -> None:
    """Run a command with the stack's servers in its environment.

    It finds MLflow's and Databricks' variables for the stack, with the credentials, and none that would lead elsewhere;
    all else is as it is here. mlreg becomes the command: signals and exit code are the command's own.

    With --experiment, --run-name, --nested or --tag mlreg opens an MLflow run (the stack's experiment, nested and tags
    count too), which the command's own runs become: MLFLOW_RUN_ID names it. mlreg then stays, passes signals on, and
    ends the run as the command ends: FINISHED, FAILED or KILLED. Its id goes to stderr, GITHUB_OUTPUT and --dotenv. If
    mlreg is killed, the command is ended too.

    A script that calls mlflow.set_experiment() with the name of another experiment fails inside such a run ("active
    experiment ID does not match environment run ID"): name the script's experiment, `mlreg run --experiment NAME`, or
    let the script open its own run, `mlreg run` without these options.

    The exit code is the command's; 127: there is no such command, 126: it cannot be executed, 125: mlreg itself failed.

    Examples:
      mlreg run -- python train.py
      mlreg run --stack prod -- mlflow models serve -m models:/churn@champion
      mlreg run --experiment churn --run-name nightly --tag team=risk -- python train.py
    """
    here = session(ctx)
    words = program(ctx)
    wanted = Wanted(experiment=experiment, name=run_name, nested=nested, tags=options.tags(tag))
    if not words:
        raise Usage("no command is given", cause="nothing stands after --", hint="mlreg run -- COMMAND ARG...")
    if dotenv and not wanted:
        raise Usage("--dotenv has nothing to write", cause="no run is opened", hint="add --experiment NAME")
    command = launch.prepare(here.runtime, words)
    if here.out.dry_run:
        here.out.say(_would(command, wanted))
        return
    if not wanted:
        launch.become(command)

    def announce(opened: Run, page: str | None) -> None:
        here.out.say(f"run {opened.run_id} ({opened.name})" + (f": {page}" if page else ""))
        ci.hand_on(here, _results(opened, page), dotenv)

    raise typer.Exit(launch.attend(here.runtime, command, wanted, announce))


def _results(opened: Run, page: str | None) -> dict[str, str]:
    return {"run_id": opened.run_id, "run_url": page or "", "experiment_id": opened.experiment_id}


def _would(command: Command, wanted: Wanted) -> str:
    given = ", ".join(sorted(name for name, value in command.changes.items() if value is not None))
    inside = " inside a run of its own" if wanted else ""
    return f"dry run, nothing is run; it would be: {shlex.quote(command.path)}{inside}, with {given}"
