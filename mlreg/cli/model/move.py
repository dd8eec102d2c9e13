"""`mlreg model transition`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.model import bulk
from mlreg.cli.options import Comment, session
from mlreg.cli.session import Session
from mlreg.core.models import move
from mlreg.core.models.move import Transitioned
from mlreg.core.ports import Registry
from mlreg.core.references import ModelRef, check_stage


def transition(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="REF... STAGE", help="Versions, and None, Staging, Production or Archived.")
    ],
    archive_existing: Annotated[
        bool, typer.Option("--archive-existing", help="Move the versions that are there now to Archived.")
    ] = False,
    comment: Comment = None,
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Move versions to a stage. `-` reads references from standard input.

    Examples:
      mlreg model transition churn/7 Staging
      mlreg model transition churn@challenger Production --archive-existing
      mlreg model versions churn --stage Staging -o name | mlreg model transition - Archived
    """
    here = session(ctx)
    texts, stage = bulk.last(words, "STAGE", "mlreg model transition churn/7 Staging")
    check_stage(stage)
    refs = bulk.references(here, texts)
    if archive_existing:
        bulk.refuse_rivals(here, refs, "they would archive one another")

    def transition_one(registry: Registry, ref: ModelRef) -> Transitioned:
        custody = here.runtime.custody(ref, comment)
        return move.transition(registry, ref, stage, archive_existing=archive_existing, custody=custody)

    bulk.each(here, texts, refs, transition_one, shown, jobs)


def shown(done: Transitioned) -> bulk.Shown:
    """A moved version as it is now."""
    return views.version(done.version), done.version.ref, done.outcome


def transition_ref(here: Session, wanted: ModelRef, stage: str, *, archive_existing: bool) -> None:
    """Move the version that a reference names."""
    registry, custody = here.runtime.registry(wanted), here.runtime.custody(wanted)
    done = move.transition(registry, wanted, stage, archive_existing=archive_existing, custody=custody)
    here.out.result(*shown(done))
