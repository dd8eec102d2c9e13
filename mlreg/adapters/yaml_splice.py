"""Where a change goes in a YAML text: patches at its nodes' positions, so that every other line stays as it is."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from mlreg.adapters.yaml_dump import block_text, inline_text, needs_lines
from mlreg.core.records import dataclass

MERGE: Final = "tag:yaml.org,2002:merge"

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COLON = re.compile(r"\s*:")
# With the space after it, but for the one that makes a comment a comment.
_COMMA = re.compile(r"\s*,(?:\s*(?![\s#]))?")
_LAST_COMMA = re.compile(r"\s*,")
_ALIAS = re.compile(r"\s*:\s+(\*[^\s,\[\]{}]+)")


class CannotSplice(ValueError):
    """The text has a form that these patches do not know."""


class _Patch(NamedTuple):
    start: int
    end: int
    text: str


class _Entry(NamedTuple):
    """One `key: value` of a mapping, and where the next begins."""

    key: yaml.Node
    value: yaml.Node
    bound: int

    @property
    def name(self) -> str:
        return str(self.key.value)

    @property
    def is_alias(self) -> bool:
        """An alias is composed as the node it names, which stands before."""
        return bool(self.value.start_mark.index < self.key.end_mark.index)


def spliced(text: str, root: yaml.Node | None, old: dict[str, Any], new: dict[str, Any]) -> str:
    """Change a text that says `old`, and is composed to `root`, to say `new`.

    Nobody has read the result yet: with anchors and merge keys it may say something else. Raises CannotSplice.
    """
    newline = _BREAK.search(text)
    page = _Page(text, newline.group() if newline else "\n", _step(root))
    patches = list(_mapping(page, root, old, new)) if isinstance(root, yaml.MappingNode) else [_first(page, root, new)]
    done = 0
    pieces: list[str] = []
    for start, end, replacement in sorted(patches, key=lambda patch: patch[:2]):
        if start < done:
            raise CannotSplice("two changes overlap")
        pieces += text[done:start], replacement
        done = end
    return "".join(pieces) + text[done:]


def _step(root: yaml.Node | None) -> int:
    """How far this text indents."""
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if isinstance(value, yaml.MappingNode) and not value.flow_style:
            step = value.value[0][0].start_mark.column - key.start_mark.column
            if step > 0:
                return int(step)
    return 2


@dataclass(frozen=True, slots=True)
class _Page:
    """A text, and how it is laid out."""

    text: str
    newline: str
    step: int

    def next_line(self, index: int) -> int:
        found = _BREAK.search(self.text, index)
        return found.end() if found else len(self.text)

    def after_colon(self, entry: _Entry) -> int:
        found = _COLON.match(self.text, entry.key.end_mark.index)
        if not found:
            raise CannotSplice("a key without a colon")
        return found.end()

    def span(self, entry: _Entry) -> tuple[int, int]:
        """Where a value stands that is not a block of lines below its key."""
        if not entry.is_alias:
            return entry.value.start_mark.index, _least_end(self, entry.value, entry.key.end_mark.index)
        found = _ALIAS.match(self.text, entry.key.end_mark.index)
        if not found:
            raise CannotSplice("an alias that is not beside its key")
        return found.span(1)

    def end(self, entry: _Entry, column: int) -> int:
        """Where the last line ends that belongs to an entry; a comment belongs if it is deeper than the key."""
        end = at = self.next_line(_least_end(self, entry.value, entry.key.end_mark.index))
        belongs = True
        while at < (stop := self.next_line(at)) <= entry.bound:
            line, at = self.text[at:stop], stop
            body = line.lstrip(" ")
            if body.startswith("#"):
                belongs = belongs and len(line) - len(body) > column
            elif body.strip():
                belongs = True
            if belongs and body.strip():
                end = at
        return end

    def insertion(self, at: int, data: dict[str, Any], column: int) -> _Patch:
        """New lines at the start of a line, or at the end of a text that ends within one."""
        lines = self.block(data, column)
        if at and not _BREAK.match(self.text, at - 1):
            lines = self.newline + lines.removesuffix(self.newline)
        return _Patch(at, at, lines)

    def block(self, data: dict[str, Any], column: int) -> str:
        lines = block_text(data, self.step).splitlines()
        return "".join(f"{' ' * column}{line}{self.newline}" for line in lines)


def _least_end(page: _Page, node: yaml.Node, after: int) -> int:
    """The end of the last scalar or flow collection in a node: libyaml lets a block end where the next token starts.

    An alias, which stands before `after`, ends nobody knows where: then that is the answer.
    """
    start, end = node.start_mark.index, node.end_mark.index
    if start < after:
        return after
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        inner, before = (last[1], last[0].end_mark.index) if isinstance(last, tuple) else (last, start)
        return _least_end(page, inner, before)
    if not isinstance(node, yaml.ScalarNode) or node.style not in ("|", ">"):
        return int(end)
    written = page.text[start:end]
    keeps_breaks = "+" in _BREAK.split(written)[0].partition("#")[0]
    return start + len(written.removesuffix(page.newline) if keeps_breaks else written.rstrip())


def _entries(node: yaml.MappingNode) -> list[_Entry]:
    starts = [key.start_mark.index for key, _ in node.value]
    bounds = [*starts[1:], node.end_mark.index]
    return [_Entry(key, value, bound) for (key, value), bound in zip(node.value, bounds, strict=False)]


def _same(old: Any, new: Any) -> bool:
    return old is new or (type(old) is type(new) and repr(old) == repr(new))


def _first(page: _Page, root: yaml.Node | None, new: dict[str, Any]) -> _Patch:
    at = root.start_mark.index if root else len(page.text)
    return page.insertion(at, new, 0) if new else _Patch(at, at, "")


def _mapping(page: _Page, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> Iterator[_Patch]:
    return (_flow if node.flow_style else _block)(page, node, old, new)


def _block(page: _Page, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> Iterator[_Patch]:
    entries = _entries(node)
    column = entries[0].key.start_mark.column
    for entry in entries:
        start = entry.key.start_mark
        if entry.key.tag == MERGE:
            continue
        if entry.name not in new:
            yield _Patch(start.index - start.column, page.end(entry, column), "")
        elif not _same(old[entry.name], new[entry.name]):
            yield from _change(page, entry, old[entry.name], new[entry.name])
    if added := _added(entries, old, new):
        yield page.insertion(page.end(entries[-1], column), added, column)


def _added(entries: list[_Entry], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What has no entry yet; what a merge key brings needs none unless it changes."""
    names = {entry.name for entry in entries}
    return {k: v for k, v in new.items() if k not in names and not (k in old and _same(old[k], v))}


