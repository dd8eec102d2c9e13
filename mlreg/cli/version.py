"""`mlreg version`: what `--version` says, as data, with what it runs on."""

import platform

import typer

from mlreg import __version__
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session

app = noun("The version of mlreg.")


@verb(app, "version")
def version(ctx: typer.Context) -> None:
    """Show the version of mlreg, and of Python beneath it.

    Examples:
      mlreg version
      mlreg version -o json
    """
    record = {"mlreg": __version__, "python": platform.python_version(), "system": platform.system()}
    session(ctx).out.one(record, lambda shown: str(shown["mlreg"]))
