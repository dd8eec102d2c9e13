"""`mlreg model plot`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from mlreg.cli import chart, views
from mlreg.cli.chart import Chart, Curve
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.cli.text import Record, timestamp
from mlreg.core.errors import Usage
from mlreg.core.models.curves import Course, Point, over_steps, over_versions
from mlreg.core.models.holders import UNASKED
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import Outcome


@dataclass(frozen=True, slots=True)
class Plotted:
    """A chart, the values in it as rows with these columns, and the rows that are listed below the chart."""

    chart: Chart
    rows: Sequence[Record]
    columns: Sequence[str]
    below: Sequence[Record]


def plot(
    ctx: typer.Context,
    refs: Annotated[
        list[str], typer.Argument(metavar="REF...", help="A model; with --steps also versions: churn/6 churn@champion.")
    ],
    metric: Annotated[str, typer.Option("--metric", metavar="METRIC", help="What the runs have logged: auc.")],
    steps: Annotated[
        bool, typer.Option("--steps", help="Over the steps of runs: the named versions', or the newest five's.")
    ] = False,
    save: Annotated[
        str | None, typer.Option("--save", metavar="FILE", help="Draw to this .png or .svg; needs matplotlib.")
    ] = None,
) -> None:
    """Plot a metric over the versions of a model.

    On a terminal it is drawn, and who holds an alias or a stage is marked and listed below. In a pipe, and in the
    formats for programs, the values themselves are shown.

    Examples:
      mlreg model plot churn --metric auc
      mlreg model plot churn@champion churn@challenger --metric loss --steps
      mlreg model plot churn --metric auc --save auc.png
    """
    here = session(ctx)
    if save is not None:
        chart.check_path(save)
    plotted = (_over_steps if steps else _over_versions)(here, [*map(parse_ref, refs)], metric)
    drawn = here.out.drawn and not here.out.fields
    if (save or drawn) and plotted.chart.left_out:
        here.out.warn(f"{plotted.chart.left_out} values are NaN or infinite, and are not drawn")
    if save is not None and plotted.rows:
        chart.save(plotted.chart, save)
        record = {"path": save, "metric": metric, "values": len(plotted.rows)}
        here.out.result(record, save, Outcome(said=f"drew '{metric}' to {save}"))
    elif drawn and plotted.rows:
        here.out.text(chart.drawn(plotted.chart, here.out.screen()))
        if plotted.below:
            here.out.many(plotted.below, [*plotted.below[0]], views.name_of, "")
    else:
        empty = "no versions yet: mlreg model register NAME SOURCE"
        here.out.many(plotted.rows, plotted.columns, views.ref_of, empty)


def _over_versions(here: Session, refs: Sequence[ModelRef], metric: str) -> Plotted:
    """The metric over the versions of one model; those that are held are marked, but not the archived ones."""
    if len(refs) > 1 or refs[0].selector is not None:
        hint = f"mlreg model plot {quoted(refs[0].name)} --metric {quoted(metric)}, or add --steps"
        raise Usage("over versions, one model is plotted", hint=hint)
    points = over_versions(here.runtime.registry(refs[0]), here.runtime.tracking(refs[0]), refs[0], metric)
    if unknown := [str(point.version.number) for point in points if point.state == "unknown"]:
        here.out.warn(f"the runs of versions {', '.join(unknown)} are not there (any more)")
    held = [point for point in points if {*point.holders} - UNASKED]
    curve = Curve("", _xy(points), _xy(held))
    return Plotted(
        chart=Chart(f"{metric} of {refs[0].name}", "version", [curve]),
        rows=[*map(_point, points)],
        columns=("name", "version", "value", "holders"),
        below=[
            {"name": point.version.ref, "value": _value(point), "holders": point.holders} for point in reversed(held)
        ],
    )


def _over_steps(here: Session, refs: Sequence[ModelRef], metric: str) -> Plotted:
    """The metric over the steps of runs, a curve for each version."""
    runtime = here.runtime
    courses, notes = over_steps(lambda ref: (runtime.registry(ref), runtime.tracking(ref)), refs, metric)
    for note in notes:
        here.out.warn(note)
    alone = len({(course.stack, course.version.name) for course in courses}) == 1
    curves = [
        Curve(
            str(course.version.number) if alone else course.label, [(each.step, each.value) for each in course.measured]
        )
        for course in courses
    ]
    of = f" of {courses[0].version.name}" if alone else ""
    return Plotted(
        chart=Chart(f"{metric}{of}", "step", curves),
        rows=[row for course in courses for row in _steps(course, runtime.target(course.stack).stack.name)],
        columns=("name", "version", "step", "value"),
        below=[_end(course) for course in courses],
    )


def _point(point: Point) -> Record:
    """A version's value."""
    name, number = point.version.name, point.version.number
    return {"name": name, "version": number, "value": _value(point), "holders": point.holders}


def _steps(course: Course, stack: str) -> list[Record]:
    """A version's values, step by step."""
    version = course.version
    about = {"stack": stack, "name": version.name, "version": version.number, "run_id": version.run_id}
    return [
        {**about, "step": each.step, "value": views.number(each.value), "logged_at": timestamp(each.time)}
        for each in course.measured
    ]


def _end(course: Course) -> Record:
    """Where a curve ends."""
    last = course.measured[-1] if course.measured else None
    value = views.number(last.value) if last else None
    return {"name": course.label, "steps": len(course.measured), "value": value, "holders": course.holders}


def _value(point: Point) -> float | str | None:
    if point.value is not None:
        return views.number(point.value)
    return "unknown" if point.state == "unknown" else None


def _xy(points: Sequence[Point]) -> list[chart.XY]:
    return [(point.version.number, point.value) for point in points if point.value is not None]
