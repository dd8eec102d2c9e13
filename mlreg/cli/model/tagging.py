"""`mlreg model tag set | delete`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import session, tags
from mlreg.core.models import tagging
from mlreg.core.references import parse_ref

Ref = Annotated[str, typer.Argument(metavar="REF", help="A model, or one version: churn/7, churn@champion.")]


def set_tags(
    ctx: typer.Context,
    ref: Ref,
    given: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="Tags, and their new values.")],
) -> None:
    """Set tags of a model or a version; the others stay.

    Examples:
      mlreg model tag set churn team=risk
      mlreg model tag set churn/7 approved=yes by=ada
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    done = tagging.set_tags(here.runtime.registry(wanted), wanted, tags(given))
    here.out.result(views.tagged(done), done.ref, done.outcome)


def delete_tags(
    ctx: typer.Context,
    ref: Ref,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="The tags to take away.")],
) -> None:
    """Take tags of a model or a version away.

    Examples:
      mlreg model tag delete churn/7 approved
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    done = tagging.delete_tags(here.runtime.registry(wanted), wanted, keys)
    here.out.result(views.tagged(done), done.ref, done.outcome)
