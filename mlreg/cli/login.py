"""`mlreg login URL`: register a tracker the shortest way."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from mlreg.cli import sign_in, views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Replace, session
from mlreg.core import trackers
from mlreg.core.addresses import is_loopback
from mlreg.core.errors import Usage
from mlreg.core.types import Tracker

app = noun("Log in to a tracking server.")


@verb(app, "login", writes=True)
def login(
    ctx: typer.Context,
    uri: Annotated[str, typer.Argument(metavar="URL", help="The server's address.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The tracker's name; else the host's.")
    ] = None,
    replace: Replace = False,
) -> None:
    """Log in to a tracking server, as `tracker register NAME URL` does.

    Examples:
      mlreg login https://mlflow.example.com
    """
    here = session(ctx)
    host = urlsplit(uri).hostname
    if not host:
        raise Usage(f"'{uri}' is no address of a server", hint="mlreg login https://mlflow.example.com")
    tracker = Tracker(name=name or ("local" if is_loopback(uri) else host.partition(".")[0]), tracking_uri=uri)
    tracker = sign_in.complete(here, tracker, from_env=False)
    outcome = here.runtime.change(
        lambda known: trackers.register(known, tracker, replace=replace, machine=here.runtime.machine)
    )
    active = here.runtime.components.active_stack == tracker.name
    here.out.result(views.tracker(tracker, active=active), tracker.name, outcome)
