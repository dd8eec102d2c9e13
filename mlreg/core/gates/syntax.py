"""A condition as data: fields, numbers, durations and texts, in arithmetic, compared once. As text it parses again.

Every node has a kind. A parameter or a tag is `open`: MLflow keeps it as text, and what it is compared with says
whether it is to be read as a number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Final, Literal

from mlreg.core.records import dataclass

Kind = Literal["number", "duration", "text", "open", "flag"]
Root = Literal["metrics", "params", "tags", "run.status", "signature", "age"]

KINDS: Final[Mapping[Root, Kind]] = {
    "metrics": "number",
    "params": "open",
    "tags": "open",
    "run.status": "text",
    "signature": "flag",
    "age": "duration",
}
KEYED: Final = ("metrics", "params", "tags")
COMPARISONS: Final = (">=", "<=", ">", "<", "==", "!=")
UNITS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
BARE_KEY: Final = r"\w+(?:\.\w+)*"

_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2}
_ARITHMETIC: Mapping[tuple[str, Kind, Kind], Kind] = {
    ("+", "number", "number"): "number",
    ("+", "duration", "duration"): "duration",
    ("-", "number", "number"): "number",
    ("-", "duration", "duration"): "duration",
    ("*", "number", "number"): "number",
    ("*", "number", "duration"): "duration",
    ("*", "duration", "number"): "duration",
    ("/", "number", "number"): "number",
    ("/", "duration", "number"): "duration",
    ("/", "duration", "duration"): "number",
}


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    kind: Kind = "number"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Duration:
    value: Decimal
    unit: str
    kind: Kind = "duration"

    def __str__(self) -> str:
        return f"{self.value}{self.unit}"


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    kind: Kind = "text"

    def __str__(self) -> str:
        return _quoted(self.value)


@dataclass(frozen=True, slots=True)
class Field:
    """What a condition reads of the version, or with `holder` of the version that holds the target now."""

    root: Root
    key: str = ""
    holder: bool = False

    @property
    def kind(self) -> Kind:
        return KINDS[self.root]

    def __str__(self) -> str:
        prefix = "holder." if self.holder else ""
        if not self.key:
            return f"{prefix}{self.root}"
        return f"{prefix}{self.root}.{self.key if re.fullmatch(BARE_KEY, self.key) else _quoted(self.key)}"


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"
    kind: Kind

    def __str__(self) -> str:
        return f"-{_grouped(self.operand, 3)}"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    op: str
    left: "Node"
    right: "Node"
    kind: Kind

    def __str__(self) -> str:
        level = _LEVELS[self.op]
        return f"{_grouped(self.left, level)} {self.op} {_grouped(self.right, level + 1)}"


Node = Number | Duration | Text | Field | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """`kind` is what both sides are read as: numbers, durations or texts."""

    op: str
    left: Node
    right: Node
    kind: Kind

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a gate; `text` is how it was written."""

    test: Comparison | Field
    text: str = field(compare=False)

    def __str__(self) -> str:
        return str(self.test)

    def fields(self) -> frozenset[Field]:
        """Everything it reads, so that a caller fetches no more than that."""
        return frozenset(_fields(self.test))

    @property
    def reads_holder(self) -> bool:
        return any(read.holder for read in self.fields())


def combined(op: str, left: Kind, right: Kind) -> Kind | None:
    """The kind of an arithmetic result; None where there is none, as in a text times two."""
    return _ARITHMETIC.get((op, _counted(left), _counted(right)))


def compared(op: str, left: Kind, right: Kind) -> Kind | None:
    """What two sides are read as to compare them; None where they cannot be compared."""
    kinds = {left, right}
    equality = op in ("==", "!=")
    if kinds in ({"text"}, {"text", "open"}):
        return "text" if equality else None
    if kinds == {"open"}:
        return "text" if equality else "number"
    numeric = {_counted(kind) for kind in kinds}
    return _counted(left) if numeric in ({"number"}, {"duration"}) else None


def _counted(kind: Kind) -> Kind:
    return "number" if kind == "open" else kind


def _fields(node: Node | Comparison) -> Iterator[Field]:
    match node:
        case Field():
            yield node
        case Negative():
            yield from _fields(node.operand)
        case Arithmetic() | Comparison():
            yield from _fields(node.left)
            yield from _fields(node.right)


def _grouped(node: Node, level: int) -> str:
    own = _LEVELS[node.op] if isinstance(node, Arithmetic) else 3
    return str(node) if own >= level else f"({node})"


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'
