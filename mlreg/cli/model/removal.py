"""`mlreg model delete`."""

from typing import Annotated

import typer

from mlreg.cli import prompt, views
from mlreg.cli.options import Force, session
from mlreg.cli.session import Session
from mlreg.core.errors import Failed, Usage
from mlreg.core.models import removal
from mlreg.core.models.removal import Ask
from mlreg.core.references import parse_ref


def delete(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A model, or one version: churn/7.")],
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="NAME", help="The model's name again: yes, all of it.")
    ] = None,
    force: Force = False,
) -> None:
    """Delete a version, or a model with all its versions, for good.

    A version that an alias names or that is in Production is only deleted with --force.

    Examples:
      mlreg model delete churn/7 --yes
      mlreg model delete churn --confirm churn
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    registry = here.runtime.registry(wanted)
    if wanted.selector is None:
        done = removal.delete_model(registry, wanted, name_typed(here, wanted.name, confirm))
    else:
        done = removal.delete_version(registry, wanted, lambda question: prompt.confirm(here, question), force=force)
    here.out.result(views.deleted(done), done.ref, done.outcome)


def name_typed(here: Session, name: str, given: str | None) -> Ask:
    """Ask for a model's name unless it was given; a dry run is not asked. Raises Usage or Failed for another one."""

    def ask(question: str) -> None:
        if here.runtime.choices.dry_run and given is None:
            return
        hint = f"mlreg model delete {name} --confirm {name}"
        if given is not None and given != name:
            raise Usage(f"--confirm says '{given}', which is not the model's name", hint=hint)
        if given is None and prompt.shown(here, f"{question} Type its name to confirm", hint) != name:
            raise Failed("not confirmed; nothing is changed")

    return ask
