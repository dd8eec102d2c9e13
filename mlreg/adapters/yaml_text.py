"""YAML as mlreg reads and edits it: strict, without surprises, and never more of a text changed than was asked for."""

import json
import re
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, Final

import yaml

from mlreg.core.errors import StoreBroken
from mlreg.core.ports import Copied, Edit
from mlreg.core.records import dataclass

MAX_SIZE: Final = 4 * 1024 * 1024
_MAX_DEPTH = 50
_MAX_VALUES = 500_000
_MAX_SHOWN = 120
_MEND = "mend the file by hand; mlreg has not changed it"

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_NULLS = {"": None, "~": None, "null": None}
_BOOLS = {"true": True, "false": False}
_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{_TAG}null": _NULLS.__getitem__,
    f"{_TAG}bool": _BOOLS.__getitem__,
    f"{_TAG}int": int,
    f"{_TAG}str": str,
    _MERGE: str,
}

_CREDENTIAL = re.compile(r"username|password|token|secret|header", re.IGNORECASE)
_KEY_LINE = re.compile(r"\s*[\"']?[\w.-]+[\"']?\s*:(\s|$)")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text that has been read: `data` is what it says."""

    where: str
    text: str
    data: dict[str, Any]
    root: yaml.Node | None

    def edited(self, edit: Edit) -> str:
        """The text with every path of `edit` holding its value, read again to see that it says just that.

        Raises StoreBroken when the text has a form that cannot be edited in parts (anchors, merge keys, ...).
        """
        from mlreg.adapters.yaml_splice import CannotSplice  # only writing needs it

        try:
            result, wanted = _rewritten(self, edit)
        except CannotSplice as error:
            raise _uneditable(self.where, edit) from error
        if result != self.text and not _says(result, wanted):
            raise _uneditable(self.where, edit)
        return result


def parse(text: str, where: str) -> Document:
    """Read a text that holds a mapping; an empty text, or one of comments only, holds an empty one.

    Plain `~`, `true` and `12` are what they look like; `no`, `012`, `1.10`, `1_000` and dates are text, and so is
    every key. Raises StoreBroken naming `where`, line and column; a line that may hold a credential is not quoted.
    """
    if len(text) > MAX_SIZE:
        raise StoreBroken(f"{where} is larger than {MAX_SIZE // 1024**2} MiB", hint=_MEND)
    body = text.removeprefix(_BOM)
    try:
        root = yaml.compose(body, _Loader)
        data = {} if root is None else _value(root, iter(range(_MAX_VALUES)))
        if not isinstance(data, dict | None):
            raise _problem("not a mapping of keys to values", root)
    except yaml.YAMLError as error:
        raise _broken(body, where, error) from None
    except RecursionError:
        raise _broken(body, where, _problem("nested too deep", None)) from None
    return Document(where, text, data or {}, root)


def load(text: str, where: str) -> dict[str, Any]:
    """Return what a text says: see `parse`."""
    return parse(text, where).data


def _rewritten(document: Document, edit: Edit) -> tuple[str, dict[str, Any]]:
    from mlreg.adapters.yaml_splice import spliced

    changes = [(path, _looked_up(document.data, value)) for path, value in edit.items()]
    wanted = reduce(lambda data, change: _with(data, *change), changes, document.data)
    body = document.text.removeprefix(_BOM)
    bom = document.text[: len(document.text) - len(body)]
    return bom + spliced(body, document.root, document.data, wanted), wanted


def _looked_up(data: Any, value: object | None) -> object | None:
    if not isinstance(value, Copied):
        return value
    for key in value.path:
        if key not in data:
            return value.otherwise
        data = data[key]
    found: object = data
    return found


def _with(data: dict[str, Any], path: tuple[str, ...], value: object | None) -> dict[str, Any]:
    head, *rest = path
    if value is None and head not in data:
        return data
    if rest:
        child = data.get(head)
        if value is None and not isinstance(child, dict):
            return data
        return {**data, head: _with(child if isinstance(child, dict) else {}, tuple(rest), value)}
    if value is None:
        return {name: kept for name, kept in data.items() if name != head}
    return {**data, head: value}


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        # As JSON, since for Python 1 equals True.
        return json.dumps(load(text, ""), sort_keys=True) == json.dumps(wanted, sort_keys=True)
    except StoreBroken:
        return False


def _uneditable(where: str, edit: Edit) -> StoreBroken:
    places = ", ".join(".".join(path) for path in edit)
    return StoreBroken(
        f"{where} cannot be edited safely",
        cause=f"its form (anchors, merge keys or the like) does not let {places} be changed alone",
        hint="make this change by hand; mlreg has not changed the file",
    )


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml may be absent
    """Composes nodes with the few implicit types of `load`, and stops before a deep text overflows libyaml's stack."""

    depth = 0
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 # PyYAML's own name

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _problem("nested too deep", parent)

    def ascend_resolver(self) -> None:
        self.depth -= 1