def _change(page: _Page, entry: _Entry, old: Any, new: Any) -> Iterator[_Patch]:
    """Change a value in a block mapping: within it if it stays a mapping, else as a whole."""
    node = entry.value
    if isinstance(node, yaml.MappingNode) and node.value and isinstance(new, dict) and not entry.is_alias:
        yield from _mapping(page, node, old, new)
        if not new and not node.flow_style:
            yield _Patch(page.after_colon(entry), page.after_colon(entry), " {}")
    elif isinstance(node, yaml.CollectionNode) and not node.flow_style and not entry.is_alias:
        yield from _replace_block(page, entry, new)
    else:
        yield from _replace_inline(page, entry, new)


def _replace_block(page: _Page, entry: _Entry, new: Any) -> Iterator[_Patch]:
    colon, column = page.after_colon(entry), entry.key.start_mark.column
    lines = page.block(new, column + page.step) if needs_lines(new) else ""
    yield _Patch(colon, colon, "" if lines else f" {inline_text(new)}")
    yield _Patch(page.next_line(colon), page.end(entry, column), lines)


def _replace_inline(page: _Page, entry: _Entry, new: Any) -> Iterator[_Patch]:
    colon, column = page.after_colon(entry), entry.key.start_mark.column
    start, end = page.span(entry)
    if needs_lines(new):
        yield _Patch(colon, end, "")
        yield page.insertion(page.next_line(end), new, column + page.step)
    elif start == end:
        yield _Patch(colon, colon, f" {inline_text(new)}")
    else:
        yield _Patch(start, end, inline_text(new))


def _flow(page: _Page, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> Iterator[_Patch]:
    entries = _entries(node)
    kept = [entry for entry in entries if entry.name in new or entry.key.tag == MERGE]
    if not kept:
        yield _Patch(node.start_mark.index, node.end_mark.index, inline_text(new))
        return
    for entry in kept:
        if entry.key.tag != MERGE and not _same(old[entry.name], new[entry.name]):
            yield from _change_in_flow(page, entry, old[entry.name], new[entry.name])
    yield from _cuts(page, entries, kept)
    if added := _added(entries, old, new):
        at = page.span(kept[-1])[1]
        yield _Patch(at, at, f", {inline_text(added)[1:-1]}")


def _change_in_flow(page: _Page, entry: _Entry, old: Any, new: Any) -> Iterator[_Patch]:
    start, end = page.span(entry)
    if isinstance(entry.value, yaml.MappingNode) and isinstance(new, dict) and not entry.is_alias:
        yield from _mapping(page, entry.value, old, new)
    elif start == end:
        yield _Patch(page.after_colon(entry), end, f" {inline_text(new)}")
    else:
        yield _Patch(start, end, inline_text(new))


def _cuts(page: _Page, entries: list[_Entry], kept: list[_Entry]) -> Iterator[_Patch]:
    """Take entries out of a flow mapping, each with its comma, and the last ones with the comma before them."""
    kept_end = page.span(kept[-1])[1]
    last_kept = entries.index(kept[-1])
    for number, entry in enumerate(entries):
        if entry in kept:
            continue
        start, end = entry.key.start_mark.index, page.span(entry)[1]
        if number == last_kept + 1 and _COMMA.fullmatch(page.text, kept_end, start):
            start = kept_end
        if comma := (_LAST_COMMA if entry is entries[-1] else _COMMA).match(page.text, end):
            end = comma.end()
        yield _Patch(start, end, "")
