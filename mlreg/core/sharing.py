"""Stacks in files that can be given to others: what leaves this machine, and how it joins what another one has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from itertools import count
from typing import Any, Final, TypeVar

from mlreg.core import stack_rules, trackers
from mlreg.core.addresses import without_password
from mlreg.core.commands import option, placeholder
from mlreg.core.credentials import credentials_of, key_of, literals_of, secrets_of
from mlreg.core.entries import stack_entry, tracker_entry
from mlreg.core.errors import AlreadyExists, Usage, did_you_mean
from mlreg.core.ports import Edit
from mlreg.core.records import dataclass
from mlreg.core.references import Placeholder
from mlreg.core.stacks import every, find
from mlreg.core.tracker_rules import Machine
from mlreg.core.types import Components, Outcome, Stack, Tracker

ON_CONFLICT: Final = ("fail", "skip", "replace", "rename")

Decision = tuple[Edit, Outcome]
Component = TypeVar("Component", Tracker, Stack)


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into the file, and what was left out of it."""

    data: Mapping[str, Any]
    left_out: tuple[str, ...]


def export(components: Components, name: str) -> Export:
    """Return a stack and its trackers as a file has them: placeholders stay, literal credentials do not go along."""
    stack = find(components, name)
    left_out: list[str] = []
    shared = {
        tracker.name: _without_literals(tracker, left_out) for tracker in stack_rules.trackers_of(components, stack)
    }
    data = {
        "version": 1,
        "trackers": {name: tracker_entry(tracker) for name, tracker in shared.items()},
        "stacks": {stack.name: stack_entry(stack)},
    }
    return Export(data, tuple(left_out))


def _without_literals(tracker: Tracker, left_out: list[str]) -> Tracker:
    fields: dict[str, Any] = {"tracking_headers": dict(tracker.tracking_headers)}
    for name in literals_of(tracker):
        stand_in = placeholder(tracker, name)
        left_out.append(
            f"the literal {key_of(name)} of the tracker {tracker.name} is left out: {stand_in} stands there"
        )
        own, _, header = name.partition(".")
        if header:
            fields["tracking_headers"][header] = stand_in
        else:
            fields[own] = stand_in
    uri = without_password(tracker.tracking_uri)
    if uri != tracker.tracking_uri:
        left_out.append(f"the password in the URI of the tracker {tracker.name} is left out")
    return replace(tracker, tracking_uri=uri, **fields)


def only_stack(incoming: Components, where: str, name: str | None) -> Components:
    """Return what a file shares, its one stack under another name if asked; raises Usage for any other file."""
    if len(incoming.stacks) != 1:
        raise Usage(
            f"{where} holds {len(incoming.stacks) or 'no'} stacks",
            cause="a shared file has one stack and its trackers",
            hint=f"make one where the stack is: mlreg stack export NAME {where}",
        )
    (stack,) = incoming.stacks.values()
    stack = replace(stack, name=name or stack.name)
    return replace(incoming, stacks={stack.name: stack}, secrets={}, active_stack=None, previous_stack=None)


