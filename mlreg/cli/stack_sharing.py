"""`mlreg stack export | import`: one YAML file that brings a stack to another machine, without its secrets."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mlreg.cli.options import Replace, session
from mlreg.core import sharing
from mlreg.core.entries import read_components
from mlreg.core.errors import AlreadyExists, Failed, Usage
from mlreg.core.types import Components, Outcome


def export_stack(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The stack's name; the active one if not given.")
    ] = None,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write it; else to stdout.")] = None,
    replace: Replace = False,
) -> None:
    """Write a stack with its trackers as YAML, placeholders and all.

    Examples:
      mlreg stack export prod prod.yaml
      mlreg stack export prod
    """
    here = session(ctx)
    known = here.runtime.store.read()
    stack = name or here.runtime.target().stack.name
    exported = sharing.export(known, stack)
    if file is None or str(file) == "-":
        if here.out.format == "table":
            here.out.format = "yaml"
        here.out.one(exported.data, lambda _: stack)
        for note in exported.left_out:
            here.out.warn(note)
        return
    if not here.out.dry_run:
        _write(file, here.runtime.shared_text(exported.data), replace)
    done = Outcome(said=f"exported stack {stack} to {file}", notes=exported.left_out)
    here.out.result({"name": stack, "file": str(file)}, stack, done)


def import_stack(
    ctx: typer.Context,
    name_or_file: Annotated[str | None, typer.Argument(metavar="FILE", help="The file, - for standard input.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The file, if the argument is a new name.")
    ] = None,
    on_conflict: Annotated[
        str, typer.Option(metavar="WHAT", help="With what is here already: fail, skip, replace or rename.")
    ] = "fail",
) -> None:
    """Bring in a stack and its trackers from a file, all or nothing.

    Examples:
      mlreg stack import prod.yaml
      mlreg stack import prod.yaml --on-conflict rename
    """
    here = session(ctx)
    where = file or name_or_file
    if where is None:
        raise Usage("which file is not said", hint="mlreg stack import FILE, or - for standard input")
    read = read_components(here.runtime.shared_data(_text(where), where), where)
    incoming = sharing.only_stack(read, where, name_or_file if file else None)
    settled: list[str] = []

    def decide(known: Components) -> sharing.Decision:
        name, edit, outcome = sharing.bring_in(known, incoming, on_conflict=on_conflict, machine=here.runtime.machine)
        settled[:] = [name]
        return edit, outcome

    outcome = here.runtime.change(decide)
    here.out.result({"name": settled[0], "changed": outcome.changed}, settled[0], outcome)


def _text(where: str) -> str:
    try:
        return sys.stdin.read() if where == "-" else Path(where).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Usage(f"there is no file {where}", hint="mlreg stack import FILE, or - for standard input") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{where} cannot be read", cause=getattr(error, "strerror", None) or "it is not UTF-8") from None


def _write(file: Path, text: str, replace: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL)
    try:
        with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise AlreadyExists(f"{file} exists", hint="to write over it, add --replace") from None
    except OSError as error:
        raise Failed(f"{file} cannot be written", cause=error.strerror) from None
