"""What a model's pointers have been: its journal read, put in order, and the moves that nobody wrote down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlreg.core import features, parallel
from mlreg.core.errors import CannotTell, Usage
from mlreg.core.models.browse import get_model
from mlreg.core.models.journal import Event, events_of
from mlreg.core.ports import Feature, Registry
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Version

OUTSIDE = "moved outside mlreg"
SAME_MOMENT_MS = 60_000  # two moves from the same holder within it were a race, not a gap


@dataclass(frozen=True, slots=True)
class Past:
    """A model as it is now, its versions, and the moves that its journal tells of, oldest first."""

    model: Model
    versions: Sequence[Version]
    events: Sequence[Event]

    def holder(self, target: str) -> int | None:
        """The version that a target (`@alias` or a stage) points at now, the newest where it has several."""
        return self.model.aliases.get(target[1:]) if target.startswith("@") else self.model.stages.get(target)


def read(registry: Registry, name: str) -> Past:
    """Read a model's journal: two requests, and one for each version where a search shows no tags."""
    model = get_model(registry, name)
    versions = list(registry.search_versions(name))
    if Feature.WHOLE_HITS not in registry.features:
        versions = [*parallel.each(lambda found: registry.get_version(name, found.number), versions)]
    events = events_of(name, None, model.tags)
    for version in versions:
        events += events_of(name, version.number, version.tags)
    return Past(model, versions, sorted(events, key=lambda event: (event.at, event.key)))


def history(registry: Registry, ref: ModelRef) -> list[Event]:
    """Return the moves of a model's pointers, or of one pointer, newest first, gaps among them."""
    features.require_selector(registry, ref)
    past = read(registry, ref.name)
    pointers = [target_of(ref)] if ref.selector else targets(past)
    told = [event for target in pointers for event in timeline(past, target)]
    if ref.selector is None:
        told += [_created(version) for version in past.versions]
    return sorted(told, key=lambda event: (event.at, event.key), reverse=True)


def target_of(ref: ModelRef) -> str:
    """The pointer that a reference names; raises Usage when it names none."""
    if ref.selector is None or ref.selector.kind not in ("alias", "stage"):
        raise Usage(f"'{ref}' names no alias and no stage", hint=f"{ref.name}@ALIAS or {ref.name}/Production")
    return f"@{ref.selector.value}" if ref.selector.kind == "alias" else ref.selector.value


def timeline(past: Past, target: str) -> list[Event]:
    """The moves of one pointer, oldest first; where its holder changed without one, an event says so."""
    told: list[Event] = []
    holder: int | None = None
    for event in _in_order(past, target):
        if told and event.previous != holder and not _race(told[-1], event):
            told.append(_gap(past, target, holder, event.previous, event.at, before=True))
        told.append(event)
        holder = event.version
    now = past.holder(target)
    if told and now != holder:
        told.append(_gap(past, target, holder, now, told[-1].at))
    return told


def former(past: Past, target: str) -> int:
    """The version that a pointer goes back to: the one that held it before, further back with every rollback.

    Raises CannotTell, with the candidates, when the journal does not lead there.
    """
    stack: list[int | None] = []
    now = past.holder(target)
    for event in timeline(past, target):
        if event.act == OUTSIDE:
            stack = [event.version]
            continue
        if not stack or stack[-1] != event.previous:
            stack.append(event.previous)
        if event.act == "rollback" and event.version in stack:
            del stack[stack.index(event.version) + 1 :]
        elif event.version != stack[-1]:
            stack.append(event.version)
    walked = [number for number in stack if number is not None]
    while walked and walked[-1] == now:
        walked.pop()
    if not stack or stack[-1] != now or not walked:
        raise _lost(past, target, now)
    return walked[-1]


def holders(past: Past, target: str) -> set[int]:
    """Every version that the journal says has held a target."""
    numbers = {number for event in _of(past, target) for number in (event.previous, event.version)}
    return {number for number in numbers if number is not None}


def _lost(past: Past, target: str, now: int | None) -> CannotTell:
    name = past.model.name
    pointer = f"{name}{target}" if target.startswith("@") else f"{name}/{target}"
    known = sorted(holders(past, target) - {now}, reverse=True)
    rest = [version.number for version in past.versions if version.number != now]
    candidates = known or sorted(rest, reverse=True)[:5]
    cause = f"it has held {', '.join(map(str, known))}" if known else "nothing has recorded what held it before"
    return CannotTell(
        f"the journal does not tell what {pointer} goes back to",
        cause=cause,
        hint=f"choose: mlreg model rollback {pointer} --to {candidates[0]}" if candidates else None,
    )


def _of(past: Past, target: str) -> list[Event]:
    """The events of one target; a version that left a stage by moving to another one leaves that one empty."""
    found = []
    for event in past.events:
        if event.target == target:
            found.append(event)
        elif event.left == target:
            found.append(replace(event, target=target, previous=event.version, version=None))
    return found


def _in_order(past: Past, target: str) -> list[Event]:
    """By time; of moves that raced each other, the one that the story went on from is the last."""
    events = _of(past, target)
    for index in range(len(events) - 1):
        first, second = events[index], events[index + 1]
        after = events[index + 2].previous if index + 2 < len(events) else past.holder(target)
        if _race(first, second) and first.version == after != second.version:
            events[index], events[index + 1] = second, first
    return events


def _race(first: Event, second: Event) -> bool:
    return first.previous == second.previous and abs(second.at - first.at) < SAME_MOMENT_MS


def _gap(past: Past, target: str, was: int | None, now: int | None, at: int, *, before: bool = False) -> Event:
    """A move that nobody recorded: some time before the event at this time, or after it."""
    key = "" if before else "~"
    return Event(act=OUTSIDE, name=past.model.name, target=target, previous=was, version=now, at=at, key=key)


def _created(version: Version) -> Event:
    """What MLflow itself remembers: when a version was made."""
    at = version.created or 0
    return Event(
        act="created", name=version.name, target="", previous=None, version=version.number, at=at, by=version.user
    )


def targets(past: Past) -> Iterator[str]:
    """The pointers that the journal tells of, `@alias` or a stage."""
    seen = dict.fromkeys(event.target for event in past.events)
    seen |= dict.fromkeys(event.left for event in past.events if event.left)
    return iter(seen)
