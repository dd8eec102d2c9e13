"""Versions side by side: a comparison as fields, as columns for spreadsheets, and as cells, on a terminal with bars."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from mlreg.cli import views
from mlreg.cli.screen import Screen
from mlreg.cli.text import Record
from mlreg.core.models.bulk import shown
from mlreg.core.models.compare import Comparison, Row
from mlreg.core.models.sides import Side, Unknown, Value

UNKNOWN: Final = "unknown"
NOTHING: Final = "-"
LONGEST_BAR: Final = 10
SHORTEST_BAR: Final = 4
LONGEST_TEXT: Final = 200  # of a text on a terminal
_EIGHTHS: Final = "▏▎▍▌▋▊▉█"
_MEASURED: Final = ("metrics", "model_metrics", "size")


def fields(item: Comparison, stacks: Sequence[str]) -> Record:
    """A comparison as data: the versions, and for each row a value, a difference and a verdict of each of them."""
    references = [
        {"reference": shown(side.ref), "stack": stack, "name": side.version.name, "version": side.version.number}
        for side, stack in zip(item.sides, stacks, strict=True)
    ]
    return {"references": references, "rows": [_row(row) for row in item.rows], "notes": list(item.notes)}


def columns(item: Comparison) -> Iterator[Record]:
    """Each row as a record of numbers and texts, for spreadsheets."""
    heads = titles(item.sides)
    for row in item.rows:
        values = dict(zip(heads, map(_plain, row.values), strict=True))
        minus_base = [f"{head} - {heads[0]}" for head in heads[1:]]
        deltas = dict(zip(minus_base, map(_float, row.deltas[1:]), strict=True))
        yield {"kind": row.kind, "key": row.key, **values, **deltas}


def cells(item: Comparison, screen: Screen | None = None) -> Iterator[Record]:
    """Each row as cells to be read; for whoever looks at a screen numbers are rounded, and drawn as bars."""
    heads = titles(item.sides)
    written = [[_cell(row, place, screen is not None) for place in range(len(heads))] for row in item.rows]
    bars = _bars(item.rows, [heads, *written], screen) if screen else {}
    for number, (row, texts) in enumerate(zip(item.rows, written, strict=True)):
        drawn = bars.get(number, texts)
        yield {"name": row.name, **dict(zip(heads, drawn, strict=True))}


def titles(sides: Sequence[Side]) -> list[str]:
    """What the columns are called: a reference as it was typed, and which version it is; each another name."""
    made: list[str] = []
    for side in sides:
        typed, number = shown(side.ref), side.version.number
        fixed = side.ref.selector is not None and side.ref.selector.kind == "version"
        title = typed if fixed else f"{typed} ({number})"
        made.append(title if title not in made else f"{title} #{len(made) + 1}")
    return made


def _row(row: Row) -> Record:
    return {
        "kind": row.kind,
        "key": row.key,
        "values": [*map(_plain, row.values)],
        "delta": [*map(_float, row.deltas)],
        "better": row.better,
        "unknown": [isinstance(value, Unknown) for value in row.values],
    }


def _plain(value: Value) -> str | float | int | None:
    if isinstance(value, Unknown):
        return UNKNOWN
    return views.number(value) if isinstance(value, float) else value


def _float(value: Fraction | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)


def _cell(row: Row, place: int, rounded: bool) -> str:
    value, delta, better = row.values[place], row.deltas[place], row.better[place]
    plain = _plain(value)
    if plain is None:
        return "removed" if row.kind == "files" and row.values[0] is not None else NOTHING
    text = f"{plain:.6g}" if rounded and isinstance(plain, float) else str(plain)
    if rounded and len(text) > LONGEST_TEXT:
        return f"{text[: LONGEST_TEXT - 1]}…"
    if row.kind == "files" and row.values[0] is None:
        return f"{text} (added)"
    if not delta:
        return text
    by = f"{float(delta):+.6g}" if rounded and isinstance(value, float) else f"{_float(delta):+}"
    verdict = {True: ", better", False: ", worse", None: ""}[better]
    return f"{text} ({by}{verdict})"


def _bars(rows: Sequence[Row], table: Sequence[Sequence[str]], screen: Screen) -> dict[int, list[str]]:
    """The cells of what is measured, each with a bar as long as its value is large, if there is room for bars."""
    measured = {number: cells for number, cells in enumerate(table[1:]) if rows[number].kind in _MEASURED}
    if not measured:
        return {}
    widths = _widths([*measured.values()])
    wanted = [max(len(row.name) for row in rows), *_widths(table)]
    longest = _room(wanted, widths, screen.columns)
    return {
        number: [
            f"{text.ljust(width)} {bar}".rstrip()
            for text, width, bar in zip(cells, widths, _drawn(rows[number], longest, screen.unicode), strict=True)
        ]
        for number, cells in measured.items()
    }


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*table, strict=True)]


def _room(needed: Sequence[int], widths: Sequence[int], columns: int) -> int:
    """How long bars can be so that no cell with one is folded, where the table narrows its widest columns first."""
    for length in range(LONGEST_BAR, SHORTEST_BAR - 1, -1):
        barred = [width + 1 + length for width in widths]
        wanted = [needed[0], *map(max, needed[1:], barred)]
        level = max(wanted)
        while sum(min(width, level) for width in wanted) + 2 * len(widths) > columns and level:
            level -= 1
        if level >= max(barred):
            return length
    return 0


def _drawn(row: Row, longest: int, unicode: bool) -> list[str]:
    """A bar for each value of a row, the largest as long as can be."""
    sizes = [abs(value) if isinstance(value, (int, float)) else 0.0 for value in map(_plain, row.values)]
    most = max(sizes)
    return [_bar(size / most * longest if most else 0, unicode) for size in sizes]


def _bar(length: float, unicode: bool) -> str:
    if not unicode:
        return "#" * round(length)
    whole, eighths = divmod(round(length * 8), 8)
    return "█" * whole + (_EIGHTHS[eighths - 1] if eighths else "")
