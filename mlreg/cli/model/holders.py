"""`mlreg model holders`."""

from collections.abc import Iterator
from functools import partial
from itertools import starmap
from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core.models.holders import Held, holders, in_order
from mlreg.core.references import ModelRef, check_alias, check_stage


def show_holders(
    ctx: typer.Context,
    stacks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STACK...]", help="Whose registries; the active one's if not given."),
    ] = None,
    stage: Annotated[
        list[str] | None, typer.Option("--stage", metavar="STAGE", help="Show this stage; may be repeated.")
    ] = None,
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="ALIAS", help="Show this alias; may be repeated.")
    ] = None,
) -> None:
    """Show which versions hold the stages and aliases of all models.

    Models go down, stages and aliases across; in each cell is the version, on a terminal with its age. Without
    --stage and --alias there are all aliases, and all stages but Archived.

    Examples:
      mlreg model holders
      mlreg model holders --stage Production --alias champion
      mlreg model holders staging prod -o json
    """
    here = session(ctx)
    places = [*map(check_stage, stage or ()), *(f"@{check_alias(each)}" for each in alias or ())]
    names = list(dict.fromkeys(stacks or ()))
    found = _found(here, names, places)
    across: list[str] = []
    view = views.held
    if here.out.format not in ("json", "yaml"):  # a matrix has its columns before its rows
        rows = list(found)
        across = in_order(places or (place for _, item in rows for place in item.holders))
        found, view = iter(rows), partial(views.held_cells, across=across, aged=here.out.drawn)
    several = len(names) > 1
    columns = (*(("stack",) if several else ()), "name", *across)
    name = views.name_in_stack if several else views.name_of
    here.out.many(starmap(view, found), columns, name, "no models yet: mlreg model create NAME")


def _found(here: Session, names: list[str], places: list[str]) -> Iterator[tuple[str, Held]]:
    """Every model of these stacks, or of the active one, with the stack's name."""
    refs: dict[str, ModelRef | None] = {name: ModelRef("", stack=name) for name in names}  # of no model in particular
    for name, ref in (refs or {here.runtime.target().stack.name: None}).items():
        yield from ((name, item) for item in holders(here.runtime.registry(ref), places))
