"""`mlreg login URL`: register a tracker the shortest way."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from mlreg.cli import sign_in
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Replace, session
from mlreg.core.addresses import is_loopback, reads_as_host
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
    named = name or _name_of(uri)
    sign_in.register(here, Tracker(name=named, tracking_uri=uri), replace=replace)


def _name_of(uri: str) -> str:
    """A tracker's name out of its address: the host's first word."""
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        host = None
    if not host:
        address = f"https://{uri}" if reads_as_host(uri) else "https://mlflow.example.com"
        raise Usage("that is no address of a server", hint=f"mlreg login {address}")
    return "local" if is_loopback(uri) else host.partition(".")[0]
