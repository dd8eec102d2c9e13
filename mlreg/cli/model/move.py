"""`mlreg model transition`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core.models import move
from mlreg.core.references import ModelRef, parse_ref


def transition(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="One version: churn/7, churn@challenger.")],
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="None, Staging, Production or Archived.")],
    archive_existing: Annotated[
        bool, typer.Option("--archive-existing", help="Move the versions that are there now to Archived.")
    ] = False,
) -> None:
    """Move a version to a stage.

    Examples:
      mlreg model transition churn/7 Staging
      mlreg model transition churn@challenger Production --archive-existing
    """
    transition_ref(session(ctx), parse_ref(ref), stage, archive_existing=archive_existing)


def transition_ref(here: Session, wanted: ModelRef, stage: str, *, archive_existing: bool) -> None:
    """Move the version that a reference names."""
    done = move.transition(here.runtime.registry(wanted), wanted, stage, archive_existing=archive_existing)
    here.out.result(views.version(done.version), done.version.ref, done.outcome)
