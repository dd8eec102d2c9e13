"""Records are frozen dataclasses like the standard library's, whatever they cost to define."""

import dataclasses
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from mlreg.core import records


def defined(dataclass: Any) -> tuple[Any, Any]:
    """A class whose fields have an order, and one whose fields are named, which inherits."""

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2
        tags: Mapping[str, str] = field(default_factory=dict)
        note: str = field(default="", compare=False, repr=False)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named(Point):
        name: str = ""

        def __str__(self) -> str:
            return self.name

    return Point, Named


OURS, THEIRS = defined(records.dataclass), defined(dataclasses.dataclass)
SAME: dict[str, Any] = {
    "in order": lambda point, named: repr(point(1)),
    "by name": lambda point, named: repr(point(y=3, x=1)),
    "both": lambda point, named: repr(point(1, tags={"a": "b"})),
    "inherited": lambda point, named: repr(named(1, name="here")),
    "its own method": lambda point, named: str(named(1, name="here")),
    "equal": lambda point, named: point(1) == point(1, 2, note="other"),
    "not equal": lambda point, named: point(1) == point(2),
    "another class": lambda point, named: named(1, name="here") == point(1),
    "hash": lambda point, named: hash(point(1, tags=())) == hash(point(1, 2, (), "other")),
    "unhashable": lambda point, named: hash(point(1)),
    "own defaults": lambda point, named: point(1).tags is point(1).tags,
    "replace": lambda point, named: repr(dataclasses.replace(named(1, name="here"), x=5)),
    "asdict": lambda point, named: dataclasses.asdict(named(1, name="here")),
    "fields": lambda point, named: [item.name for item in dataclasses.fields(named)],
    "missing": lambda point, named: point(),
    "too many": lambda point, named: point(1, 2, {}, "", 5),
    "unknown": lambda point, named: point(1, z=3),
    "twice": lambda point, named: point(1, x=1),
    "named in order": lambda point, named: named(1, 2, {}, "", "here"),
    "assigned": lambda point, named: setattr(point(1), "x", 2),
    "deleted": lambda point, named: delattr(point(1), "x"),
    "no dictionary": lambda point, named: vars(point(1)),
}


@pytest.mark.parametrize("case", SAME)
def test_as_the_standard_library_has_it(case: str) -> None:
    """What is done to a record has the result, or the kind of failure, that it has with the standard library's."""
    assert outcome(case, OURS) == outcome(case, THEIRS)


def test_what_is_wrong_is_named() -> None:
    """A wrong call names the class and the field."""
    point = OURS[0]
    for call, said in [
        (point, "Point: x is missing"),
        (lambda: point(1, x=1), "Point: x is given twice"),
        (lambda: point(1, z=1), "Point has no z"),
        (lambda: point(1, 2, {}, "", 5), "Point takes 4 positional arguments, not 5"),
    ]:
        with pytest.raises(TypeError, match=said):
            call()
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point(1).x = 2


def outcome(case: str, classes: tuple[Any, Any]) -> object:
    """What comes out, or the class of the failure."""
    try:
        return SAME[case](*classes)
    except (TypeError, AttributeError) as error:
        return next(kind for kind in (FrozenInstanceError, AttributeError, TypeError) if isinstance(error, kind))
