"""`mlreg model alias set | delete | list`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import session
from mlreg.core.models import browse, move
from mlreg.core.references import parse_model, parse_ref


def set_alias(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="One version: churn/7.")],
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="champion, or @champion.")],
) -> None:
    """Let an alias name a version, wherever it pointed before.

    Examples:
      mlreg model alias set churn/7 champion
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    done = move.set_alias(here.runtime.registry(wanted), wanted, alias)
    here.out.result(views.moved(done), f"{done.name}{done.target}", done.outcome)


def delete_alias(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="NAME@ALIAS", help="The alias to take away.")],
) -> None:
    """Take an alias away; the version stays.

    Examples:
      mlreg model alias delete churn@challenger
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    done = move.delete_alias(here.runtime.registry(wanted), wanted)
    here.out.result(views.moved(done), f"{done.name}{done.target}", done.outcome)


def list_aliases(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model.")],
) -> None:
    """List a model's aliases and the versions they name.

    Examples:
      mlreg model alias list churn
    """
    here = session(ctx)
    ref = parse_model(name)
    model = browse.get_model(here.runtime.registry(ref), ref.name)
    rows = ({"name": model.name, "alias": alias, "version": held} for alias, held in sorted(model.aliases.items()))
    here.out.many(
        rows,
        views.ALIAS_COLUMNS,
        lambda row: f"{row['name']}@{row['alias']}",
        f"no aliases yet: mlreg model alias set {model.name}/1 champion",
    )
