"""Tables in GitHub's Markdown, in which no text of a server is markup, begins a line, or calls a person."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mlreg.cli.text import clean

_MARKUP: Final = r"[\\`*_{}\[\]<>#|~!&$]"
_MENTION: Final = r"(?<![\w/])@(?=\w)"  # whoever is called `champion` need not hear of every promotion


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, each as its row arrives."""
    yield line(titles)
    yield "|" + " --- |" * len(titles)
    yield from map(line, rows)


def line(cells: Sequence[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(map(escaped, cells))} |"


def escaped(text: str) -> str:
    """Return the text as Markdown that shows it as it is, on one line."""
    shown = re.sub(_MARKUP, lambda mark: f"\\{mark[0]}", clean(text))
    return re.sub(_MENTION, "@<!-- -->", shown)
