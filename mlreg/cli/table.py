"""A table as lines of text, as wide as its first rows need: it is shown while the rest of the rows still arrives."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, chain, islice, zip_longest
from typing import Final

from mlreg.cli.text import clean

FIRST_ROWS: Final = 100
LEAST: Final = 8  # no column is made narrower than this to fit in, or, where it may be cut, than half of it
GAP: Final = "  "
# What is never cut: names, and why something failed.
WHOLE: Final = ("name", "version", "tracker", "secret", "stack", "ref", "condition", "detail")

Cells = Sequence[str]


def complete(fields: Cells, rows: Iterator[Cells]) -> Iterator[str]:
    """Yield the titles and each row on one line, no cell cut, whatever its length: for pipes."""
    titles, head = _titles(fields), list(islice(rows, FIRST_ROWS))
    widths = _needed(titles, head)
    for row in chain([titles], head, rows):
        yield _line(row, widths)


def drawn(
    fields: Cells,
    rows: Iterator[Cells],
    *,
    room: int,
    emphasis: Callable[[str], str] = str,
    marks: tuple[str, str] = ("─", "…"),
) -> Iterator[str]:
    """Yield the lines of a table that fits into a terminal `room` columns wide.

    Where there is too little room, what must be whole and what a server has named is folded; other columns are cut,
    which the second of the `marks` tells. The first draws the line below the titles.
    """
    rule, cut = marks
    titles, head = _titles(fields), list(islice(rows, FIRST_ROWS))
    folds = [field in WHOLE or not _is_own(field) for field in fields]
    widths = _fitting(_needed(titles, head), room, titles, folds)

    def lines(row: Cells) -> Iterator[str]:
        cells = [
            _folded(cell, width) if fold else [_cut(cell, width, cut)]
            for cell, width, fold in zip(row, widths, folds, strict=True)
        ]
        return (_line(parts, widths) for parts in zip_longest(*cells, fillvalue=""))

    yield from map(emphasis, lines(titles))
    yield rule * (sum(widths) + len(GAP) * (len(widths) - 1))
    for row in chain(head, rows):
        yield from lines(row)


def _titles(fields: Cells) -> list[str]:
    """Fields in capitals; what a server has named is spelled as it is."""
    return [field.upper() if _is_own(field) else clean(field) for field in fields]


def _is_own(field: str) -> bool:
    """Tell a field of mlreg's from an alias, a stage, a metric."""
    return field.isidentifier() and field.islower()


def _needed(titles: Cells, rows: Sequence[Cells]) -> list[int]:
    return [max(map(_width, column)) for column in zip(titles, *rows, strict=True)]


def _fitting(widths: Sequence[int], room: int, titles: Cells, folds: Sequence[bool]) -> list[int]:
    """Narrow the widest columns until all fit, if need be below their titles; what is folded keeps twice as much."""
    fitted = list(widths)
    share = [1 if fold else 2 for fold in folds]
    at_first = [max(2 * LEAST // part, _width(title)) for part, title in zip(share, titles, strict=True)]
    for least in at_first, [LEAST] * len(widths), [LEAST // part for part in share]:
        while sum(fitted) + len(GAP) * (len(fitted) - 1) > room:
            narrower = [column for column, width in enumerate(fitted) if width > least[column]]
            if not narrower:
                break
            fitted[max(narrower, key=lambda column: fitted[column] * share[column])] -= 1
    return fitted


def _line(cells: Cells, widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()


def _cut(text: str, width: int, mark: str) -> str:
    return text if _width(text) <= width else text[: _fits(text, width - 1)] + mark


def _folded(text: str, width: int) -> list[str]:
    """A text on as many lines as it needs, a list broken between its items, a sentence between its words."""
    lines = []
    while (end := _fits(text, width)) < len(text):
        item, word = text.rfind(", ", 0, end) + 2, text.rfind(" ", 0, end) + 1
        end = item if 2 * item > end else word or end
        lines.append(text[:end])
        text = text[end:]
    return [*lines, text]


def _fits(text: str, width: int) -> int:
    """How many characters have room: one at least."""
    if text.isascii():
        return width
    taken = accumulate(map(_width, text))
    return max(1, sum(1 for so_far in taken if so_far <= width))


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: none for a combining mark, two for what East Asia writes wide."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
