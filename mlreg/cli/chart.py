"""Curves as pictures: in the terminal with plotext, in a file with matplotlib. Both are loaded to draw, not before."""

import math
import warnings
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final

from mlreg.cli.screen import Screen
from mlreg.cli.text import clean
from mlreg.core.errors import Failed, Unsupported, Usage
from mlreg.core.records import dataclass

PICTURES: Final = (".png", ".svg")
COLORS: Final = ("cyan", "magenta", "green", "blue", "orange")
HIGHEST: Final = 24
TICKS: Final = 12
SIDE_TICKS: Final = 4
INFINITE: Final = 1e300  # MLflow's databases keep the largest float for an infinity

XY = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points; `marked` are those that stand out, and `label` is written at its end."""

    label: str
    points: Sequence[XY]
    marked: Sequence[XY] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves, and what goes right and up."""

    title: str
    x: str
    curves: Sequence[Curve]

    @property
    def left_out(self) -> int:
        """How many points have no place on a chart."""
        return sum(len(each.points) - len(_finite(each.points)) for each in self.curves)

    @property
    def drawable(self) -> "Chart":
        """The same without what has no place on a chart: NaN and infinities, and curves of nothing else."""
        curves = [Curve(each.label, _finite(each.points), _finite(each.marked)) for each in self.curves]
        return Chart(self.title, self.x, [curve for curve in curves if curve.points])


def check_path(path: str) -> None:
    """Raise Usage for a file that is no picture, and Unsupported where nothing can draw one."""
    if PurePath(path).suffix.lower() not in PICTURES:
        raise Usage(f"'{path}' is no picture", cause=f"mlreg draws {' and '.join(PICTURES)}", hint="--save auc.png")
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise Unsupported("drawing to a file needs matplotlib", hint="pip install matplotlib")


def drawn(chart: Chart, screen: Screen) -> str:
    """The chart as lines of text that fit on a screen."""
    import plotext

    chart = chart.drawable
    if not chart.curves:
        return ""
    figure: Any = plotext
    figure.clear_figure()
    figure.theme("clear")
    figure.limit_size(False, False)
    figure.plot_size(screen.columns, max(8, min(screen.lines - 4, HIGHEST)))
    for number, curve in enumerate(chart.curves):
        _draw(figure, curve, screen, COLORS[number % len(COLORS)])
    _set_ticks(figure, [point for curve in chart.curves for point in curve.points])
    figure.title(clean(chart.title))
    figure.xlabel(clean(chart.x))
    figure.frame(screen.unicode)
    text: str = figure.build()
    shown = text if screen.color else figure.uncolorize(text)
    return "\n".join(line.rstrip() for line in shown.rstrip().split("\n")) + "\n"


def save(chart: Chart, path: str) -> None:
    """Draw the chart to a file, which is replaced; raises Failed where it cannot be written. No display is needed."""
    from matplotlib.figure import Figure

    chart = chart.drawable
    figure: Any = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for curve in chart.curves:
        (line,) = axes.plot(*zip(*curve.points, strict=True), marker="." if len(curve.points) < 50 else None)
        line.set_label(clean(curve.label))
        if curve.marked:
            axes.plot(*zip(*curve.marked, strict=True), "o", color="tab:orange", markersize=9)
    axes.set_title(clean(chart.title), parse_math=False)
    axes.set_xlabel(clean(chart.x), parse_math=False)
    axes.xaxis.get_major_locator().set_params(integer=True)
    if len(chart.curves) > 1:
        for text in axes.legend().get_texts():
            text.set_parse_math(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that the font does not have
        try:
            figure.savefig(path, metadata={"Date": None} if path.lower().endswith(".svg") else None)
        except OSError as error:
            raise Failed(f"cannot write {path}", cause=error.strerror) from error


def _draw(figure: Any, curve: Curve, screen: Screen, color: str) -> None:
    xs, ys = zip(*curve.points, strict=True)
    line, dot, mark = ("braille", "•", "●") if screen.unicode else (".", "+", "O")
    figure.plot(xs, ys, marker=line, color=color)
    if len(xs) <= TICKS * 2:
        figure.scatter(xs, ys, marker=dot, color=color)
    if curve.marked:
        figure.scatter(*zip(*curve.marked, strict=True), marker=mark, color="orange")
    if curve.label:
        figure.text(clean(curve.label), xs[-1], ys[-1], alignment="right", color=color)


def _set_ticks(figure: Any, points: Sequence[XY]) -> None:
    """Whole numbers below, round ones if there are many; at the side a few values, written as briefly as can be."""
    xs, ys = zip(*points, strict=True)
    first, last = min(xs), max(xs)
    least = max(1, (last - first) / TICKS)
    power: int = 10 ** int(math.log10(least))
    step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least)
    below = range(-(-first // step) * step, last + 1, step)
    figure.xticks(below, [str(tick) for tick in below])
    apart = (max(ys) - min(ys)) / SIDE_TICKS
    side = sorted({min(ys) + apart * part for part in range(SIDE_TICKS + 1)})
    written = ([f"{tick:.{digits}g}" for tick in side] for digits in (4, 8, 17))
    figure.yticks(side, next(texts for texts in written if len({*texts}) == len(side)))


def _finite(points: Sequence[XY]) -> list[XY]:
    return [(x, y) for x, y in points if math.isfinite(y) and abs(y) < INFINITE]