def bring_in(
    components: Components, incoming: Components, *, on_conflict: str = "fail", machine: Machine
) -> tuple[str, Edit, Outcome]:
    """Add a shared stack and its trackers, all or nothing; what is here already in the same words is used as it is.

    The stack's name comes first: it may be another than in the file.

    Raises AlreadyExists for another component of the same name, unless `on_conflict` says what to do; Usage and
    ComponentNotFound as `stack register`.
    """
    if on_conflict not in ON_CONFLICT:
        known = f"it takes {', '.join(ON_CONFLICT)}"
        raise Usage(f"--on-conflict is '{on_conflict}'", cause=known, hint=did_you_mean(on_conflict, ON_CONFLICT))
    (stack,) = incoming.stacks.values()
    plan = _Plan(on_conflict)
    shared = [incoming.trackers[item.name] for item in stack_rules.trackers_of(incoming, stack)]
    names = {item.name: plan.settle("tracker", item, components.trackers, tracker_entry) for item in shared}
    stack = replace(
        stack,
        tracker=names.get(stack.tracker, stack.tracker),
        registry=names.get(stack.registry, stack.registry) if stack.registry else None,
    )
    here = every(components) if every(components).get(stack.name) == stack else components.stacks
    name = plan.settle("stack", stack, here, stack_entry)
    plan.refuse_conflicts()
    then = replace(
        components,
        trackers={**components.trackers, **plan.trackers},
        stacks={**components.stacks, **plan.stacks},
    )
    wanted = every(then)[name]
    stack_rules.check(then, wanted, machine)
    edit: dict[tuple[str, ...], object] = dict(plan.edit)
    if components.active_stack is None and not components.trackers:
        edit["active_stack",] = name
    if not edit:
        return name, {}, Outcome(said=f"stack {name} is here already, unchanged", changed=False)
    return (
        name,
        edit,
        Outcome(said=f"imported {', '.join(plan.said)}", notes=list(_notes(components, then, plan, wanted))),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The components to be written, gathered one after the other, and the names that are taken."""

    on_conflict: str
    edit: dict[tuple[str, ...], object] = field(default_factory=dict)
    trackers: dict[str, Tracker] = field(default_factory=dict)
    stacks: dict[str, Stack] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    def settle(
        self, kind: str, item: Component, here: Mapping[str, Component], entry: Callable[[Component], dict[str, Any]]
    ) -> str:
        """Decide what becomes of one component, and return the name it has from now on."""
        known = here.get(item.name)
        if known is not None and entry(known) == entry(item):
            return item.name
        if known is not None and self.on_conflict == "skip":
            self.said.append(f"{kind} {item.name} as it is here")
            return item.name
        if known is not None and self.on_conflict == "rename":
            item = replace(item, name=next(new for number in count(2) if (new := f"{item.name}-{number}") not in here))
            known = None
        if known is not None and self.on_conflict == "fail":
            self.conflicts.append(f"{kind} {item.name}")
            return item.name
        there = entry(known) if known is not None else None
        self.edit.update(trackers.put(kind, item.name, entry(item), there, replace=True))
        into: dict[str, Any] = self.trackers if kind == "tracker" else self.stacks
        into[item.name] = item
        self.said.append(f"{kind} {item.name}")
        return item.name

    def refuse_conflicts(self) -> None:
        """Raise AlreadyExists, naming all that is here already in other words."""
        if self.conflicts:
            raise AlreadyExists(
                f"another {' and another '.join(self.conflicts)} {'is' if len(self.conflicts) == 1 else 'are'} here",
                hint="add --on-conflict replace, --on-conflict rename, or --on-conflict skip to keep what is here",
            )


def _notes(components: Components, then: Components, plan: _Plan, stack: Stack) -> Iterator[str]:
    """What a person should know of foreign definitions: where their secrets would go, and what is still missing."""
    for tracker in plan.trackers.values():
        owned = [item for item in secrets_of(tracker) if item.secret in components.secrets]
        for secret in dict.fromkeys(item.secret for item in owned):
            where = tracker.databricks_host or tracker.tracking_uri
            yield f"the tracker {tracker.name} sends your secret {secret} to {without_password(where)}"
        loose = [option(flag) for flag in ("tracking_insecure_tls", "allow_http") if getattr(tracker, flag)]
        if loose:
            yield f"the tracker {tracker.name} has {' and '.join(loose)}: what it sends can be read on the way"
        if any(not isinstance(value, Placeholder) for value in credentials_of(tracker).values()):
            yield f"a credential of the tracker {tracker.name} is stored unprotected"
    if any(stack_rules.missing_secrets(then, stack)):
        yield f"secrets are missing; to fill them: mlreg secret fill {stack.name}"
