"""`mlreg model register`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import Description, Tags, session, tags
from mlreg.cli.session import Session
from mlreg.core import local
from mlreg.core.models import transfer
from mlreg.core.references import ModelRef, parse_model
from mlreg.core.types import Outcome, Version


def register(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model; created if it does not exist.")],
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="runs:/ID/PATH, models:/NAME/7, models:/m-ID or s3://...")
    ],
    description: Description = None,
    tag: Tags = None,
    run_id: Annotated[
        str | None, typer.Option("--run-id", metavar="ID", help="The run that a storage URI came from.")
    ] = None,
) -> None:
    """Register a new version of a model. Prints NAME/VERSION.

    Examples:
      mlreg model register churn runs:/0a1b2c3d4e5f60718293a4b5c6d7e8f9/model
      mlreg model register churn-eu models:/churn@champion
    """
    here = session(ctx)
    given = tags(tag)
    made, outcome = registered(
        here, parse_model(name), source, run_id=run_id, description=description or "", tags=given
    )
    here.out.result(views.version(made), made.ref, outcome)


def registered(
    here: Session, ref: ModelRef, source: str, *, run_id: str | None, description: str, tags: Mapping[str, str]
) -> tuple[Version, Outcome]:
    """Register a version, from a path as seen from here if it is one, and note a path where nothing is."""
    runtime = here.runtime
    on_disk = transfer.is_place(source)
    if on_disk:
        source = runtime.resolve_place(source)
    made, outcome = transfer.register(
        runtime.registry(ref), runtime.tracking(ref), ref, source, run_id=run_id, description=description, tags=tags
    )
    place = local.place(source) if on_disk else None
    if place is not None and not Path(place).exists():
        outcome = replace(outcome, notes=[*outcome.notes, f"there is nothing at {place} yet"])
    return made, outcome
