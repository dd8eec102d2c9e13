"""The verbs of `tracker`: each looks at what is written and answers with the edit that makes it so."""

from collections.abc import Callable, Mapping
from dataclasses import replace as with_fields

from mlreg.core import stack_rules, tracker_rules
from mlreg.core.addresses import masked
from mlreg.core.commands import register_tracker
from mlreg.core.credentials import key_of, literals_of, secrets_of
from mlreg.core.entries import tracker_entry
from mlreg.core.errors import AlreadyExists, ComponentNotFound, Conflict, NotAllowed, did_you_mean
from mlreg.core.ports import Copied, Edit
from mlreg.core.references import check_component_name
from mlreg.core.tracker_rules import Machine
from mlreg.core.types import Components, Outcome, Stack, Tracker

ANY_MACHINE = Machine()


def find(components: Components, name: str) -> Tracker:
    """Return a tracker by its name; raises ComponentNotFound with the nearest name."""
    if name not in components.trackers:
        near = did_you_mean(name, components.trackers)
        raise ComponentNotFound(f"there is no tracker '{name}'", hint=near or "mlreg tracker list")
    return components.trackers[name]


def register(
    components: Components, tracker: Tracker, *, replace: bool = False, machine: Machine = ANY_MACHINE
) -> tuple[Edit, Outcome]:
    """Add a tracker; the first one becomes the active stack. Registering the same again changes nothing.

    Raises Usage for what cannot work, AlreadyExists for another tracker of that name without `replace`.
    """
    tracker_rules.check(tracker, machine, again=tracker.name in components.trackers)
    edit = put("tracker", tracker.name, tracker_entry(tracker), _known_entry(components, tracker), replace)
    if not edit:
        return {}, Outcome(said=f"tracker {tracker.name} is registered already, unchanged", changed=False)
    _check_users(components, tracker)
    said = f"registered tracker {tracker.name} ({masked(tracker.tracking_uri)})"
    if components.active_stack is None and not components.trackers:
        edit = {**edit, ("active_stack",): tracker.name}
        said += f"; its stack {tracker.name} is now active"
    return edit, Outcome(said=said, notes=tuple(notes(components, tracker)))


def update(
    components: Components, name: str, change: Callable[[Tracker], Tracker], *, machine: Machine = ANY_MACHINE
) -> tuple[Edit, Outcome]:
    """Change what `change` changes, and look at the whole again: the tracker, and the stacks that use it.

    Raises Usage for what would not work any more.
    """
    known = find(components, name)
    wanted = change(known)
    tracker_rules.check(wanted, machine, again=True)
    _check_users(components, wanted)
    edit = put("tracker", name, tracker_entry(wanted), tracker_entry(known), replace=True)
    if not edit:
        return {}, Outcome(said=f"tracker {name} says so already, unchanged", changed=False)
    fields = ", ".join(path[-1] for path in edit)
    return edit, Outcome(said=f"updated tracker {name} ({fields})", notes=tuple(notes(components, wanted)))


def rename(components: Components, name: str, new: str) -> tuple[Edit, Outcome]:
    """Call a tracker otherwise, everywhere: in the stacks that use it, and where its own stack is active."""
    known = find(components, name)
    check_free(components.trackers, "tracker", name, new)
    edit: dict[tuple[str, ...], object] = dict(moved("trackers", name, new, tracker_entry(known)))
    users = _users(components, name)
    for stack in users:
        parts = [part for part in ("tracker", "registry") if getattr(stack, part) == name]
        edit.update({("stacks", stack.name, part): new for part in parts})
    if name not in components.stacks:
        hidden = components.stacks.get(new)
        if hidden and hidden.tracker != name and name in (components.active_stack, components.previous_stack):
            raise Conflict(
                f"there is a stack '{new}', which leads elsewhere",
                cause=f"the tracker's own stack {name} is in use, and would be hidden behind it",
                hint=f"mlreg stack rename {new} OTHER",
            )
        edit.update(followed(components, name, new))
    also = f", also in the stack{'s' if len(users) > 1 else ''} {', '.join(s.name for s in users)}" if users else ""
    return edit, Outcome(said=f"renamed tracker {name} to {new}{also}")


def copy(components: Components, name: str, new: str, *, replace: bool = False) -> tuple[Edit, Outcome]:
    """Add a tracker like another one; its placeholders name the same secrets. The same again changes nothing."""
    known = find(components, name)
    if known.layer != "user" and secrets_of(known):
        raise NotAllowed(
            f"the tracker '{name}' is the project's, and a copy of yours would send your secrets to its server",
            cause=f"it leads to {masked(known.tracking_uri)} and names {secrets_of(known)[0]}",
            hint=f"if you trust it: {register_tracker(with_fields(known, name=new))}",
        )
    entry, there = tracker_entry(known), components.trackers.get(new)
    edit = put("tracker", new, entry, tracker_entry(there) if there else None, replace)
    if not edit:
        return {}, Outcome(said=f"tracker {new} is the same already, unchanged", changed=False)
    if there is None:
        edit = {("trackers", new): Copied(("trackers", name), entry)}
    return edit, Outcome(said=f"copied tracker {name} to {new}", notes=tuple(notes(components, known)))


