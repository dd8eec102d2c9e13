"""`mlreg model delete`."""

from typing import Annotated

import typer

from mlreg.cli import prompt, views
from mlreg.cli.model import bulk
from mlreg.cli.options import Comment, Force, session
from mlreg.cli.session import Session
from mlreg.core.errors import Failed, Usage
from mlreg.core.models import removal
from mlreg.core.models.removal import Ask, Deleted
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef


def delete(
    ctx: typer.Context,
    refs: Annotated[list[str], typer.Argument(metavar="REF...", help="A model, or versions: churn/7.")],
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="NAME", help="The model's name again: yes, all of it.")
    ] = None,
    force: Force = False,
    comment: Comment = None,
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Delete versions, or a model with all its versions, for good. `-` reads references from standard input.

    A version that an alias names or that is in Production is only deleted with --force.

    Examples:
      mlreg model delete churn/7 --yes
      mlreg model delete churn --confirm churn
    """
    here = session(ctx)
    if "-" in refs and not here.yes and not here.runtime.choices.dry_run:
        raise Usage("standard input cannot answer a question too", hint="add --yes")
    wanted = bulk.references(here, refs)
    whole = [ref for ref in wanted if ref.selector is None]
    if whole and len(refs) > 1:
        raise Usage(f"'{whole[0]}' names no version", hint="whole models are deleted one at a time")
    if len(wanted) > 1:
        prompt.confirm(here, f"Delete {len(wanted)} versions for good?")

    def remove(registry: Registry, ref: ModelRef) -> Deleted:
        custody = here.runtime.custody(ref, comment)
        if ref.selector is None:
            return removal.delete_model(registry, ref, name_typed(here, ref.name, confirm), custody=custody)
        ask = _already_asked if len(wanted) > 1 else lambda question: prompt.confirm(here, question)
        return removal.delete_version(registry, ref, ask, force=force, custody=custody)

    bulk.each(here, refs, wanted, remove, lambda done: (views.deleted(done), done.ref, done.outcome), jobs)


def _already_asked(_question: str) -> None:
    pass


def name_typed(here: Session, name: str, given: str | None) -> Ask:
    """Ask for a model's name unless it was given; a dry run is not asked. Raises Usage or Failed for another one."""

    def ask(question: str) -> None:
        if here.runtime.choices.dry_run and given is None:
            return
        hint = f"mlreg model delete {quoted(name)} --confirm {quoted(name)}"
        if given is not None and given != name:
            raise Usage(f"--confirm says '{given}', which is not the model's name", hint=hint)
        if given is None and prompt.shown(here, f"{question} Type its name to confirm", hint) != name:
            raise Failed("not confirmed; nothing is changed")

    return ask
