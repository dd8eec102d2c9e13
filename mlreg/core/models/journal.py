"""Who moved what, when and why: a tag for each move on the version it is about, and a line in a file of this machine.

The tag is what the whole team sees. Its key is used once, so that two moves at the same moment leave two tags.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Final

from mlreg.core.errors import MlregError, Usage
from mlreg.core.ports import Feature, Registry
from mlreg.core.records import dataclass
from mlreg.core.references import STAGES, check_alias
from mlreg.core.tags import JOURNAL
from mlreg.core.types import Version

CATALOG_CHARACTERS: Final = 1000  # of a tag's value, there
CATALOG_TAGS: Final = 50  # of one version, there
CHARACTERS: Final = 5000

_LARGEST: Final = 2**31 - 1  # of a version's number, in MLflow's tables
_LATEST: Final = 253402300800000  # the end of the year 9999, where calendars end


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move. `target` is `@alias` or a stage; `previous` and `version` are its holders before and after.

    `left` is the stage that the version was in before; `at` is milliseconds since the epoch, by the mover's clock.
    """

    act: str
    name: str
    target: str
    previous: int | None
    version: int | None
    at: int = 0
    by: str = ""
    comment: str = ""
    job: str = ""
    left: str = ""
    gates: Sequence[str] = ()
    forced: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What an event is signed with: the mover, the CI job's address, the reason given, and the clock.

    `keep` writes a line to the journal of this machine; it returns what went wrong, if something did.
    """

    by: Callable[[], str]
    job: str
    comment: str
    now_ms: Callable[[], int]
    nonce: Callable[[], str]
    keep: Callable[[Mapping[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Journal:
    """Where moves are recorded. Without a witness nothing is: a dry run moves nothing."""

    witness: Witness | None = None

    def signed(self, event: Event) -> Event:
        """The event as it is recorded, with its own key."""
        witness = self.witness
        if witness is None:
            return event
        at = witness.now_ms()
        key = f"{JOURNAL}{at}_{witness.nonce()}"
        comment = event.comment or witness.comment
        return replace(event, at=at, by=witness.by(), job=witness.job, comment=comment, key=key)

    def record(self, registry: Registry, event: Event, *, on_model: bool = False) -> list[str]:
        """Record a move that was made, on its version or, where that is no more, on the model; return what to say.

        Nothing raises: the move is made, whether or not it can be written down.
        """
        if self.witness is None:
            return []
        event = self.signed(event)
        number = None if on_model else event.version or event.previous
        notes = self.keep(event)
        try:
            _write(registry, event, number)
        except MlregError as error:
            told = "only the journal of this machine has it" if not notes else "nothing has recorded it"
            notes.append(f"the move is made, but the registry does not take its record ({error.message}): {told}")
        return notes

    def keep_events(self, registry: Registry, gone: Version) -> list[str]:
        """Keep on the model what a version that is deleted had recorded: moves of pointers that others hold now."""
        if self.witness is None or Feature.WHOLE_HITS not in registry.features:
            return []
        try:
            for key in sorted(key for key in gone.tags if key.startswith(JOURNAL)):
                registry.set_model_tag(gone.name, key, gone.tags[key])
        except MlregError as error:
            return [f"what {gone.ref} had recorded is lost with it: {error.message}"]
        return []

    def keep(self, *events: Event) -> list[str]:
        """Record moves in the journal of this machine alone; return what to say."""
        if self.witness is None:
            return []
        facts = [_facts(event if event.key else self.signed(event)) for event in events]
        return [note for note in map(self.witness.keep, facts) if note]


SILENT: Final = Journal()


def events_of(name: str, number: int | None, tags: Mapping[str, str]) -> list[Event]:
    """Return the moves that tags tell of, in no order; what reads as none is passed over."""
    found = (_read(name, key, value) for key, value in tags.items() if key.startswith(JOURNAL))
    return [event for event in found if event is not None]


def _write(registry: Registry, event: Event, number: int | None) -> None:
    narrow = Feature.LEVELS in registry.features or Feature.WHOLE_HITS not in registry.features
    value = _text(event, CATALOG_CHARACTERS if narrow else CHARACTERS)
    if number is None:
        registry.set_model_tag(event.name, event.key, value)
        return
    if narrow:
        _make_room(registry, registry.get_version(event.name, number))
    registry.set_version_tag(event.name, number, event.key, value)


def _make_room(registry: Registry, version: Version) -> None:
    """Take the oldest of the journal's own tags away when there is no room for another."""
    own = sorted(key for key in version.tags if key.startswith(JOURNAL))
    for key in own[: max(0, len(version.tags) - CATALOG_TAGS + 1)]:
        registry.delete_version_tag(version.name, version.number, key)


def _text(event: Event, most: int) -> str:
    """The event as JSON of at most so many characters: first its gates are shortened, then its comment."""
    facts = _facts(event)
    for shortened in ({}, {"gates": [f"{len(event.gates)} conditions"]}, {"comment": event.comment[:200]}, {"job": ""}):
        facts |= shortened
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        if len(text) <= most:
            return text
    return json.dumps({**facts, "comment": "", "gates": []}, ensure_ascii=True, separators=(",", ":"))[:most]


def _facts(event: Event) -> dict[str, Any]:
    """What is written down: what is empty is left out."""
    return {key: value for key, value in asdict(event).items() if value not in ("", (), [], False) and key != "key"}


def _read(name: str, key: str, value: str) -> Event | None:
    try:
        facts = json.loads(value)
        known = {item.name for item in fields(Event)}
        event = Event(**{field: facts[field] for field in known & facts.keys()} | {"name": name, "key": key})
        return event if _sound(event) else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _sound(event: Any) -> bool:
    """Whether each field has the type that it was written with: anybody may write a tag. Raises ValueError too."""
    words = (event.act, event.target, event.by, event.comment, event.job, event.left)
    return (
        all(number is None or _whole(number, 1, _LARGEST) for number in (event.previous, event.version))
        and _whole(event.at, 0, _LATEST)
        and all(map(_is_text, words))
        and isinstance(event.gates, list | tuple)
        and all(map(_is_text, event.gates))
        and type(event.forced) is bool
        and _is_target(event.target)
    )


def _whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_text(value: object) -> bool:
    """JSON can hold half of a character, which no terminal takes: encoding it raises ValueError."""
    return isinstance(value, str) and value.encode() is not None


def _is_target(text: str) -> bool:
    try:
        return text in ("", *STAGES) or (text.startswith("@") and check_alias(text) == text[1:])
    except Usage:
        return False
