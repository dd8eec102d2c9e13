"""From values to text that is safe to show: no control character from a server ever reaches a terminal."""

import re
import time
from collections.abc import Mapping
from typing import Any

from mlreg.core.errors import Usage

Record = Mapping[str, Any]

# C0 and C1 controls, DEL, and the marks that reorder or hide text (Unicode bidi controls, line separators).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_JSON_LEFT = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return the text with everything a terminal would obey made visible as `\\x1b`."""
    return _CONTROL.sub(lambda match: match[0] if keep_lines and match[0] == "\n" else _visible(match[0]), text)


def _visible(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def refuse_bytes(text: str, what: str) -> None:
    """Raise Usage for bytes that Python could not read as text, and hands on as lone surrogates."""
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise Usage(f"{what} is not UTF-8 text", cause=f"it has bytes that are no letters: {text.strip()!r}")


def escape_json(text: str) -> str:
    """Return JSON text with the control characters that JSON itself would let through written as `\\u....`."""
    return _JSON_LEFT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell(value: Any) -> str:
    """A value as one line of text."""
    return clean(flatten(value))


def flatten(value: Any) -> str:
    """A value as text: lists and mappings joined, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={flatten(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(flatten(item) for item in value)
    return str(value)


def timestamp(milliseconds: int | None) -> str | None:
    """Milliseconds since the epoch as ISO 8601, UTC."""
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, 1000)
    if not 0 <= seconds < 253_402_300_800:  # what a calendar has no date for is shown as it came
        return str(milliseconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}Z"


def now_ms() -> int:
    """The time, as MLflow has it."""
    return int(time.time() * 1000)


def age(iso: str) -> str:
    """An ISO 8601 time, UTC, as how long ago it was."""
    passed = elapsed(iso)
    return f"{passed} ago" if passed else "just now"


def elapsed(iso: str) -> str:
    """How long ago an ISO 8601 time, UTC, was, in the largest unit; nothing for less than a minute."""
    import calendar

    seconds = now_ms() // 1000 - calendar.timegm(time.strptime(iso[:19], "%Y-%m-%dT%H:%M:%S"))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return ""


def size(count: int) -> str:
    """A number of bytes as people say it."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
