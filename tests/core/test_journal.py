"""Reading the journal: anybody may write a tag, and no text of one does harm."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlreg.core.models.journal import Event, events_of

SOUND: dict[str, Any] = {"act": "promote", "target": "@champion", "previous": 1, "version": 2, "at": 1_700_000_000_000}
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))


def read(value: str) -> list[Event]:
    """The events that one tag tells of."""
    return events_of("churn", 2, {"mlreg_move_1_a": value})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"target": ""},
        {"target": "Production", "left": "Staging", "gates": ["true: age < 7d"], "forced": True, "job": "x"},
        {"previous": None},
        {"version": None, "name": "another", "key": 5, "unheard": [1]},
    ],
)
def test_what_was_written_is_read(fields: dict[str, Any]) -> None:
    """The name and the key are the tag's own; what a later mlreg writes too is passed over."""
    [event] = read(json.dumps(SOUND | fields))
    assert (event.name, event.key) == ("churn", "mlreg_move_1_a")


@pytest.mark.parametrize(
    "fields",
    [
        *({number: wrong} for number in ("previous", "version") for wrong in (True, "1", 1.0, 0, -1, 2**31, [1])),
        *({"at": wrong} for wrong in (True, -1, 1e12, "0", None, 253402300800001, 10**400)),
        *({word: wrong} for word in ("act", "target", "by", "comment", "job", "left") for wrong in (1, None, ["x"])),
        *({"gates": wrong} for wrong in ("x", [1], {"x": 1}, None, 5)),
        *({"forced": wrong} for wrong in (1, "true", None)),
        *({"target": wrong} for wrong in ("champion", "@", "@a b", "@latest", "@@a", "production", "@a\n", "x/y")),
        {"comment": "\ud800"},
    ],
)
def test_what_is_no_event_is_passed_over(fields: dict[str, Any]) -> None:
    """A field of another type, a time beyond every calendar, a target that is none."""
    assert read(json.dumps(SOUND | fields)) == []


@example("[" * 100_000)
@example('{"act":' * 50_000)
@example("9" * 5000)
@example("null")
@given(st.text() | JSON.map(json.dumps))
def test_any_text(value: str) -> None:
    """Is read or passed over."""
    assert len(read(value)) <= 1


@given(st.fixed_dictionaries({key: st.just(value) | JSON for key, value in SOUND.items()}, optional={"by": JSON}))
def test_any_fields(fields: dict[str, Any]) -> None:
    """What is read can be told: as text, and as a time."""
    for event in read(json.dumps(fields)):
        assert 0 <= event.at <= 253402300800000
        assert event.by.encode() is not None
