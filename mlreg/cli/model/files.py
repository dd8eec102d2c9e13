"""`mlreg model download | verify`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.model.bulk import JOBS, Jobs
from mlreg.cli.options import session
from mlreg.core.models import download as downloads
from mlreg.core.models import verify as checks
from mlreg.core.references import parse_ref

Ref = Annotated[str, typer.Argument(metavar="REF", help="One version: churn/7, churn@champion.")]
Directory = Annotated[str, typer.Argument(metavar="DIR", help="A directory on this machine.")]


def download(ctx: typer.Context, ref: Ref, directory: Directory, jobs: Jobs = JOBS) -> None:
    """Download a version's files to a new directory.

    The directory is there when all of it is; what was broken off is taken up again by the same command.

    Examples:
      mlreg model download churn@champion ./champion
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    with here.out.meter(of_bytes=True) as meter:
        done = downloads.download(here.runtime.means(wanted, meter, jobs), wanted, directory)
    here.out.result(views.downloaded(done), done.path, done.outcome)


def verify(ctx: typer.Context, ref: Ref, directory: Directory, jobs: Jobs = JOBS) -> None:
    """Compare a directory with a version's files, byte for byte.

    Exits with 0 when they are the same, 8 when they differ, 9 when it cannot be told.

    Examples:
      mlreg model verify churn@champion ./champion
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    with here.out.meter(of_bytes=True) as meter:
        found = checks.verify(here.runtime.means(wanted, meter, jobs), wanted, directory)
    for note in found.notes:
        here.out.warn(note)
    here.out.many(map(views.compared, found.files), views.COMPARED_COLUMNS, lambda row: str(row["path"]), "no files")
    here.out.say(f"{found.ref} and {directory}: {checks.summary(found)}")
    raise typer.Exit(found.exit)
