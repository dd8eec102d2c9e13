"""`mlreg model rollback | history`."""

from typing import Annotated

import typer

from mlreg.cli import ci, views
from mlreg.cli.options import Comment, Dotenv, Force, session
from mlreg.core.models import history as past
from mlreg.core.models import rollback as rolling
from mlreg.core.references import parse_ref


def rollback(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="NAME@ALIAS", help="The pointer: churn@champion, churn/Production.")],
    to: Annotated[
        int | None, typer.Option("--to", metavar="N", min=1, help="This version, not the one before.")
    ] = None,
    force: Force = False,
    comment: Comment = None,
    dotenv: Dotenv = None,
) -> None:
    """Let an alias or a stage name its former holder again.

    The journal says which that is; a second rollback goes back one more. Where it does not lead there, nothing moves:
    exit 9, with the command that chooses.

    Examples:
      mlreg model rollback churn@champion --comment "errors since 14:00"
      mlreg model rollback churn/Production --to 3
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    with here.out.meter() as meter:
        means = here.runtime.means(wanted, meter, 1)
        done = rolling.roll_back(means, wanted, here.runtime.custody(wanted, comment), to=to, force=force)
    here.out.result(views.rolled_back(done), f"{done.name}/{done.version}", done.outcome)
    report = ci.Report(
        title=done.outcome.said,
        name=done.name,
        version=done.version,
        previous=done.previous,
        changed=done.outcome.changed,
        rows=[("target", done.target)],
    )
    ci.report(here, report, dotenv)


def history(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="NAME", help="A model, or one pointer: churn@champion.")],
) -> None:
    """Show who moved what, when and why, newest first.

    Moves by other tools leave no record: they show as gaps. Times are the movers'; versions have MLflow's.

    Examples:
      mlreg model history churn
      mlreg model history churn@champion -o json
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    events = past.history(here.runtime.registry(wanted), wanted)
    rows = map(views.event, events)
    here.out.many(rows, views.EVENT_COLUMNS, views.event_ref, f"no moves of {wanted} are recorded")
