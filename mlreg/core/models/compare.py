"""Versions side by side: in which metrics, parameters, tags, columns, flavors and files they differ, and how much."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Literal

from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.gates.numbers import exact
from mlreg.core.models import mlmodel, sides
from mlreg.core.models.bulk import shown
from mlreg.core.models.files import Means
from mlreg.core.models.sides import KINDS, LOGGED, Side, Unknown, Value
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef

Way = Literal["higher", "lower"]
_ROWS = tuple(each for kind in KINDS for each in (kind, LOGGED.get(kind)) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is compared, all of it or only what differs, and which way of which metrics is better."""

    kinds: Collection[str] = KINDS
    all: bool = False
    ways: Mapping[str, Way] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One property of every version: `metrics.auc`. `way` says which is better, where somebody has said so."""

    kind: str
    key: str
    values: Sequence[Value]
    way: Way | None = None

    @property
    def name(self) -> str:
        """What it is called, as in gates: `metrics.auc`, `tags.team`."""
        return f"{self.kind}.{self.key}" if self.key else self.kind

    @property
    def differs(self) -> bool:
        """Tell whether the versions differ here, or may: what is not known is not the same."""
        first = self.values[0]
        return any(isinstance(value, Unknown) or not _same(first, value) for value in self.values)

    @property
    def deltas(self) -> list[Fraction | None]:
        """How much more each value is than the first, of numbers."""
        base, *others = map(_number, self.values)
        return [None, *(None if base is None or other is None else other - base for other in others)]

    @property
    def better(self) -> list[bool | None]:
        """Whether each value is better than the first, if it is said what better is."""
        if self.way is None:
            return [None for _ in self.values]
        sign = 1 if self.way == "higher" else -1
        return [delta * sign > 0 if delta else None for delta in self.deltas]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Versions, the rows in which they differ (or all), and how many more rows there are."""

    sides: Sequence[Side]
    rows: Sequence[Row]
    same: int
    notes: Sequence[str] = ()


def compare(
    refs: Sequence[ModelRef], means: Callable[[ModelRef], Means], parse: mlmodel.Parse, wanted: Wanted
) -> Comparison:
    """Compare the versions that references name with the first of them.

    Raises Usage for less than two, and what locate raises; what cannot be read is unknown, and noted.
    """
    if len(refs) < 2:
        raise Usage("there is nothing to compare with", hint=f"name another version: {shown(refs[0])} REF")
    found = sides.read(refs, means, parse, wanted.kinds)
    rows = list(_rows(found, wanted))
    kept = rows if wanted.all else [row for row in rows if row.differs]
    return Comparison(sides=found, rows=kept, same=len(rows) - len(kept), notes=[*_notes(found, wanted)])


def check_kinds(given: Sequence[str]) -> Sequence[str]:
    """The kinds that were asked for, all without any; raises Usage."""
    for kind in given:
        if kind not in KINDS:
            near = did_you_mean(kind, KINDS)
            raise Usage(f"'{kind}' is nothing to compare", cause=f"there are {', '.join(KINDS)}", hint=near)
    return given or KINDS


def ways(higher: Sequence[str], lower: Sequence[str]) -> dict[str, Way]:
    """Which way of which metrics is better; raises Usage where it is said to be both."""
    if both := sorted({*higher} & {*lower}):
        raise Usage(f"'{both[0]}' cannot be better both ways", hint="name it once: --maximize or --minimize")
    return {**dict.fromkeys(higher, "higher"), **dict.fromkeys(lower, "lower")}


def _rows(found: Sequence[Side], wanted: Wanted) -> Iterator[Row]:
    """Every property that one of the versions has; of a kind of which nothing is known, one row says so."""
    asked = {*wanted.kinds, *(LOGGED[kind] for kind in wanted.kinds if kind in LOGGED)}
    for kind in _ROWS:
        if kind not in asked:
            continue
        facts = [side.of(kind) for side in found]
        keys = sorted({key for each in facts for key in each.values})
        if kind in LOGGED.values():
            keys = [key for key in keys if any(_disagree(side, kind, key) for side in found)]
        elif not keys and any(each.otherwise for each in facts):
            keys = [""]
        for key in keys:
            way = wanted.ways.get(key) if kind in ("metrics", "model_metrics") else None
            yield Row(kind, key, [each.at(key) for each in facts], way)


def _disagree(side: Side, beside: str, key: str) -> bool:
    """Tell whether the run and the logged model of a version say different things."""
    kind = next(kind for kind, other in LOGGED.items() if other == beside)
    values = side.of(kind).values.get(key), side.of(beside).values.get(key)
    return None not in values and not _same(*values)


def _notes(found: Sequence[Side], wanted: Wanted) -> Iterator[str]:
    for side in found:
        yield from side.notes
        whys = [side.of(kind).otherwise for kind in _ROWS]
        for unknown in dict.fromkeys(why for why in whys if why):
            yield f"{shown(side.ref)}: {unknown.why}"
    measured = {key for side in found for key in side.of("metrics").values}
    for metric in wanted.ways:
        if metric not in measured:
            near = did_you_mean(metric, measured)
            yield f"no version has the metric '{metric}'{f'; {near}' if near else ''}"


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return one == other


def _number(value: Value) -> Fraction | None:
    return exact(value) if isinstance(value, (int, float)) else None
