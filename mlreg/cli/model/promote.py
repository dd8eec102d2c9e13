"""`mlreg model promote`."""

import time
from typing import Annotated

import typer

from mlreg.cli import ci, views
from mlreg.cli.options import Comment, Dotenv, session
from mlreg.cli.session import Session
from mlreg.core.gates import parse
from mlreg.core.models import promote as promotion
from mlreg.core.models.promote import Promoted, Terms
from mlreg.core.references import parse_ref

Expect = Annotated[
    int | None, typer.Option("--expect-current", metavar="N", help="Refuse unless N is the holder now.", min=1)
]


def promote(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The version: churn/7, churn@challenger.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="An alias (@champion) or a stage (Production).")],
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require",
            metavar="EXPR",
            help="A condition; may be repeated. See: mlreg help gates",
            callback=lambda given: _readable(given),
        ),
    ] = None,
    expect_current: Expect = None,
    allow_first: Annotated[
        bool, typer.Option("--allow-first", help="TARGET may have no holder yet; conditions on it are met.")
    ] = False,
    keep_existing: Annotated[
        bool, typer.Option("--keep-existing", help="Leave the versions that are in the stage now.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Move in spite of what the gates say; it is recorded.")
    ] = False,
    comment: Comment = None,
    dotenv: Dotenv = None,
) -> None:
    """Let a version take over an alias or a stage, if its gates allow.

    Exits with 8 when a condition is false, 9 when one cannot be told, 7 when the holder is not the expected one:
    nothing has moved then. --dry-run evaluates everything and exits the same way. MLflow has no compare-and-set: the
    holder is read just before the move and after it, which narrows the race of two movers and does not close it.

    Examples:
      mlreg model promote churn/7 @champion --require 'metrics.auc >= holder.metrics.auc + 0.005'
      mlreg model promote churn/7 Production --require 'metrics.auc >= 0.85' --comment "better on the data of May"
      mlreg model promote churn@challenger @champion --expect-current 6 --dry-run
    """
    here = session(ctx)
    wanted, pointer = parse_ref(ref), promotion.read_target(target)
    terms = Terms(
        conditions=promotion.conditions(require or (), pointer, here.runtime.components),
        allow_first=allow_first,
        force=force,
        expect=expect_current,
        keep_existing=keep_existing,
    )
    custody = here.runtime.custody(wanted, comment)
    with here.out.meter() as meter:
        done = promotion.promote(here.runtime.means(wanted, meter, 1), wanted, pointer, terms, custody, _now_ms)
    ci.report(here, _report(done), dotenv)
    _show(here, done)


def _readable(given: list[str] | None) -> list[str] | None:
    """Read conditions before arguments are counted: of an unquoted > a shell leaves one too many."""
    for text in given or ():
        parse(text)
    return given


def _report(done: Promoted) -> ci.Report:
    return ci.Report(
        title=done.outcome.said,
        name=done.name,
        version=done.version,
        previous=done.previous,
        changed=done.outcome.changed,
        refused=done.exit != 0,
        columns=("condition", "verdict"),
        rows=[(str(result), result.verdict.value) for result in done.results],
    )


def _show(here: Session, done: Promoted) -> None:
    """The result, and on a refusal what each gate says of it."""
    if done.exit == 0:
        for result in done.results:
            here.out.say(f"{result.verdict.value}: {result}")
        here.out.result(views.promoted(done), f"{done.name}/{done.version}", done.outcome)
        return
    if here.out.format == "table" and not here.out.fields:
        here.out.many(map(views.gate, done.results), views.GATE_COLUMNS, lambda row: str(row["condition"]), "")
    else:
        here.out.one(views.promoted(done), lambda _: f"{done.name}/{done.version}")
    here.out.warn(done.outcome.said)
    raise typer.Exit(done.exit)


def _now_ms() -> int:
    return int(time.time() * 1000)
