"""The verbs of `stack`, and the rule that decides which server a command talks to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as with_fields

from mlreg.core import stack_rules, trackers
from mlreg.core.addresses import masked
from mlreg.core.commands import register_stack
from mlreg.core.entries import stack_entry
from mlreg.core.errors import ComponentNotFound, NoServer, Usage, did_you_mean
from mlreg.core.ports import Copied, Edit
from mlreg.core.tracker_rules import Machine
from mlreg.core.trackers import ANY_MACHINE
from mlreg.core.types import Components, Outcome, Stack, Target, Tracker


def every(components: Components) -> Mapping[str, Stack]:
    """All stacks: those written down, and for every other tracker the stack of its own name."""
    implied = {name: Stack(name=name, tracker=name) for name in components.trackers if name not in components.stacks}
    return {**components.stacks, **implied}


def find(components: Components, name: str) -> Stack:
    """Return a stack, written down or implied by a tracker; raises ComponentNotFound with the nearest name."""
    stacks = every(components)
    if name not in stacks:
        near = did_you_mean(name, stacks)
        raise ComponentNotFound(f"there is no stack '{name}'", hint=near or "mlreg stack list")
    return stacks[name]


def register(
    components: Components,
    stack: Stack,
    *,
    activate: bool = False,
    replace: bool = False,
    machine: Machine = ANY_MACHINE,
) -> tuple[Edit, Outcome]:
    """Add a stack and, with `activate`, make it the active one. The same again changes nothing.

    Raises ComponentNotFound for an unknown tracker, Usage for parts that do not fit, AlreadyExists as for trackers.
    """
    stack_rules.check(components, stack, machine)
    edit = _put(components, stack, replace)
    said = f"registered stack {stack.name}" if edit else f"stack {stack.name} is registered already, unchanged"
    notes = _hides(components, stack) if edit else []
    if activate and components.active_stack != stack.name:
        edit = {**edit, **_activation(components, stack.name)}
        said += "; it is now active"
    return edit, Outcome(said=said, notes=notes, changed=bool(edit))


def update(
    components: Components, name: str, change: Callable[[Stack], Stack], *, machine: Machine = ANY_MACHINE
) -> tuple[Edit, Outcome]:
    """Change what `change` changes, and look at the whole again; raises Usage for what would not work any more."""
    known = written(components, name)
    wanted = change(known)
    stack_rules.check(components, wanted, machine)
    edit = _put(components, wanted, replace=True)
    if not edit:
        return {}, Outcome(said=f"stack {name} says so already, unchanged", changed=False)
    return edit, Outcome(said=f"updated stack {name} ({', '.join(path[-1] for path in edit)})")


def rename(components: Components, name: str, new: str) -> tuple[Edit, Outcome]:
    """Call a stack otherwise; where it is active it stays so."""
    known = written(components, name)
    trackers.check_free(components.stacks, "stack", name, new)
    edit = {**trackers.moved("stacks", name, new, stack_entry(known)), **trackers.followed(components, name, new)}
    return edit, Outcome(said=f"renamed stack {name} to {new}", notes=_hides(components, with_fields(known, name=new)))


def copy(components: Components, name: str, new: str, *, replace: bool = False) -> tuple[Edit, Outcome]:
    """Add a stack like another one, which may be a tracker's own. The same again changes nothing."""
    wanted = with_fields(find(components, name), name=new)
    there = new in components.stacks
    edit = _put(components, wanted, replace)
    if not edit:
        return {}, Outcome(said=f"stack {new} is the same already, unchanged", changed=False)
    if not there:
        edit = {("stacks", new): Copied(("stacks", name), stack_entry(wanted))}
    return edit, Outcome(said=f"copied stack {name} to {new}", notes=_hides(components, wanted))


def use(components: Components, name: str, *, machine: Machine = ANY_MACHINE) -> tuple[Edit, Outcome]:
    """Make a stack the active one, if it works; `-` is the one that was active before."""
    if name == "-":
        if components.previous_stack is None:
            raise ComponentNotFound("no stack was active before", hint="mlreg stack list")
        name = components.previous_stack
    stack_rules.check(components, find(components, name), machine)
    if components.active_stack == name:
        return {}, Outcome(said=f"stack {name} is active already", changed=False)
    return _activation(components, name), Outcome(said=f"stack {name} is now active")


