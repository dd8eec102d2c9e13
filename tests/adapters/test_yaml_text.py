"""Reading YAML strictly, and changing one entry of a text without touching the lines of another."""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlreg.adapters.yaml_text import load, parse
from mlreg.core.errors import StoreBroken
from mlreg.core.ports import Edit


def apply(text: str, edit: Edit, where: str) -> str:
    """A text with an edit made."""
    return parse(text, where).edited(edit)


Path = tuple[str, ...]

ENTRY = {
    "tracking_uri": "https://x.example.com",
    "tracking_token": "{{s.token}}",
    "tags": {"team": "no"},
    "keys": ["a"],
}
ENTRY_LINES = """\
  prod:
    tracking_uri: https://x.example.com
    tracking_token: "{{s.token}}"
    tags:
      team: "no"
    keys: [a]
"""
NESTED = """\
# top
trackers:   # mine
    a:
        uri:  'x'   # of a

        # still of a

    # after a
stacks: {}
"""

INSERTED: list[tuple[str, str, Path, object, str]] = [
    ("into nothing", "", ("a",), 1, "a: 1\n"),
    ("into comments", "# c\n", ("a", "b"), "x", "# c\na:\n  b: x\n"),
    ("after a comment that ends the text", "# c", ("a",), "x", "# c\na: x"),
    ("between document marks", "---\n# c\n...\n", ("a",), "x", "---\n# c\na: x\n...\n"),
    ("after a bare document mark", "---", ("a",), "x", "---\na: x"),
    ("before the end mark", "---\na: 1\n...\n", ("b",), "x", "---\na: 1\nb: x\n...\n"),
    ("into a null", "trackers:\n", ("trackers", "prod"), ENTRY, "trackers:\n" + ENTRY_LINES),
    ("into a null beside a comment", "t:  # c\n\nz: 1\n", ("t", "a"), {"b": "c"}, "t:  # c\n  a:\n    b: c\n\nz: 1\n"),
    ("into a tilde", "t: ~  # c\nz: 1\n", ("t", "a"), "b", "t:  # c\n  a: b\nz: 1\n"),
    ("into empty braces", "t: {} # c\nz: 1\n", ("t", "a"), "b", "t: # c\n  a: b\nz: 1\n"),
    ("into braces within braces", "{t: {}}\n", ("t", "a"), "b", "{t: {a: b}}\n"),
    ("into braces", "t: {a: 1} # c\n", ("t", "b"), {"x": ["z"]}, "t: {a: 1, b: {x: [z]}} # c\n"),
    ("into braces after a comma", "t: {a: 1, }\n", ("t", "b"), "c", "t: {a: 1, b: c, }\n"),
    ("into braces after a null", "t: {a: }\n", ("t", "b"), "c", "t: {a: , b: c}\n"),
    ("into JSON", '{"a":1,"b":{"c":""}}', ("b", "d"), True, '{"a":1,"b":{"c":"", d: true}}'),
    ("into an empty root", "{}\n", ("a", "b"), "c", "{a: {b: c}}\n"),
    ("at the siblings' indent, before comments", NESTED, ("trackers", "b"), {"uri": "z"},
     NESTED.replace("# still of a\n", "# still of a\n    b:\n        uri: z\n")),
    ("into an entry, at its fields' indent", NESTED, ("trackers", "a", "no_auth"), True,
     NESTED.replace("# of a\n", "# of a\n        no_auth: true\n")),
    ("without a final newline", "a: 1\nt:\n b: 2", ("t", "c"), {"d": "e"}, "a: 1\nt:\n b: 2\n c:\n   d: e"),
    ("with the text's newlines", "a: 1\r\nt:\r\n  b: 2\r\n", ("t", "c"), {"d": "e"},
     "a: 1\r\nt:\r\n  b: 2\r\n  c:\r\n    d: e\r\n"),
    ("after a byte order mark and beyond the BMP", "\ufeffa: '😀' # 😀\nb: {c: 1}\n", ("b", "d"), "é",
     "\ufeffa: '😀' # 😀\nb: {c: 1, d: é}\n"),
    ("after a text that keeps its blank lines", "t:\n  a: |+\n    x\n\nz: 1\n", ("t", "b"), "c",
     "t:\n  a: |+\n    x\n\n  b: c\nz: 1\n"),
    ("after a text with a hash in it", "t:\n  a: |\n    x\n    # y\n\n# c\n", ("t", "b"), "c",
     "t:\n  a: |\n    x\n    # y\n  b: c\n\n# c\n"),
    ("after an alias", "a: &x 1\nt:\n  b: *x # c\n\n# d\n", ("t", "c"), 2, "a: &x 1\nt:\n  b: *x # c\n  c: 2\n\n# d\n"),
    ("beside a merge key", "d: &d {x: 1}\nt:\n  <<: *d\n  y: 2\n", ("t", "x"), 3,
     "d: &d {x: 1}\nt:\n  <<: *d\n  y: 2\n  x: 3\n"),
]  # fmt: skip

