"""A table as lines of text, as wide as its first rows need: it is shown while the rest of the rows still arrives."""

import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate, chain, islice, zip_longest
from typing import Final

FIRST_ROWS: Final = 100
LEAST: Final = 8  # no column is made narrower than this to fit in
GAP: Final = "  "

Cells = Sequence[str]


def complete(titles: Cells, rows: Iterator[Cells]) -> Iterator[str]:
    """Yield each row on one line, no cell cut, whatever its length: for pipes."""
    head = list(islice(rows, FIRST_ROWS))
    widths = _needed(titles, head)
    for row in chain([titles], head, rows):
        yield _line(row, widths)


def drawn(
    titles: Cells,
    rows: Iterator[Cells],
    *,
    room: int,
    whole: Collection[int],
    emphasis: Callable[[str], str] = str,
    marks: tuple[str, str] = ("─", "…"),
) -> Iterator[str]:
    """Yield the lines of a table that fits into a terminal `room` columns wide.

    Where there is too little room the columns in `whole` are folded; the others are cut, which the second of the
    `marks` tells. The first draws the line below the titles.
    """
    rule, cut = marks
    head = list(islice(rows, FIRST_ROWS))
    widths = _fitting(_needed(titles, head), room, titles, whole)

    def lines(row: Cells) -> Iterator[str]:
        cells = [
            _folded(cell, width) if column in whole else [_cut(cell, width, cut)]
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return (_line(parts, widths) for parts in zip_longest(*cells, fillvalue=""))

    yield from map(emphasis, lines(titles))
    yield rule * (sum(widths) + len(GAP) * (len(widths) - 1))
    for row in chain(head, rows):
        yield from lines(row)


def _needed(titles: Cells, rows: Sequence[Cells]) -> list[int]:
    return [max(map(_width, column)) for column in zip(titles, *rows, strict=True)]


def _fitting(widths: Sequence[int], room: int, titles: Cells, whole: Collection[int]) -> list[int]:
    """Narrow the widest columns until all fit, if need be below their titles; what is folded keeps twice as much."""
    fitted = list(widths)
    for least in ([max(LEAST, _width(title)) for title in titles], [LEAST] * len(titles)):
        while sum(fitted) + len(GAP) * (len(fitted) - 1) > room:
            narrower = [column for column, width in enumerate(fitted) if width > least[column]]
            if not narrower:
                break
            fitted[max(narrower, key=lambda column: fitted[column] * (1 if column in whole else 2))] -= 1
    return fitted


def _line(cells: Cells, widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()


def _cut(text: str, width: int, mark: str) -> str:
    return text if _width(text) <= width else text[: _fits(text, width - 1)] + mark


def _folded(text: str, width: int) -> list[str]:
    """A text on as many lines as it needs, a list between its items if they are not too long."""
    lines = []
    while (end := _fits(text, width)) < len(text):
        end = text.rfind(", ", 0, end) + 2 if ", " in text[:end] else end
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
