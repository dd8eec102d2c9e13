"""`mlreg stack`: name sets of a tracker and its settings, and choose the active one."""

from dataclasses import replace as with_fields
from typing import Annotated, Any

import typer

from mlreg.cli import stack_options, views
from mlreg.cli.component_options import takes
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Replace, Unset, session
from mlreg.cli.session import Session
from mlreg.cli.stack_sharing import export_stack, import_stack
from mlreg.core import stack_rules, stacks
from mlreg.core.errors import Usage
from mlreg.core.fields import changed
from mlreg.core.types import Outcome, Stack

app = noun(
    "Named sets of a tracker and its settings; one is active.",
    synonyms={"set": "use", "get": "current", "describe": "show"},
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The stack's name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW", help="The name it gets.")]
NameOrActive = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="The stack's name; the active one if not given.")
]


@verb(app, "register", writes=True)
@takes(stack_options.options)
def register(
    ctx: typer.Context,
    name: Name,
    given: dict[str, Any],
    activate: Annotated[bool, typer.Option("--set", help="Make it the active stack.")] = False,
    replace: Replace = False,
) -> None:
    """Define a stack.

    Examples:
      mlreg stack register prod -t team --experiment churn --set
    """
    here = session(ctx)
    if "tracker" not in given and "registry" in given:
        given["tracker"] = given.pop("registry")  # as a ZenML registry is where its tracker is
    if "tracker" not in given:
        known = next(iter(here.runtime.store.read().trackers), "TRACKER")
        raise Usage("a stack needs a tracker", hint=f"mlreg stack register {name} -t {known}")
    stack = Stack(name=name, **stack_options.fields(here.runtime, given))
    outcome = here.runtime.change(
        lambda known: stacks.register(known, stack, activate=activate, replace=replace, machine=here.runtime.machine)
    )
    _show(here, stack, outcome)


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
def show(ctx: typer.Context, name: NameOrActive = None) -> None:
    """Show a stack.

    Examples:
      mlreg stack show prod
    """
    here = session(ctx)
    known = here.runtime.store.read()
    found = here.runtime.target().stack if name is None else stacks.find(known, name)
    here.out.one(views.stack(found, active=known.active_stack == found.name), views.name_of)


@verb(app, "update", writes=True)
@takes(stack_options.options)
def update(ctx: typer.Context, name: Name, given: dict[str, Any], unset: Unset = None) -> None:
    """Change what is named of a stack, and nothing else.

    Examples:
      mlreg stack update prod --experiment churn --tag team=risk
      mlreg stack update prod --unset registry --unset tag.team
    """
    here = session(ctx)
    fields = stack_options.fields(here.runtime, given)
    if not fields and not unset:
        raise Usage("nothing is said to change", hint=f"mlreg stack update {name} -t TRACKER, for one")
    _update(here, name, fields, unset or [])


@verb(app, "remove-attribute", writes=True, hidden=True)
def remove_attribute(
    ctx: typer.Context,
    name: Name,
    attributes: Annotated[list[str], typer.Argument(metavar="FIELD...", help="Fields, called as their options are.")],
) -> None:
    """Take fields away: another spelling of `update --unset`.

    Examples:
      mlreg stack remove-attribute prod registry
    """
    _update(session(ctx), name, {}, attributes)


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
    before = here.runtime.store.read()
    outcome = here.runtime.change(lambda known: stacks.use(known, name, machine=here.runtime.machine))
    used = before.previous_stack if name == "-" and before.previous_stack else name
    elsewhere = here.runtime.environ.get("MLREG_STACK")
    if elsewhere and elsewhere != used:
        note = f"MLREG_STACK={elsewhere} still decides in this shell: unset MLREG_STACK"
        outcome = with_fields(outcome, notes=[*outcome.notes, note])
    now = here.runtime.components
    if now.active_stack != used and here.runtime.project_file and not here.runtime.choices.dry_run:
        note = f"{now.active_origin} still decides here: it says {now.active_stack}; --no-project leaves it out"
        outcome = with_fields(outcome, notes=[*outcome.notes, note])
    here.out.result({"name": used, "active": True}, used, outcome)


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


@verb(app, "rename", writes=True)
def rename(ctx: typer.Context, name: Name, new: NewName) -> None:
    """Rename a stack; where it is active it stays so.

    Examples:
      mlreg stack rename prod production
    """
    here = session(ctx)
    renamed = with_fields(stacks.written(here.runtime.store.read(), name), name=new)
    _show(here, renamed, here.runtime.change(lambda known: stacks.rename(known, name, new)))


@verb(app, "copy", writes=True)
def copy(ctx: typer.Context, name: Name, new: NewName, replace: Replace = False) -> None:
    """Define a stack like another one.

    Examples:
      mlreg stack copy prod staging
    """
    here = session(ctx)
    copied = with_fields(stacks.find(here.runtime.store.read(), name), name=new)
    _show(here, copied, here.runtime.change(lambda known: stacks.copy(known, name, new, replace=replace)))


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget a stack; its tracker stays.

    Examples:
      mlreg stack delete prod
    """
    here = session(ctx)
    outcome = here.runtime.change(lambda known: stacks.delete(known, name))
    here.out.result({"name": name, "deleted": True}, name, outcome)


@verb(app, "validate")
def validate(ctx: typer.Context, name: NameOrActive = None) -> None:
    """Find all that keeps a stack from working, without asking a server.

    Examples:
      mlreg stack validate prod
    """
    here = session(ctx)
    known = here.runtime.store.read()
    stack = stacks.find(known, name or here.runtime.target().stack.name)
    found = [
        *stack_rules.problems(known, stack, here.runtime.machine),
        *stack_rules.missing_secrets(known, stack),
    ]
    rows = (views.problem(stack, item) for item in found)
    here.out.many(rows, views.PROBLEM_COLUMNS, views.code_of, f"stack {stack.name} is in order")
    if found:
        raise typer.Exit(found[0].exit)


verb(app, "export", writes=True)(export_stack)
verb(app, "import", writes=True)(import_stack)


def _update(here: Session, name: str, fields: dict[str, Any], unset: list[str]) -> None:
    def change(stack: Stack) -> Stack:
        return changed(stack, fields, unset)

    wanted = change(stacks.written(here.runtime.store.read(), name))
    outcome = here.runtime.change(lambda known: stacks.update(known, name, change, machine=here.runtime.machine))
    _show(here, wanted, outcome)


def _show(here: Session, stack: Stack, outcome: Outcome) -> None:
    active = here.runtime.store.read().active_stack == stack.name
    here.out.result(views.stack(stack, active=active), stack.name, outcome)