REPLACED: list[tuple[str, str, Path, object, str]] = [
    ("a scalar", "a:   'x'   # c\nb: 1\n", ("a",), "yes", 'a:   "yes"   # c\nb: 1\n'),
    ("a scalar on its own line", "a:\n  x # c\nb: 1\n", ("a",), "z", "a:\n  z # c\nb: 1\n"),
    ("a scalar of many lines", "a: x\n  y\nb: 1\n", ("a",), "z", "a: z\nb: 1\n"),
    ("a literal text", "a: |\n  x\n\nb: 1\n", ("a",), "z", "a: z\n\nb: 1\n"),
    ("a null", "a:  # c\nb: 1\n", ("a",), "z", "a: z  # c\nb: 1\n"),
    ("a null in braces", "{a: , b}\n", ("a",), "z", "{a: z, b}\n"),
    ("a list", "a: [1,\n  2]  # c\n", ("a",), ["x", "z"], "a: [x, z]  # c\n"),
    ("a list in lines", "a:  # c\n- 1\n- 2\n# d\nb: 1\n", ("a",), ["x"], "a: [x]  # c\n# d\nb: 1\n"),
    ("a list with a mapping", "a:  # c\n- 1\nb: 1\n", ("a",), {"x": "z"}, "a:  # c\n  x: z\nb: 1\n"),
    ("a scalar with a mapping", "a: 1 # c\nb: 1\n", ("a",), {"x": "z"}, "a: # c\n  x: z\nb: 1\n"),
    ("a mapping with a scalar", "a:\n  x: 1\nb: 1\n", ("a",), "z", "a: z\nb: 1\n"),
    ("an alias", "a: &x {q: 1}\nb: *x # c\n", ("b", "r"), 2, "a: &x {q: 1}\nb: # c\n  q: 1\n  r: 2\n"),
    ("in a mapping only what differs", "a:\n  # c\n  x:   1 # d\n  y: 2\n  z: 3\n", ("a",), {"x": 1, "z": 4, "w": 5},
     "a:\n  # c\n  x:   1 # d\n  z: 4\n  w: 5\n"),
    ("in braces only what differs", "{a: {x:   1, y: 2, z: 3}}\n", ("a",), {"x": 1, "z": 4}, "{a: {x:   1, z: 4}}\n"),
    ("nothing, when it stands there already", "a:  {x: 'y'}\n", ("a", "x"), "y", "a:  {x: 'y'}\n"),
    ("a number with the text of it", "a: 1\n", ("a",), "1", 'a: "1"\n'),
    ("a number with a truth", "a: 1\n", ("a",), True, "a: true\n"),
]  # fmt: skip

DELETED: list[tuple[str, str, Path, str]] = [
    ("an entry with its lines and comments", NESTED + "z: 1\n", ("trackers", "a"),
     "# top\ntrackers: {}   # mine\n\n    # after a\nstacks: {}\nz: 1\n"),
    ("the first of two", "t:\n  a:\n    x: 1\n  # c\n  b: 2\n", ("t", "a"), "t:\n  # c\n  b: 2\n"),
    ("the last of two, without a final newline", "a: 1\nb: 2", ("b",), "a: 1\n"),
    ("the only one of the root", "# c\na: 1\n", ("a",), "# c\n"),
    ("the only one, above a comment", "t:\n  # c\n  a: 1\n", ("t", "a"), "t: {}\n  # c\n"),
    ("a literal text that keeps its blank lines", "a: |+\n  x\n\nb: 1\n", ("a",), "b: 1\n"),
    ("the only one in braces", "t: { a: 1 } # c\n", ("t", "a"), "t: {} # c\n"),
    ("the first in braces", "t: {a: 1, b: 2}\n", ("t", "a"), "t: {b: 2}\n"),
    ("one amid braces", "t: {a: 1, b: 2, c: 3}\n", ("t", "b"), "t: {a: 1, c: 3}\n"),
    ("the last in braces", "t: {a: 1, b: [2, 3] }\n", ("t", "b"), "t: {a: 1 }\n"),
    ("the last in braces, before a comma", "{\n  a: 1,\n  b: 2, # c\n}\n", ("b",), "{\n  a: 1 # c\n}\n"),
    ("the first line in braces", "{\n  a: 1,\n  b: 2\n}\n", ("a",), "{\n  b: 2\n}\n"),
    ("what is before a comment in braces", "{\n  a: 1, # c\n  b: 2\n}\n", ("a",), "{\n   # c\n  b: 2\n}\n"),
    ("nothing, when there is no such key", "a: 1\n", ("b",), "a: 1\n"),
    ("nothing, when there is no such parent", "a: 1\n", ("b", "c"), "a: 1\n"),
    ("nothing, when the parent is no mapping", "a: 1\n", ("a", "c"), "a: 1\n"),
]  # fmt: skip


