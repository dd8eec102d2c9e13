"""The verbs of `stack`, and the rule that decides which server a command talks to."""

from collections.abc import Callable, Mapping, Sequence

from mlreg.core import trackers
from mlreg.core.entries import stack_entry
from mlreg.core.errors import ComponentNotFound, NoServer, Usage, did_you_mean
from mlreg.core.ports import Edit
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
    components: Components, stack: Stack, *, activate: bool = False, replace: bool = False
) -> tuple[Edit, Outcome]:
    """Add a stack and, with `activate`, make it the active one. The same again changes nothing.

    Raises ComponentNotFound for an unknown tracker, Usage for parts that do not fit, AlreadyExists as for trackers.
    """
    check(components, stack)
    known = components.stacks.get(stack.name)
    edit = trackers.put(
        components, "stack", stack.name, stack_entry(stack), stack_entry(known) if known else None, replace
    )
    said = f"registered stack {stack.name}" if edit else f"stack {stack.name} is registered already, unchanged"
    if activate and components.active_stack != stack.name:
        edit = {**edit, **_activation(components, stack.name)}
        said += "; it is now active"
    return edit, Outcome(said=said, changed=bool(edit))


def check(components: Components, stack: Stack) -> None:
    """Raise for a stack whose parts do not exist or do not fit together."""
    tracker = trackers.find(components, stack.tracker)
    if stack.registry is not None:
        trackers.find(components, stack.registry)
    remote = stack.artifact_store is not None and "://" in stack.artifact_store
    if tracker.kind == "local" and remote and not (stack.artifact_store or "").startswith("file:"):
        raise Usage(
            f"the local tracker '{tracker.name}' needs a local artifact store",
            cause=f"{stack.artifact_store} is not on this machine",
            hint="give a path or a file: URI with --artifact-store, or leave it out",
        )


def use(components: Components, name: str) -> tuple[Edit, Outcome]:
    """Make a stack the active one; `-` is the one that was active before."""
    if name == "-":
        if components.previous_stack is None:
            raise ComponentNotFound("no stack was active before", hint="mlreg stack list")
        name = components.previous_stack
    check(components, find(components, name))
    if components.active_stack == name:
        return {}, Outcome(said=f"stack {name} is active already", changed=False)
    return _activation(components, name), Outcome(said=f"stack {name} is now active")


def delete(components: Components, name: str) -> tuple[Edit, Outcome]:
    """Take a stack away. The stack that a tracker implies goes only with its tracker."""
    find(components, name)
    if name not in components.stacks:
        raise Usage(f"the stack '{name}' is the tracker's own", hint=f"mlreg tracker delete {name}")
    edit: dict[tuple[str, ...], object] = {("stacks", name): None}
    notes = []
    if components.active_stack == name and name not in components.trackers:
        edit["active_stack",] = None
        notes.append("no stack is active now; choose one: mlreg stack use NAME")
    return edit, Outcome(said=f"deleted stack {name}", notes=notes)


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
    return Target(stack=stack, tracker=tracker, registry=registry, origin=origin)


def difference(target: Target, tracking_uri: str | None) -> str | None:
    """The line to say when an active stack beats MLFLOW_TRACKING_URI and they are not the same server."""
    chosen: Tracker = target.tracker
    if target.origin in ("--stack", "--tracker") or not tracking_uri:
        return None
    if tracking_uri.rstrip("/") == chosen.tracking_uri.rstrip("/"):
        return None
    ours, theirs = trackers.masked(chosen.tracking_uri), trackers.masked(tracking_uri)
    return f"using stack {target.stack.name} ({ours}), not MLFLOW_TRACKING_URI={theirs}"


def _activation(components: Components, name: str) -> dict[tuple[str, ...], object]:
    return {("active_stack",): name, ("previous_stack",): components.active_stack}


def _no_server(components: Components, seen: Sequence[str]) -> NoServer:
    hint = "mlreg tracker register NAME https://mlflow.example.com, or set MLFLOW_TRACKING_URI"
    if components.trackers:
        hint = f"mlreg stack use {next(iter(components.trackers))}, or --stack NAME"
    elif seen:
        hint = f"there is {seen[0]} here: mlreg tracker register local {seen[0]}"
    return NoServer("no stack is active", cause="nothing says which MLflow server to talk to", hint=hint)
