"""The words of a condition, and the one form of refusing what is none: the place, the reason, the way out."""

import re
from collections.abc import Iterator
from typing import Final

from mlreg.core.errors import Usage
from mlreg.core.gates.numbers import NUMBER
from mlreg.core.records import dataclass

HELP: Final = "mlreg help gates"
EVERY: Final = "repeat --require for more conditions: all of them must be true"
QUOTED_KEY: Final = """a key with other characters than letters, digits, '_' and '.' is quoted: metrics."val/auc\""""
MAX_LENGTH: Final = 1000
# Nesting costs words, so this also bounds how deep the parser recurses.
MAX_TOKENS: Final = 60

_TOKEN = re.compile(
    rf"""(?P<number>{NUMBER}(?:[^\W\d]\w*|%)?)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<name>[^\W\d]\w*(?:\.\w+)*(?:\.(?:"[^"]*"|'[^']*'))?)
    | (?P<compare>[<>=!≥≤≠]+)
    | (?P<sign>[-+*/()])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_MORE_OF_A_KEY = re.compile(r"[-/][\w./:-]*\w")


@dataclass(frozen=True, slots=True)
class Token:
    """A word and where it stands. `kind` is number, text, name, compare, sign or end."""

    kind: str
    text: str
    at: int


def refusal(text: str, at: int, cause: str, hint: str = HELP) -> Usage:
    """The error for a condition that cannot be read, with a caret under the place."""
    start = max(0, at - 60)
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[start : at + 40])
    return Usage(f"cannot read the condition\n  {shown}\n  {' ' * (at - start)}^", cause=cause, hint=hint)


def scan(text: str) -> list[Token]:
    """Return the words, with an end behind the last; raises Usage for a character that begins none."""
    if len(text) > MAX_LENGTH:
        raise refusal(text, MAX_LENGTH, f"a condition has at most {MAX_LENGTH} characters", EVERY)
    tokens = list(_tokens(text))
    if len(tokens) > MAX_TOKENS:
        raise refusal(text, tokens[MAX_TOKENS].at, f"a condition has at most {MAX_TOKENS} words and signs", EVERY)
    return tokens


def _tokens(text: str) -> Iterator[Token]:
    at = _after_space(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, at)
        if match.lastgroup == "name":
            _check_key_ends(text, match[0], match.end())
        yield Token(match.lastgroup, match[0], at)
        at = _after_space(text, match.end())
    yield Token("end", "", at)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _unreadable(text: str, at: int) -> Usage:
    letter = text[at]
    if re.match(r"\.?[\"']", text[at:]):
        return refusal(text, at, "the quote is not closed", """quote the whole for the shell: 'params.x == "y"'""")
    if letter in "&|,;":
        return refusal(text, at, f"conditions cannot be joined with '{letter}'", EVERY)
    return refusal(text, at, "this begins no field, number, text or operator", QUOTED_KEY)


def _check_key_ends(text: str, name: str, end: int) -> None:
    """Refuse `metrics.auc-1` and `metrics.val/auc`: a key or arithmetic, and a guess would gate on the wrong number."""
    root, dot, key = name.removeprefix("holder.").partition(".")
    more = _MORE_OF_A_KEY.match(text, end)
    if dot and more and name[-1] not in "\"'":
        raise refusal(
            text,
            end,
            f"'{more[0][0]}' could be a part of the key, or arithmetic",
            f"""quote the key: {root}."{key}{more[0]}"; or put spaces around '{more[0][0]}' to calculate""",
        )
