"""GitHub's log is also a command line: what its runner obeys, kept out of texts, and said on purpose.

The runner obeys a line that begins with `::` after white space, and `##[` anywhere in a line.
"""

import re
from collections.abc import Mapping

# Unicode's marks that compare as nothing: to the runner `:\u00ad:` is `::` too. What `clean` escapes is not here.
_NOTHING = (
    "\u00ad\u034f\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u206a-\u206f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_COMMAND = rf"(?m)^(?:[^\S\n]|[{_NOTHING}])*:(?=[{_NOTHING}]*:)|#(?=[{_NOTHING}]*#[{_NOTHING}]*\[)"
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def is_read(environ: Mapping[str, str]) -> bool:
    """Tell whether GitHub's runner, or one that does as it does, reads what this process writes."""
    return environ.get("GITHUB_ACTIONS") == "true"


def disarm(text: str, escape: str = "\\x") -> str:
    """Return the text with what the runner would obey made visible: `\\x3a:add-mask::`."""
    return re.sub(_COMMAND, lambda found: f"{found[0][:-1]}{escape}{ord(found[0][-1]):02x}", text)


def error(title: str, text: str) -> str:
    """The command that shows an error among the annotations of a job."""
    return f"::error title={_escape(title, _PROPERTY)}::{_escape(text, _DATA)}"


def _escape(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
