"""The verdict on a condition. Fail closed: true only on values that are present, finite and of one mind."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from fractions import Fraction
from typing import TypeVar

from mlreg.core.errors import CannotTell, CheckFailed, did_you_mean
from mlreg.core.gates.facts import Facts, Source, Unknown
from mlreg.core.gates.numbers import calculate, exact, number, plain
from mlreg.core.gates.syntax import (
    UNITS,
    Arithmetic,
    Comparison,
    Condition,
    Duration,
    Field,
    Kind,
    Negative,
    Node,
    Number,
    Text,
)
from mlreg.core.records import dataclass

T = TypeVar("T")
Read = Callable[[Field], float | str | bool]

_COMPARE: Mapping[str, Callable[..., bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


class Verdict(Enum):
    """What a gate says. `exit` is the exit code of a command that it stops."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    @property
    def exit(self) -> int:
        return {Verdict.TRUE: 0, Verdict.FALSE: CheckFailed.exit, Verdict.UNKNOWN: CannotTell.exit}[self]


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one condition; `detail` gives the values that were compared, or why there are none."""

    text: str
    verdict: Verdict
    detail: str

    def __str__(self) -> str:
        return f"{self.text}: {self.detail}"


def evaluate(condition: Condition, facts: Facts, holder: Facts | None, *, allow_first: bool = False) -> Result:
    """Judge a version by a condition; never raises.

    Without a holder, what reads one is unknown, or with `allow_first` true if all it reads of the version is there:
    otherwise the next version could not be compared with this one.
    """

    def read(field: Field) -> float | str | bool:
        return _read(field, facts, holder)

    try:
        if allow_first and holder is None and condition.reads_holder:
            _check_own(condition, read)
            return Result(condition.text, Verdict.TRUE, "no holder yet, --allow-first")
        holds, detail = _judge(condition.test, read, facts.ref)
    except CannotTell as error:
        return Result(condition.text, Verdict.UNKNOWN, error.message)
    beside = f" (holder {holder.ref})" if holder and condition.reads_holder else ""
    return Result(condition.text, Verdict.TRUE if holds else Verdict.FALSE, detail + beside)


def overall(results: Iterable[Result]) -> Verdict:
    """One verdict for a gate: a known no comes before what is unknown; no conditions are true."""
    verdicts = {result.verdict for result in results}
    return next((bad for bad in (Verdict.FALSE, Verdict.UNKNOWN) if bad in verdicts), Verdict.TRUE)


def _judge(test: Comparison | Field, read: Read, ref: str) -> tuple[bool, str]:
    if isinstance(test, Field):
        holds = bool(read(test))
        return holds, f"{ref} has {'a' if holds else 'no'} {test.root}"
    holds, shown = _compare_texts(test, read) if test.kind == "text" else _compare_numbers(test, read)
    return holds, f"{shown[0]} {test.op} {shown[1]}"


def _compare_texts(test: Comparison, read: Read) -> tuple[bool, tuple[str, str]]:
    left, right = _text(test.left, read), _text(test.right, read)
    return _COMPARE[test.op](left, right), (_short(left), _short(right))


def _compare_numbers(test: Comparison, read: Read) -> tuple[bool, tuple[str, str]]:
    left, right = _number(test.left, read), _number(test.right, read)
    return _COMPARE[test.op](left, right), _shown(left, right, test.kind)


def _check_own(condition: Condition, read: Read) -> None:
    as_text = isinstance(condition.test, Comparison) and condition.test.kind == "text"
    check: Callable[[Node, Read], str | Fraction] = _text if as_text else _number
    for field in condition.fields():
        if not field.holder:
            check(field, read)


def _text(node: Node, read: Read) -> str:
    match node:
        case Text():
            return node.value
        case Field():
            return str(read(node))
        case _:
            raise CannotTell(f"{node} is no text")


def _number(node: Node, read: Read) -> Fraction:
    match node:
        case Number():
            return Fraction(node.value)
        case Duration():
            return Fraction(node.value) * UNITS[node.unit]
        case Negative():
            return -_number(node.operand, read)
        case Arithmetic():
            return _result(node.op, _number(node.left, read), _number(node.right, read))
        case Field():
            return _field_number(node, read(node))
        case Text():
            raise CannotTell(f"{node} is no number")


def _result(op: str, left: Fraction, right: Fraction) -> Fraction:
    value = calculate(op, left, right)
    if value is None:
        raise CannotTell(f"{plain(left, 17)} {op} {plain(right, 17)} is no finite number")
    return value


def _field_number(field: Field, value: float | str) -> Fraction:
    if isinstance(value, str):
        read = number(value)
        if read is None:
            raise CannotTell(f"{field} is {_short(value)}, which is no finite number")
        return Fraction(read)
    known = exact(value)
    if known is None:
        raise CannotTell(f"{field} is {'NaN' if math.isnan(value) else 'infinite'}")
    if field.root == "age" and known < 0:
        raise CannotTell(f"{field} is negative: by this clock the version is of the future")
    return known


def _read(field: Field, facts: Facts, holder: Facts | None) -> float | str | bool:
    subject = holder if field.holder else facts
    if subject is None:
        raise CannotTell("there is no holder yet; --allow-first accepts that")
    match field.root:
        case "metrics":
            return _of_sources(field, subject, lambda source: source.metrics)
        case "params":
            return _of_sources(field, subject, lambda source: source.params)
        case "tags":
            tags = _known(field, subject.tags)
            if field.key not in tags:
                raise _missing(field, subject, {"its tags": tags})
            return tags[field.key]
        case "run.status":
            return _known(field, subject.run_status)
        case "signature":
            return _known(field, subject.signature)
        case "age":
            return _known(field, subject.age_s)


def _of_sources(
    field: Field, subject: Facts, values_of: Callable[[Source], Mapping[str, T | Unknown] | Mapping[str, T] | Unknown]
) -> T:
    """The one value that all sources of a version give, or those that know it: a source that is silent agrees."""
    sources = _known(field, subject.sources)
    told = [(source, _known(field, values_of(source))) for source in sources]
    said = [(source, _known(field, values[field.key])) for source, values in told if field.key in values]
    if not said:
        raise _missing(field, subject, {source.name: values for source, values in told})
    if len({str(value) for _, value in said}) > 1:
        raise _disagreement(field, said)
    return said[0][1]


def _disagreement(field: Field, said: Sequence[tuple[Source, object]]) -> CannotTell:
    told = ", but ".join(f"{source.name} says {_brief(value)}" for source, value in said)
    dataset = next((source.dataset for source, _ in said if source.dataset), None)
    one = replace(field, key=f"{field.key} ({dataset})")
    return CannotTell(f"{field}: {told}" + (f"; {one} reads one dataset" if dataset else ""))


def _known(field: Field, value: T | Unknown) -> T:
    if isinstance(value, Unknown):
        raise CannotTell(f"{field} is unknown: {value.why}")
    return value


def _missing(field: Field, subject: Facts, places: Mapping[str, Mapping[str, object]]) -> CannotTell:
    if not places:
        return CannotTell(f"{subject.ref} has neither a run nor a logged model, so no {field}")
    near = did_you_mean(field.key, [key for values in places.values() for key in values])
    own = replace(field, holder=False)
    return CannotTell(f"{subject.ref} has no {own} in {' or '.join(places)}{f'; {near}' if near else ''}")


def _shown(left: Fraction, right: Fraction, kind: Kind) -> tuple[str, str]:
    """Both sides, as short as they can be while values that differ look different."""
    show = _span if kind == "duration" else plain
    tries = [(show(left, digits), show(right, digits)) for digits in ((4, 8, 17) if kind == "duration" else (17, 60))]
    return next((shown for shown in tries if shown[0] != shown[1]), tries[0])


def _span(seconds: Fraction, digits: int) -> str:
    unit = next((unit for unit in ("d", "h", "min") if abs(seconds) >= UNITS[unit]), "s")
    return plain(seconds / UNITS[unit], digits) + unit


def _short(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:59]}…"'


def _brief(value: object) -> str:
    return _short(value) if isinstance(value, str) else str(value)
