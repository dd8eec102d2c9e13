"""`mlreg model register`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from mlreg.cli import ci, views
from mlreg.cli.model.bulk import JOBS, Jobs
from mlreg.cli.model.watch import pausing
from mlreg.cli.options import Comment, Description, Dotenv, Tags, session, tags
from mlreg.cli.session import Session
from mlreg.core import local
from mlreg.core.errors import Usage
from mlreg.core.models import sources, transfer, waiting
from mlreg.core.models.transfer import Request
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef, parse_model
from mlreg.core.types import Outcome, Version

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A directory, a run, another version, or a storage URI; see below.")
]
Aliases = Annotated[
    list[str] | None, typer.Option("--alias", metavar="ALIAS", help="Let this alias point at it; may be repeated.")
]

REPORTED: Final = ("name", "version", "stage", "aliases", "status", "source", "run_id", "model_id")


def register(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model; created if it does not exist.")],
    source: Source,
    description: Description = None,
    tag: Tags = None,
    alias: Aliases = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="Move it to this stage.")] = None,
    run_id: Annotated[
        str | None, typer.Option("--run-id", metavar="ID", help="The run that a directory or a storage URI came from.")
    ] = None,
    skip_unchanged: Annotated[
        bool, typer.Option("--skip-unchanged", help="Register nothing if the newest version has the same content.")
    ] = False,
    comment: Comment = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the version is ready.")] = False,
    jobs: Jobs = JOBS,
    dotenv: Dotenv = None,
) -> None:
    """Register a new version of a model. Prints NAME/VERSION.

    SOURCE is a directory (./model, uploaded), a run (runs:/ID/PATH, or the id or page of a run with one model), another
    version (churn/7, churn@champion), a logged model (m-ID), or a storage URI (s3://...).

    Examples:
      mlreg model register churn ./model --alias candidate
      mlreg model register churn runs:/0a1b2c3d4e5f60718293a4b5c6d7e8f9/model
      mlreg model register churn-eu churn@champion
      mlreg model register churn ./model --skip-unchanged --wait
    """
    here = session(ctx)
    if sources.swapped(name, source):
        raise Usage("the model's name comes first", hint=f"mlreg model register {quoted(source, name)}")
    ref = parse_model(name)
    wanted = Request(
        run_id=run_id,
        description=description or "",
        tags=tags(tag),
        aliases=tuple(alias or ()),
        stage=stage,
        skip_unchanged=skip_unchanged,
        custody=here.runtime.custody(ref, comment),
    )
    pause = pausing(here) if wait else None
    made, outcome = registered(here, ref, source, wanted, jobs)
    if pause and not here.runtime.choices.dry_run:
        made = waiting.until_ready(here.runtime.registry(ref), made, pause)
    here.out.result(views.version(made), made.ref, outcome)
    ci.report(here, _reported(made, outcome), dotenv)


def _reported(made: Version, outcome: Outcome) -> ci.Report:
    record = views.version(made)
    rows = [(field, record[field]) for field in REPORTED if record[field]]
    return ci.Report(title=outcome.said, name=made.name, version=made.number, changed=outcome.changed, rows=rows)


def registered(here: Session, ref: ModelRef, source: str, wanted: Request, jobs: int = JOBS) -> tuple[Version, Outcome]:
    """Register a version, from a directory as seen from here if it is one."""
    runtime = here.runtime
    target = runtime.target(ref.stack)
    if source.startswith("~"):
        source = str(Path(source).expanduser())
    elif source.isidentifier() and Path(source).is_dir():
        hint = f"the directory: mlreg model register {quoted(ref.name, f'./{source}')}"
        raise Usage(f"'{source}' names no version", hint=hint)
    elif source.lower().startswith("file:"):
        source = runtime.resolve_place(source)
    elif host := sources.page_host(source):
        served = urlsplit(target.tracker.databricks_host or target.tracker.tracking_uri).hostname
        if served and host != served.lower():
            raise Usage(f"that run is on {host}, and this tracker is {served}", hint="name its stack: --stack NAME")
    with here.out.meter(of_bytes=True) as meter:
        made, outcome = transfer.bring(runtime.means(ref, meter, jobs), target.stack, ref, source, wanted)
    place = local.place(source) if source.lower().startswith("file:") else None
    if place is not None and not Path(place).exists():
        outcome = replace(outcome, notes=[*outcome.notes, f"there is nothing at {place} yet"])
    return made, outcome
