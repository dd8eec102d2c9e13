"""What a model's pointers have been: its journal read, put in order, and the moves that nobody wrote down."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, takewhile
from operator import itemgetter

from mlreg.core import features, parallel
from mlreg.core.errors import CannotTell, Usage
from mlreg.core.models.browse import get_model
from mlreg.core.models.journal import Event, events_of
from mlreg.core.ports import Feature, Registry
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Version

OUTSIDE = "moved outside mlreg"
SAME_MOMENT_MS = 60_000  # two moves from the same holder within it were a race, not a gap
CLOCKS_DIFFER_MS = 3_600_000  # those of two movers, at most

_UNKNOWN = -1


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
    pointers = [target_of(ref)] if ref.selector else [*targets(past)]
    told = [move for pointer in pointers for move in _timed(timeline(past, pointer))]
    if ref.selector is None:
        told += [(version.created or 0, _created(version)) for version in past.versions]
    return [event for _, event in sorted(told, key=itemgetter(0))][::-1]


def _timed(told: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """Moves with the times they are sorted by: none before the one it followed, whatever its mover's clock said."""
    return zip(accumulate((event.at for event in told), max), told, strict=True)


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
        if _still_there(told, event.previous):
            told[-1] = replace(told[-1], version=event.previous)
        elif told and event.previous != holder and not _race(told[-1], event):
            told.append(_gap(past, target, holder, event.previous, event.at, before=True))
        told.append(event)
        holder = event.version
    now = past.holder(target)
    if _still_there(told, now):
        told[-1] = replace(told[-1], version=now)
    elif told and now != holder:
        told.append(_gap(past, target, holder, now, told[-1].at))
    return told


def _still_there(told: Sequence[Event], number: int | None) -> bool:
    """Tell whether a version holds a stage that it shared with another one, which has just left."""
    left = bool(told) and told[-1].version is None and not told[-1].target.startswith("@")
    return left and number is not None and number in {event.version for event in told}


def former(past: Past, target: str) -> int:
    """The version that a pointer goes back to: the one that held it before, further back with every rollback.

    Raises CannotTell, with the candidates, when the journal does not lead there.
    """
    back = way_back(past, target)
    if not back:
        raise _lost(past, target)
    return back[0]


def way_back(past: Past, target: str) -> list[int]:
    """The versions that rolling back again and again would go to, the next one first; as far as the journal leads."""
    stack = _walked(timeline(past, target))
    now = past.holder(target)
    if not stack or stack.pop() != now:
        return []
    known = takewhile(lambda number: number != _UNKNOWN, reversed(stack))
    return [number for number in dict.fromkeys(known) if number not in (None, now)]


def _walked(told: Sequence[Event]) -> list[int | None]:
    """The holders that still lie behind a pointer, oldest first; `_UNKNOWN` where the journal has a gap."""
    stack: list[int | None] = []
    for event in told:
        if event.act == OUTSIDE:
            stack += [_UNKNOWN, event.version]
            continue
        _back_to(stack, event.previous)
        if event.act == "rollback":
            _back_to(stack, event.version)
        elif event.version != stack[-1]:
            stack.append(event.version)
    return stack


def _back_to(stack: list[int | None], number: int | None) -> None:
    """Take from the stack what came after a holder; one that is not there leads nowhere further back."""
    if number in stack:
        del stack[len(stack) - stack[::-1].index(number) :]
    else:
        stack += [number] if not stack else [_UNKNOWN, number]


def holders(past: Past, target: str) -> set[int]:
    """Every version that the journal says has held a target."""
    numbers = {number for event in _of(past, target) for number in (event.previous, event.version)}
    return {number for number in numbers if number is not None}


def _lost(past: Past, target: str) -> CannotTell:
    name, now = past.model.name, past.holder(target)
    pointer = f"{name}{target}" if target.startswith("@") else f"{name}/{target}"
    known = _candidates(past, target)
    cause = (
        f"what may have held it: {', '.join(map(str, known))}" if known else "nothing has recorded what held it before"
    )
    return CannotTell(
        f"the journal does not tell what {pointer} goes back to from {now if now is not None else 'nothing'}",
        cause=cause,
        hint=f"choose: mlreg model rollback {quoted(pointer)} --to {known[0]}" if known else None,
    )


def _candidates(past: Past, target: str) -> list[int]:
    """The versions that may be chosen: former holders, the last one first, but none that was rolled back from.

    Where none is known, the versions before the present one; and only then what was rolled back from.
    """
    now = past.holder(target)
    ready = {version.number for version in past.versions if version.status == "READY"} - {now}
    told = timeline(past, target)
    left_behind = {event.previous for event in told if event.act == "rollback"}
    held = [number for event in reversed(told) for number in (event.version, event.previous)]
    known = [number for number in dict.fromkeys(held) if number is not None and number in ready]
    kept = [number for number in known if number not in left_behind]
    return kept or sorted((number for number in ready if now is None or number < now), reverse=True)[:5] or known


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
    """By time, but for clocks that differ: what begins where another move ended comes after it.

    Of moves that raced each other, the one that the story went on from is the last.
    """
    rest = _of(past, target)
    told: list[Event] = []
    now = past.holder(target)
    while rest:
        near = [event for event in rest if event.at - rest[0].at < CLOCKS_DIFFER_MS]
        holder = told[-1].version if told else None
        chosen = _next(near, holder, now) if told or len(near) > 1 else rest[0]
        told.append(chosen)
        rest.remove(chosen)
    return told


def _next(near: Sequence[Event], holder: int | None, now: int | None) -> Event:
    """The move that comes next among those of about the same time."""
    following = [event for event in near if event.previous == holder]
    begun = {event.version for event in near}
    first = [event for event in near if event.previous not in begun]
    rivals = following or first or near
    ended = [event for event in rivals if event.version != now and all(event.version != e.previous for e in near)]
    racing = len(rivals) > 1 and _race(rivals[0], rivals[1])
    return ended[0] if racing and ended else rivals[0]


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