for _name, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", list("-+0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_pattern})\Z"), _first)


def _value(node: yaml.Node, budget: Iterator[int]) -> Any:
    """Make a node's value; an alias is a copy. The budget ends cycles, and aliases that multiply each other."""
    if next(budget, None) is None:
        raise _problem("too many values", node)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, budget)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, budget) for item in node.value]
    try:
        return _SCALARS[node.tag](node.value)
    except (KeyError, ValueError):
        raise _problem("a value of a type that mlreg does not read", node) from None


def _mapping(node: yaml.MappingNode, budget: Iterator[int]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _problem("a key that is not text", key)
        if key.value in own:
            raise _problem(f"duplicate key '{key.value}'", key)
        if key.tag == _MERGE:
            merged |= _merged(value, budget)
        else:
            own[key.value] = _value(value, budget)
    return {**merged, **own} if merged else own


def _merged(node: yaml.Node, budget: Iterator[int]) -> dict[str, Any]:
    sources = _value(node, budget)
    sources = sources if isinstance(sources, list) else [sources]
    if not all(isinstance(source, dict) for source in sources):
        raise _problem("<<: takes a mapping or a list of mappings", node)
    return {name: value for source in reversed(sources) for name, value in source.items()}


def _problem(problem: str, node: yaml.Node | None) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark if node else None)


def _broken(text: str, where: str, error: yaml.YAMLError) -> StoreBroken:
    problem, index, context = _facts(text, error)
    lines = text.split("\n")
    number = text.count("\n", 0, index)
    column = index - (text.rfind("\n", 0, index) + 1)
    if _may_hold_credential(lines, number, text.count("\n", 0, context)):
        # PyYAML quotes pieces of the text in what it says.
        cause = re.sub(r"\s*'.*'", "", problem)
    elif len(lines[number]) > _MAX_SHOWN:
        cause = problem
    else:
        line = yaml.reader.Reader.NON_PRINTABLE.sub("?", lines[number].rstrip("\r"))
        indent = re.sub(r"[^\t]", " ", line[:column])
        cause = f"{problem}\n{line}\n{indent}^"
    return StoreBroken(f"{where}:{number + 1}:{column + 1} cannot be read", cause=cause, hint=_MEND)


def _facts(text: str, error: yaml.YAMLError) -> tuple[str, int, int]:
    """What is wrong, where, and where the construct that it is part of begins."""
    if isinstance(error, yaml.MarkedYAMLError):
        problem = ": ".join(part for part in (error.context, error.problem) if part)
        index = error.problem_mark.index if error.problem_mark else 0
        context = error.context_mark.index if error.context_mark else index
        # What never ends is found missing at the end, and mended where it began.
        return problem, context if index >= len(text.rstrip()) else index, context
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    index = found.start() if found else 0
    return "a character that YAML does not allow", index, index


def _may_hold_credential(lines: list[str], number: int, context: int) -> bool:
    """Whether this line, or the one with the key that it may be a value of, speaks of a credential."""
    first = number - 1
    while first > 0 and not _KEY_LINE.match(lines[first]):
        first -= 1
    first = max(0, min(first, context))
    return any(_CREDENTIAL.search(line) for line in lines[first : number + 1])