def delete(components: Components, name: str) -> tuple[Edit, Outcome]:
    """Take a stack away, and say how to bring it back; one that a tracker implies goes only with its tracker."""
    known = written(components, name)
    edit: dict[tuple[str, ...], object] = {("stacks", name): None}
    if name not in components.trackers:
        edit.update(trackers.followed(components, name, None))
    notes = []
    if ("active_stack",) in edit:
        notes.append("no stack is active now; choose one: mlreg stack use NAME")
    undo = register_stack(known, active=components.active_stack == name)
    return edit, Outcome(said=f"deleted stack {name}; to undo: {undo}", notes=notes)


def written(components: Components, name: str) -> Stack:
    """Return a stack that stands in the file; raises ComponentNotFound, or Usage for one that a tracker implies."""
    found = find(components, name)
    if name not in components.stacks:
        raise Usage(
            f"the stack '{name}' is the tracker's own",
            cause="it has nothing but the tracker's name, and goes with it",
            hint=f"change the tracker (mlreg tracker --help), or write it down: mlreg stack register {name} -t {name}",
        )
    return found


def choose(
    components: Components,
    *,
    stack: str | None = None,
    tracker: str | None = None,
    env_stack: str | None = None,
    from_env: Callable[[], Target | None] = lambda: None,
    seen: Callable[[], Sequence[str]] = tuple,
) -> Target:
    """Decide which servers a command talks to: flag, MLREG_STACK, active stack, the only tracker, MLflow's settings.

    `from_env` tells what MLflow's own variables say, `seen` which local stores lie about, for the error's hint.
    Raises ComponentNotFound, or NoServer with the commands that mend it.
    """
    if stack and tracker:
        raise Usage("--stack and --tracker exclude each other", hint="a tracker is also a stack of its own name")
    if tracker:
        found = trackers.find(components, tracker)
        return Target(stack=Stack(name=tracker, tracker=tracker), tracker=found, registry=found, origin="--tracker")
    named = {"--stack": stack, "MLREG_STACK": env_stack, components.active_origin: components.active_stack}
    for origin, name in named.items():
        if name:
            return _target(components, find(components, name), origin)
    if len(components.trackers) == 1:
        return _target(components, find(components, next(iter(components.trackers))), "the only tracker")
    settings = from_env()
    if settings:
        return settings
    raise _no_server(components, seen())


def _target(components: Components, stack: Stack, origin: str) -> Target:
    tracker = trackers.find(components, stack.tracker)
    registry = trackers.find(components, stack.registry) if stack.registry else tracker
    if stack.workspace:
        tracker, registry = (_in_workspace(part, stack.workspace) for part in (tracker, registry))
    return Target(stack=stack, tracker=tracker, registry=registry, origin=origin)


def _in_workspace(tracker: Tracker, workspace: str) -> Tracker:
    return with_fields(tracker, workspace=workspace) if tracker.kind == "server" else tracker


def difference(target: Target, tracking_uri: str | None) -> str | None:
    """The line to say when an active stack beats MLFLOW_TRACKING_URI and they are not the same server."""
    chosen: Tracker = target.tracker
    if target.origin in ("--stack", "--tracker") or not tracking_uri:
        return None
    if tracking_uri.rstrip("/") == chosen.tracking_uri.rstrip("/"):
        return None
    ours, theirs = masked(chosen.tracking_uri), masked(tracking_uri)
    return f"using stack {target.stack.name} ({ours}), not MLFLOW_TRACKING_URI={theirs}"


def _put(components: Components, stack: Stack, replace: bool) -> Edit:
    known = components.stacks.get(stack.name)
    return trackers.put("stack", stack.name, stack_entry(stack), stack_entry(known) if known else None, replace)


def _hides(components: Components, stack: Stack) -> list[str]:
    """What to say of a stack that takes the place of the one that a tracker of its name implies."""
    if stack.name not in components.trackers or stack.tracker == stack.name:
        return []
    return [f"{stack.name} now means this stack, with the tracker {stack.tracker}; the tracker: --tracker {stack.name}"]


def _activation(components: Components, name: str) -> dict[tuple[str, ...], object]:
    return {("active_stack",): name, ("previous_stack",): components.active_stack}


def _no_server(components: Components, seen: Sequence[str]) -> NoServer:
    hint = "mlreg tracker register NAME https://mlflow.example.com, or set MLFLOW_TRACKING_URI"
    if components.trackers:
        hint = f"mlreg stack use {next(iter(components.trackers))}, or --stack NAME"
    elif seen:
        hint = f"there is {seen[0]} here: mlreg tracker register local {seen[0]}"
    return NoServer("no stack is active", cause="nothing says which MLflow server to talk to", hint=hint)
