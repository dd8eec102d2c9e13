"""From the text of a condition to its data. Whatever the text, there is no failure but Usage.

condition = sum [compare sum]         compare: >= <= > < == !=
sum       = product {("+" | "-") product}
product   = value {("*" | "/") value}
value     = "-" value | "(" sum ")" | number | duration | text | ["holder."] field
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace

from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.gates.numbers import NUMBER, number
from mlreg.core.gates.scan import EVERY, HELP, QUOTED_KEY, Token, refusal, scan
from mlreg.core.gates.syntax import (
    COMPARISONS,
    KEYED,
    KINDS,
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
    Root,
    Text,
    combined,
    compared,
)

_MEANT = {"=": "==", "===": "==", "=>": ">=", "≥": ">=", "=<": "<=", "≤": "<=", "<>": "!=", "≠": "!=", "!==": "!="}
_JOINERS = ("and", "or", "not", "AND", "OR", "NOT")
_FIELDS = (
    "the fields are metrics.KEY, params.KEY, tags.KEY, run.status, signature, age; of the holder holder.metrics.KEY"
)
_EXAMPLES: Mapping[Kind, str] = {
    "number": ">= 0.92",
    "open": '== "true"',
    "text": '== "FINISHED"',
    "duration": "< 7d",
}
_NAMES: Mapping[Kind, str] = {
    "number": "a number",
    "open": "a text",
    "text": "a text",
    "duration": "a duration",
    "flag": "a yes or no",
}


def parse(text: str) -> Condition:
    """Read one condition; raises Usage with a caret under the place that cannot be read."""
    text = text.strip()
    return Condition(_Reader(text, scan(text)).test(), text)


class _Reader:
    """Recursive descent, one method for each rule of the grammar, over the words that are left."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._left = tokens[::-1]

    def test(self) -> Comparison | Field:
        left = self._sum()
        if self._next.kind == "end":
            return self._flag(left)
        token = self._left.pop()
        if token.text not in COMPARISONS:
            raise self._unexpected(token, "a comparison")
        right = self._sum()
        if self._next.kind != "end":
            raise self._unexpected(self._next, "the end")
        return self._comparison(token, left, right)

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._value)

    def _chain(self, ops: tuple[str, str], part: Callable[[], Node]) -> Node:
        node = part()
        while self._next.text in ops:
            token = self._left.pop()
            right = part()
            kind = combined(token.text, node.kind, right.kind)
            if kind is None:
                raise self._mismatch(token, node, right)
            node = Arithmetic(token.text, node, right, kind)
        return node

    def _value(self) -> Node:
        token = self._left.pop() if self._next.kind != "end" else self._next
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            return Text(token.text[1:-1])
        if token.kind == "name":
            return self._field(token)
        if token.text == "-":
            return self._negative(token)
        if token.text == "(":
            return self._group()
        raise self._unexpected(token, "a field, a number or a text")

    def _negative(self, token: Token) -> Node:
        operand = self._value()
        kind = combined("-", operand.kind, operand.kind)
        if kind is None:
            raise self._refused(token, f"{_NAMES[operand.kind]} has no negative")
        return Negative(operand, kind)

    def _group(self) -> Node:
        node = self._sum()
        if self._next.text != ")":
            raise self._unexpected(self._next, "')'")
        self._left.pop()
        return node

    def _number(self, token: Token) -> Node:
        digits = re.match(NUMBER, token.text)
        written = digits[0] if digits else ""
        value, unit = number(written), token.text[len(written) :]
        if value is None:
            raise self._refused(
                token, "MLflow has no such number: it is as large as an infinity, or longer than any float"
            )
        if unit == "%":
            raise self._refused(token, "there are no percentages", f"write {value} / 100")
        if unit and unit not in UNITS:
            raise self._refused(token, f"'{unit}' is no unit of time", f"the units are {', '.join(UNITS)}")
        return Duration(value, unit) if unit else Number(value)

    def _field(self, token: Token) -> Field:
        name = token.text.removeprefix("holder.")
        holder = name != token.text
        root, _, key = name.partition(".")
        if root in KEYED and key:
            return Field(_root(root), self._key(token, key), holder)
        if name in KINDS and name not in KEYED:
            return Field(_root(name), holder=holder)
        raise self._no_field(token, name, root)

    def _key(self, token: Token, key: str) -> str:
        if key[-1] not in "\"'":
            return key
        if key[0] != key[-1]:
            raise self._refused(token, "a key is quoted whole or not at all", QUOTED_KEY)
        if len(key) == 2:
            raise self._refused(token, "the key is empty")
        return key[1:-1]

    def _flag(self, node: Node) -> Field:
        if isinstance(node, Field) and node.kind == "flag":
            return node
        example = f"{node} {_EXAMPLES[node.kind]}" if isinstance(node, Field) else "metrics.auc >= 0.92"
        raise refusal(
            self._text,
            len(self._text),
            "it compares nothing; a shell takes an unquoted > or < for itself",
            f"quote it, the shell took the >=: --require {shlex.quote(example)}",
        )

    def _comparison(self, token: Token, left: Node, right: Node) -> Comparison:
        kind = compared(token.text, left.kind, right.kind)
        if kind is None:
            raise self._mismatch(token, left, right)
        test = Comparison(token.text, left, right, kind)
        if not Condition(test, self._text).fields():
            raise self._refused(token, "it reads nothing of the version, so it is always the same", _FIELDS)
        if left == right:
            hint = f"{replace(right, holder=not right.holder)}?" if isinstance(right, Field) else HELP
            raise self._refused(token, "both sides are one, so it is always the same", hint)
        return test

    @property
    def _next(self) -> Token:
        return self._left[-1]

    def _refused(self, token: Token, cause: str, hint: str = HELP) -> Usage:
        return refusal(self._text, token.at, cause, hint)

    def _unexpected(self, token: Token, wanted: str) -> Usage:
        if token.text in _JOINERS:
            return self._refused(token, f"there is no '{token.text}' in a condition", EVERY)
        if token.text in _MEANT:
            return self._refused(token, f"there is no operator '{token.text}'", f"write {_MEANT[token.text]}")
        if token.kind == "compare" and wanted == "the end":
            return self._refused(token, "a condition has one comparison", EVERY)
        hint = QUOTED_KEY if token.kind in ("name", "number", "text") else HELP
        return self._refused(token, f"{wanted} should be here", hint)

    def _mismatch(self, token: Token, left: Node, right: Node) -> Usage:
        names = _NAMES[left.kind], _NAMES[right.kind]
        hint = HELP
        if "flag" in (left.kind, right.kind):
            hint = "a flag stands alone: --require signature"
        elif "duration" in (left.kind, right.kind):
            hint = "a duration has a unit: age < 7d"
        elif names == ("a text", "a text"):
            hint = "texts are compared with == and !=; a number is written without quotes"
        return self._refused(token, f"'{token.text}' does not go with {names[0]} and {names[1]}", hint)

    def _no_field(self, token: Token, name: str, root: str) -> Usage:
        if name in _JOINERS:
            return self._unexpected(token, "")
        if root in KEYED:
            return self._refused(token, f"{root} of which key?", f"{root}.KEY")
        near = did_you_mean(root, {*KINDS, "holder"} - {root})
        if "." in name or near:
            return self._refused(token, f"'{token.text}' is no field", near or _FIELDS)
        return self._refused(token, f"'{name}' is no field", f"""metrics.{name} would be a field, "{name}" a text""")


def _root(name: str) -> Root:
    return next(root for root in KINDS if root == name)
