"""What a stream can show: colours, letters beyond ASCII, so many columns and lines."""

import shutil
from collections.abc import Mapping
from typing import TextIO

from mlreg.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """A terminal, or what stands in for one."""

    columns: int
    lines: int
    color: bool
    unicode: bool


def look(stream: TextIO, *, color: bool) -> Screen:
    """Ask what a stream can show; COLUMNS and LINES count before the terminal's own answer."""
    size = shutil.get_terminal_size()
    return Screen(size.columns, size.lines, color, "utf" in stream.encoding.lower())


def colored(stream: TextIO, when: str, environ: Mapping[str, str]) -> bool:
    """--color, then NO_COLOR, then FORCE_COLOR or CLICOLOR_FORCE, then whether a terminal reads."""
    if when != "auto":
        return when == "always"
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    if environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE"):
        return True
    return stream.isatty()