def delete(components: Components, name: str) -> tuple[Edit, Outcome]:
    """Take a tracker away, and say how to bring it back; raises Conflict while a stack uses it."""
    known = find(components, name)
    users = [stack.name for stack in _users(components, name)]
    if users:
        commands = "; ".join(f"mlreg stack delete {user}" for user in users)
        raise Conflict(
            f"tracker '{name}' is in use",
            cause=f"by the stack{'s' if len(users) > 1 else ''} {', '.join(users)}",
            hint=f"give them another tracker (mlreg stack update {users[0]} -t OTHER), or delete them: {commands}",
        )
    edit: dict[tuple[str, ...], object] = {("trackers", name): None}
    if name not in components.stacks:
        edit.update(followed(components, name, None))
    lost = [f"its literal {key_of(field)} is gone for good" for field in literals_of(known)]
    if ("active_stack",) in edit:
        lost.append("no stack is active now; choose one: mlreg stack use NAME")
    return edit, Outcome(said=f"deleted tracker {name}; to undo: {register_tracker(known)}", notes=lost)


def put(
    kind: str,
    name: str,
    entry: Mapping[str, object],
    known: Mapping[str, object] | None,
    replace: bool,
) -> Edit:
    """The edit that makes an entry of any kind read as wanted: empty when it does; field by field when it exists.

    Raises AlreadyExists, naming the fields that differ, when another entry has the name and `replace` is not set.
    """
    check_component_name(kind, name)
    section = f"{kind}s"
    if known is None:
        return {(section, name): dict(entry)}
    differing = sorted(field for field in {*entry, *known} if entry.get(field) != known.get(field))
    if differing and not replace:
        raise AlreadyExists(
            f"{kind} '{name}' exists with another {', '.join(differing)}",
            hint=f"to replace it, add --replace; to see it: mlreg {kind} show {name}",
        )
    return {(section, name, field): entry.get(field) for field in differing}


def check_free(taken: Mapping[str, object], kind: str, name: str, new: str) -> None:
    """Raise Usage or AlreadyExists unless a component can be called `new` from now on."""
    check_component_name(kind, new)
    if new in taken:
        hint = f"choose another name, or first: mlreg {kind} delete {new}"
        raise AlreadyExists(f"there is a {kind} '{new}' already", hint=hint if new != name else None)


def moved(section: str, name: str, new: str, entry: Mapping[str, object]) -> Edit:
    """The edit that gives an entry another name, with all that is written there."""
    return {(section, new): Copied((section, name), entry), (section, name): None}


def followed(components: Components, name: str, new: str | None) -> Edit:
    """The edit that lets the active and the previous stack keep up with a stack's new name, or its end."""
    chosen = {"active_stack": components.active_stack, "previous_stack": components.previous_stack}
    return {(key,): new for key, value in chosen.items() if value == name}


def notes(components: Components, tracker: Tracker) -> list[str]:
    """What deserves attention in a tracker that works: unprotected credentials, and secrets that are not there yet."""
    found = []
    if masked(tracker.tracking_uri) != tracker.tracking_uri:
        found.append("the password in the URI is stored unprotected")
    literals = [key_of(field) for field in literals_of(tracker)]
    if literals:
        found.append(
            f"the {' and '.join(literals)} {'is' if len(literals) == 1 else 'are'} stored unprotected; better:\n"
            f"  {_register_secret(components, tracker.name, literals)}\n"
            f"  {register_tracker(tracker, again=True)}"
        )
    absent: dict[str, list[str]] = {}
    for placeholder in secrets_of(tracker):
        entry = components.secrets.get(placeholder.secret)
        if entry is None or placeholder.key not in entry.keys:
            absent.setdefault(placeholder.secret, []).append(placeholder.key)
    for secret, keys in absent.items():
        command = _register_secret(components, secret, keys)
        found.append(f"the secret {secret} has no {' and '.join(keys)} yet: {command}")
    return found


def _register_secret(components: Components, name: str, keys: list[str]) -> str:
    verb = "update" if name in components.secrets else "register"
    return f"mlreg secret {verb} {name} {' '.join(f'-k {key}' for key in keys)}"


def _users(components: Components, name: str) -> list[Stack]:
    return [stack for stack in components.stacks.values() if name in (stack.tracker, stack.registry)]


def _check_users(components: Components, tracker: Tracker) -> None:
    """Raise what would no longer be right with a stack that uses this tracker, were it as it shall be."""
    then = with_fields(components, trackers={**components.trackers, tracker.name: tracker})
    for stack in _users(components, tracker.name):
        stack_rules.check_still_fits(components, then, stack)


def _known_entry(components: Components, tracker: Tracker) -> dict[str, object] | None:
    known = components.trackers.get(tracker.name)
    return tracker_entry(known) if known else None