def cases(table: list[Any]) -> list[Any]:
    return [pytest.param(*case[1:], id=case[0]) for case in table]


def intended(data: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Compute an edit on the data, in another way than the code does."""
    data = {key: dict(child) if isinstance(child, dict) and len(path) > 1 else child for key, child in data.items()}
    if len(path) > 1:
        if value is not None or isinstance(data.get(path[0]), dict):
            data[path[0]] = intended(data.get(path[0]) or {}, path[1:], value)
    elif value is None:
        data.pop(path[0], None)
    else:
        data[path[0]] = value
    return data


@pytest.mark.parametrize(("text", "path", "value", "expected"), cases(INSERTED))
def test_splice_inserts(text: str, path: Path, value: object, expected: str) -> None:
    """A new entry goes where its siblings end, laid out as they are, and the text says what it should."""
    assert apply(text, {path: value}, "f") == expected
    assert apply(text, {path: value}, "f") == expected


@pytest.mark.parametrize(("text", "path", "value", "expected"), cases(REPLACED))
def test_splice_replaces(text: str, path: Path, value: object, expected: str) -> None:
    """A value is replaced where it stands, and what is round it stays."""
    assert apply(text, {path: value}, "f") == expected
    assert apply(text, {path: value}, "f") == expected


@pytest.mark.parametrize(("text", "path", "expected"), cases(DELETED))
def test_splice_deletes(text: str, path: Path, expected: str) -> None:
    """An entry goes with the lines that are its own, and leaves a mapping behind."""
    assert apply(text, {path: None}, "f") == expected
    assert apply(text, {path: None}, "f") == expected


def test_apply_makes_all_changes_at_once() -> None:
    """Several changes, some in the same mapping, are one edit."""
    edit = {("version",): 1, ("t", "a"): {"x": "b"}, ("t", "c"): None, ("t", "d", "z"): 2, ("active",): "a"}

    assert (
        apply("t:\n  c: 1 # c\n  # d\n  d: {x: 1}\n", edit, "f")
        == "t:\n  # d\n  d: {x: 1, z: 2}\n  a:\n    x: b\nversion: 1\nactive: a\n"
    )


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        pytest.param("a: &x {q: 1}\nb: *x\n", ("a", "q"), 2, id="an anchor that others use"),
        pytest.param("a: &x {q: 1}\nb: *x\n", ("a",), None, id="an anchor that would be missed"),
        pytest.param("d: &d {x: 1}\nt:\n  <<: *d\n", ("t", "x"), None, id="what a merge key brings"),
        pytest.param("a: |\n  x", ("b",), 1, id="a text whose end would move"),
        pytest.param("null\n", ("b",), 1, id="a null that is written out"),
    ],
)
def test_apply_refuses_what_it_cannot_do_alone(text: str, path: Path, value: object) -> None:
    """An edit that would change something else as well is refused, with what to do instead."""
    with pytest.raises(StoreBroken) as caught:
        apply(text, {path: value}, "f.yaml")

    assert "f.yaml cannot be edited safely" in caught.value.message
    assert ".".join(path) in str(caught.value.cause)
    assert "by hand" in str(caught.value.hint)


TEXTS = ["", "no", "Yes", "y", "on", "012", "1_000", "1e3", "0o7", "1:30", "2020-01-01", "null", "~", "true", "1.5"]
TEXTS += [
    "<<",
    "=",
    "a: b",
    "a #b",
    "#a",
    "- a",
    "{{s.k}}",
    "a\nb",
    "\u2028",
    "\x85",
    "😀",
    "*a",
    "&a",
    "!a",
    "a:",
    " a",
]
TEXTS += ["a ", "[", "%a", "@a", "'", '"', "\t", "k" * 200]


@pytest.mark.parametrize("text", TEXTS)
def test_written_texts_are_texts_to_every_reader(text: str) -> None:
    """What is written as text is read as text by mlreg and by YAML 1.1, in lines and in braces."""
    for before in "{}", "t: {a: 1}\n":
        written = apply(before, {("t", "b"): text, ("t", text or "empty"): "x"}, "f")
        assert load(written, "f")["t"]["b"] == text
        assert yaml.safe_load(written)["t"]["b"] == text
        assert yaml.safe_load(written)["t"][text or "empty"] == (text if text == "b" else "x")


def test_load_has_no_surprises() -> None:
    """Only what is plainly a null, a truth or a number is one; keys are always text."""
    text = "a: [~, null, true, false, 0, -12]\nb: [1.50, no, True, 012, 1_000, 0x1f, 1:30, 2020-01-01, 1e3, .5]\n"

    assert load(f"{text}12: '1'\n", "f") == {
        "a": [None, None, True, False, 0, -12],
        "b": ["1.50", "no", "True", "012", "1_000", "0x1f", "1:30", "2020-01-01", "1e3", ".5"],
        "12": "1",
    }


@pytest.mark.parametrize("text", ["", "\ufeff", "# c\n", "---\n", "---\n...\n", "\n\n"])
def test_load_of_nothing_is_empty(text: str) -> None:
    """An empty text, or one of comments and marks, is an empty mapping."""
    assert load(text, "f") == {}


@pytest.mark.parametrize(
    ("text", "place", "cause"),
    [
        pytest.param("a: b: c\n", "f:1:5", "values are not allowed in this context\na: b: c\n    ^", id="syntax"),
        pytest.param("\ufeffé: 1\r\né: 2\r\n", "f:2:1", "duplicate key 'é'\né: 2\n^", id="duplicate key"),
        pytest.param("t: {a: 1, 'a': 2}\n", "f:1:11", "duplicate key 'a'", id="duplicate key in braces"),
        pytest.param("- a\n", "f:1:1", "not a mapping of keys to values", id="list"),
        pytest.param("a: 1\nb: 'x\nc: 1\n", "f:2:4", "unexpected end of stream", id="quote that does not end"),
        pytest.param("😀: \x07\n", "f:1:4", "that YAML does not allow\n😀: ?\n   ^", id="control character"),
        pytest.param("a: !x y\n", "f:1:4", "a value of a type that mlreg does not read", id="tag"),
        pytest.param("a: 1\n---\nb: 1\n", "f:2:1", "found another document", id="two documents"),
        pytest.param("a: &a {b: *a}\n", "f:1:1", "nested too deep", id="cycle"),
        pytest.param("a: " + "[" * 100_000, "f:1:", "nest", id="depth"),
        pytest.param("".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}' if i else 'x'] * 9)}]\n" for i in range(9)), "f:1:",
                     "too many values", id="aliases that multiply"),
    ],
)  # fmt: skip
def test_load_says_where_a_text_is_broken(text: str, place: str, cause: str) -> None:
    """A broken text is named with line and column, and shown."""
    with pytest.raises(StoreBroken) as caught:
        load(text, "f")

    assert caught.value.message.startswith(place)
    assert cause in str(caught.value.cause)
    assert caught.value.hint


def test_load_refuses_a_huge_text() -> None:
    """A text of more than 4 MiB is not even looked at."""
    with pytest.raises(StoreBroken, match="larger than 4 MiB"):
        load("#" * (4 * 1024 * 1024 + 1), "f")


@pytest.mark.parametrize(
    "text",
    [
        "tracking_password: hunter2: x\n",
        "tracking_password:\n  hunter2: x: y\n",
        'tracking_token: "a\n  hunter2\n hunter2',
        "tracking_token: !hunter2 x\n",
        "tracking_token: *hunter2\n",
        "t: {tracking_password: 'hunter2' x}\n",
    ],
)
def test_load_never_shows_a_credential(text: str) -> None:
    """A line that may hold a credential, or continue one, is left out of the error."""
    with pytest.raises(StoreBroken) as caught:
        load(text, "f")

    assert "hunter2" not in f"{caught.value.message} {caught.value.cause} {caught.value.hint}"
    assert caught.value.cause


@dataclass(frozen=True)
class Written:
    """A text as its lines, each with the section and the entry that it belongs to."""

    lines: list[tuple[Path, str]]
    newline: str
    bom: str
    ends: bool

    @property
    def text(self) -> str:
        return self.bom + self.newline.join(line for _, line in self.lines) + (self.newline if self.ends else "")


NAMES = ["a", "b-1", "'c'", '"d"', "12", "no"]
COMMENT = st.sampled_from(["", "", "  # c: 'x", " #"])
SCALAR = st.sampled_from(
    ["x", "'it''s'", '"\\u00e9 # {"', "~", "", "no", "http://h:1/p", "é 😀", "12", "x  y", "{x: 1, y: [2]}"]
)


@st.composite
def entry(draw: st.DrawFn, name: str, indent: int) -> list[str]:
    pad, deeper = " " * indent, " " * (indent + draw(st.integers(1, 4)))
    head = f"{pad}{name}:{draw(COMMENT)}"
    lines = {
        "scalar": [f"{pad}{name}: {draw(SCALAR)}{draw(COMMENT)}"],
        "next line": [head, f"{deeper}text{draw(COMMENT)}"],
        "mapping": [head, f"{deeper}f: 1{draw(COMMENT)}", "", f"{deeper}# g", f"{deeper}g:{draw(COMMENT)}"],
        "list": [head, f"{pad}- 1", f"{pad}-  {{z: 2}}{draw(COMMENT)}"],
        "literal": [f"{pad}{name}: |", f"{deeper}text", f"{deeper}  # more"],
        "folded": [f"{pad}{name}: 'one", "", f"{deeper}two'{draw(COMMENT)}"],
    }[draw(st.sampled_from(["scalar", "next line", "mapping", "list", "literal", "folded"]))]
    own = [] if "|" in lines[0] else [f"{deeper}# mine"]
    return lines + draw(st.sampled_from([[], own]))


@st.composite
def document(draw: st.DrawFn) -> Written:
    between = st.lists(st.sampled_from(["", "# c", "#"]), max_size=2)
    lines: list[tuple[Path, str]] = [((), line) for line in draw(st.sampled_from([[], ["# top", ""], ["---"]]))]
    for section in draw(st.lists(st.sampled_from(["s", "t", "u", "note"]), unique=True, max_size=3)):
        names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
        form = draw(st.sampled_from(["lines", "lines", "braces", "nothing"]))
        if form == "lines" and names:
            indent = draw(st.integers(1, 6))
            lines.append(((section,), f"{section}:{draw(COMMENT)}"))
            for name in names:
                lines += [((section, name.strip("'\"")), line) for line in draw(entry(name, indent))]
                lines += [((), f"{' ' * indent}{line}" if line else "") for line in draw(between)]
        elif form == "braces":
            pairs = ", ".join(f"{name}: {draw(SCALAR)}" for name in names)
            lines.append(((section, "*"), f"{section}: {{{pairs}}}{draw(COMMENT)}"))
        else:
            lines.append(((section, "*"), f"{section}:{draw(COMMENT)}"))
        lines += [((), line) for line in draw(between)]
    # Without a newline, a literal text at the end has none either: giving it one would change it.
    ends = draw(st.booleans()) or (bool(lines) and lines[-1][1].endswith("# more"))
    return Written(lines, draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["", "\ufeff"])), ends)


PATH = st.tuples(st.sampled_from(["s", "t", "new"]), st.sampled_from(["a", "c", "d", "12", "new"]))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(-99, 99), TEXT, st.lists(TEXT, max_size=2),
    st.dictionaries(TEXT, st.one_of(TEXT, st.dictionaries(TEXT, TEXT, max_size=2)), max_size=3),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(document(), PATH, VALUE)
def test_an_edit_changes_its_entry_alone(written: Written, path: Path, value: object) -> None:
    """Whatever the text looks like, it then says what was asked for, and every line of another entry is as it was."""
    before = load(written.text, "f")

    result = apply(written.text, {path: value}, "f")

    assert load(result, "f") == intended(before, path, value)
    emptied = not load(result, "f").get(path[0])
    mine = {path, (path[0], "*"), (path[0],) if emptied else path}
    newline = written.newline if written.newline in written.text else "\n"
    left = iter(result.removeprefix("\ufeff").split(newline))
    assert all(line in left for owner, line in written.lines if owner not in mine)
    assert result.startswith(written.bom)
    assert result.count("\n") == result.count(newline)
