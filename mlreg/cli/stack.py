"""`mlreg stack`: name sets of a tracker and its settings, and choose the active one."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Replace, Tags, session, tags
from mlreg.core import stacks
from mlreg.core.types import Stack

app = noun(
    "Named sets of a tracker and its settings; one is active.",
    synonyms={"set": "use", "get": "current", "describe": "show"},
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The stack's name.")]


@verb(app, "register", writes=True)
def register(
    ctx: typer.Context,
    name: Name,
    tracker: Annotated[
        str,
        typer.Option("--tracker", "-t", "--experiment-tracker", "-e", metavar="TRACKER", help="Where runs are kept."),
    ],
    registry: Annotated[
        str | None,
        typer.Option("--registry", "-r", metavar="TRACKER", help="Where models are kept, if elsewhere."),
    ] = None,
    artifact_store: Annotated[
        str | None, typer.Option("--artifact-store", "-a", metavar="URI", help="Where new artifacts go.")
    ] = None,
    experiment: Annotated[str | None, typer.Option(metavar="NAME", help="The default experiment of runs.")] = None,
    nested: Annotated[bool, typer.Option("--nested", help="Start runs as children of the run around them.")] = False,
    tag: Tags = None,
    activate: Annotated[bool, typer.Option("--set", help="Make it the active stack.")] = False,
    replace: Replace = False,
) -> None:
    """Define a stack.

    Examples:
      mlreg stack register prod -t team --experiment churn --set
    """
    stack = Stack(
        name=name,
        tracker=tracker,
        registry=registry,
        artifact_store=artifact_store,
        experiment=experiment,
        nested=nested,
        tags=tags(tag),
    )
    here = session(ctx)
    outcome = here.runtime.change(lambda known: stacks.register(known, stack, activate=activate, replace=replace))
    active = here.runtime.store.read().active_stack == name
    here.out.result(views.stack(stack, active=active), name, outcome)


@verb(app, "list")
def list_stacks(ctx: typer.Context) -> None:
    """List the stacks, with those that trackers imply.

    Examples:
      mlreg stack list
    """
    here = session(ctx)
    known = here.runtime.store.read()
    rows = (views.stack(item, active=item.name == known.active_stack) for item in stacks.every(known).values())
    here.out.many(rows, views.STACK_COLUMNS, views.name_of, "no stacks yet: mlreg tracker register NAME URI")


@verb(app, "show")
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The stack's name; the active one if not given.")
    ] = None,
) -> None:
    """Show a stack.

    Examples:
      mlreg stack show prod
    """
    here = session(ctx)
    known = here.runtime.store.read()
    found = stacks.find(known, name or here.runtime.target().stack.name)
    here.out.one(views.stack(found, active=known.active_stack == found.name), views.name_of)


@verb(app, "use", writes=True)
def use(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The stack's name; - is the previous one.")],
) -> None:
    """Make a stack the active one.

    Examples:
      mlreg stack use prod
      mlreg stack use -
    """
    here = session(ctx)
    outcome = here.runtime.change(lambda known: stacks.use(known, name))
    active = here.runtime.store.read().active_stack or name
    here.out.result({"name": active, "active": True}, active, outcome)


@verb(app, "current")
def current(ctx: typer.Context) -> None:
    """Name the stack that commands use now, and who decided it.

    Examples:
      mlreg stack current
    """
    here = session(ctx)
    target = here.runtime.target()
    name = target.stack.name
    here.out.say(f"{name}, from {target.origin}")
    if here.out.format == "table":
        here.out.format = "name"
    here.out.one({"name": name, "origin": target.origin, "tracker": target.tracker.name}, views.name_of)


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget a stack; its tracker stays.

    Examples:
      mlreg stack delete prod
    """
    here = session(ctx)
    outcome = here.runtime.change(lambda known: stacks.delete(known, name))
    here.out.result({"name": name, "deleted": True}, name, outcome)
