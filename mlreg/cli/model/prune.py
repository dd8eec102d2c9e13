"""`mlreg model prune`."""

import time
from typing import Annotated

import typer

from mlreg.cli import prompt, views
from mlreg.cli.model import bulk
from mlreg.cli.options import Comment, session
from mlreg.cli.text import size
from mlreg.core.models import prune as pruning
from mlreg.core.models import removal
from mlreg.core.ports import Registry
from mlreg.core.references import ModelRef, Selector, parse_model
from mlreg.core.times import moment
from mlreg.core.types import Outcome


def prune(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model.")],
    keep: Annotated[int | None, typer.Option("--keep", metavar="N", min=0, help="Keep the newest N.")] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="Only versions older than this: 90d, 2026-01-31.")
    ] = None,
    comment: Comment = None,
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Delete old versions that nothing points at.

    Never one that an alias names or that is in Staging or Production, nor the former holder that a rollback would go
    back to. MLflow forgets a version and leaves its files where they are: SIZE is what they take there.

    Examples:
      mlreg model prune churn --keep 5 --older-than 90d --dry-run
      mlreg model prune churn --keep 5 --yes
    """
    here = session(ctx)
    ref = parse_model(name)
    before = None if older_than is None else moment("--older-than", older_than, int(time.time() * 1000))
    here.runtime.patient = True
    with here.out.meter() as meter:
        found = pruning.prunable(here.runtime.means(ref, meter, jobs), ref, keep=keep, before_ms=before)
    if found:
        prompt.confirm(here, f"Delete {len(found)} versions of {name} ({size(pruning.total(found))}) for good?")
    custody = here.runtime.custody(ref, comment)

    def delete(registry: Registry, version: ModelRef) -> Outcome:
        return removal.delete_version(registry, version, _already_asked, custody=custody).outcome

    refs = [ModelRef(ref.name, Selector("version", str(item.version.number)), ref.stack) for item in found]
    bulk.tell(
        here,
        refs,
        delete,
        lambda place, done: views.pruned(found[place], done),
        views.PRUNED_FIELDS,
        views.PRUNED_COLUMNS,
        jobs,
        empty="nothing to prune",
    )


def _already_asked(_question: str) -> None:
    pass
