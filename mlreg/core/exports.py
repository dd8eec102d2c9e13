"""Variables as text that a shell or a dotenv reader takes in: values are data, and nothing in them is evaluated."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from mlreg.core.errors import Usage

Changes = Mapping[str, str | None]


def posix(changes: Changes) -> str:
    """Lines for bash, zsh and every other POSIX shell."""

    def line(name: str, value: str | None) -> str:
        return f"unset {name};" if value is None else f"export {name}={_in_quotes(value)};"

    return _lines(changes, line)


def fish(changes: Changes) -> str:
    """Lines for fish."""

    def line(name: str, value: str | None) -> str:
        return f"set -e {name};" if value is None else f"set -gx {name} '{_escaped(value)}';"

    return _lines(changes, line)


def dotenv(changes: Changes) -> str:
    """Lines of a dotenv file, which cannot take a variable away. Raises Usage for what readers would expand."""
    given = {name: value for name, value in changes.items() if value is not None}
    for name, value in given.items():
        if "${" in value:
            raise Usage(
                f"the value of {name} cannot stand in a dotenv file",
                cause="it has ${ in it, which readers expand whatever the quotes",
                hint="another --shell, or: mlreg run -- COMMAND",
            )
    return _lines(given, lambda name, value: f"{name}='{_escaped(value or '')}'")


def as_json(changes: Changes) -> str:
    """One JSON object; null for a variable that must not be there."""
    return json.dumps(changes, indent=2) + "\n"


FORMS: Final[Mapping[str, Callable[[Changes], str]]] = {
    "bash": posix,
    "fish": fish,
    "dotenv": dotenv,
    "json": as_json,
}


def form_of(shell_path: str) -> str:
    """The form for the shell at a path, such as SHELL has: fish has its own, every other takes POSIX's."""
    return "fish" if shell_path.rpartition("/")[2] == "fish" else "bash"


def _lines(changes: Changes, line: Callable[[str, str | None], str]) -> str:
    """What must go comes first."""
    ordered = sorted(changes.items(), key=lambda change: (change[1] is not None, change[0]))
    return "".join(f"{line(name, value)}\n" for name, value in ordered)


def _in_quotes(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
