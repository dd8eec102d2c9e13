"""`mlreg model compare`."""

from functools import partial
from typing import Annotated

import typer

from mlreg.cli import ci, side_by_side
from mlreg.cli.options import names, session
from mlreg.cli.progress import NoMeter
from mlreg.core.models.compare import Comparison, Wanted, check_kinds, ways
from mlreg.core.models.compare import compare as compare_versions
from mlreg.core.parallel import JOBS
from mlreg.core.references import parse_ref


def compare(
    ctx: typer.Context,
    refs: Annotated[
        list[str], typer.Argument(metavar="REF...", help="Versions, the first to compare with: churn@champion churn/7.")
    ],
    everything: Annotated[bool, typer.Option("--all", help="Show also what is the same.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="KIND", help="Compare this alone, such as metrics; may be repeated."),
    ] = None,
    maximize: Annotated[
        str | None, typer.Option("--maximize", metavar="A,B", help="Metrics of which more is better.")
    ] = None,
    minimize: Annotated[
        str | None, typer.Option("--minimize", metavar="A,B", help="Metrics of which less is better.")
    ] = None,
) -> None:
    """Compare versions: their metrics, parameters, tags, files, ...

    Shown is what differs from the first version: stage and aliases, source run, metrics (by how much), parameters,
    tags, the columns of the signature, flavors, size and files. Which way of a metric is better mlreg only says when
    told. What cannot be read is `unknown`, with a warning that says why. Where a run and its logged model disagree,
    the model's values are shown as model_metrics and model_params. The exit code is 0 whether or not they differ.

    Examples:
      mlreg model compare churn@champion churn@challenger
      mlreg model compare churn/6 churn/7 churn/8 --only metrics --maximize auc,f1 --minimize loss
      mlreg model compare prod::churn@champion staging::churn/latest -o markdown
    """
    here = session(ctx)
    wanted = Wanted(
        kinds=check_kinds(only or ()),
        all=everything,
        ways=ways(names("--maximize", maximize), names("--minimize", minimize)),
    )
    runtime, parsed = here.runtime, [*map(parse_ref, refs)]
    found = compare_versions(parsed, partial(runtime.means, meter=NoMeter(), jobs=JOBS), runtime.read_mlmodel, wanted)
    for note in found.notes:
        here.out.warn(note)
    ci.report(here, _report(found))
    if here.out.format in ("json", "yaml"):
        stacks = [runtime.target(ref.stack).stack.name for ref in parsed]
        here.out.one(side_by_side.fields(found, stacks), str)
        return
    if here.out.format in ("csv", "tsv"):
        rows = side_by_side.columns(found)
    else:
        rows = side_by_side.cells(found, here.out.screen() if here.out.drawn else None)
    shown = ("name", *side_by_side.titles(found.sides))
    here.out.many(rows, shown, lambda row: str(row["name"]), "no differences")
    if found.same:
        here.out.say(f"{found.same} more {'is' if found.same == 1 else 'are'} the same: --all shows them")


def _report(found: Comparison) -> ci.Report:
    """The last version is what a CI job asks about, the first what it is compared with."""
    titles = side_by_side.titles(found.sides)
    base, last = found.sides[0].version, found.sides[-1].version
    return ci.Report(
        title=f"{', '.join(titles[1:])} compared with {titles[0]}",
        name=last.name,
        version=last.number,
        previous=base.number if base.name == last.name else None,
        changed=False,
        columns=("name", *titles),
        rows=[[*row.values()] for row in side_by_side.cells(found)],
    )
