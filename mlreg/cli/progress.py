"""A progress bar on stderr, for whoever looks at a terminal; nobody else sees anything of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


class NoMeter:
    """Meter that nobody looks at."""

    def expect(self, total: int, what: str) -> None:
        pass

    def add(self, amount: int) -> None:
        pass


class Bar:
    """Meter as rich draws it."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def expect(self, total: int, what: str) -> None:
        self._progress.reset(self._task, total=total, description=what)

    def add(self, amount: int) -> None:
        self._progress.advance(self._task, amount)


@contextmanager
def bar(*, of_bytes: bool, color: bool) -> Iterator[Bar]:
    """Draw a bar while the block runs, and take it away at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=not color, highlight=False)
    counted = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), counted, TimeRemainingColumn())
    # On a terminal, result lines are written above the bar; in a pipe they must not come near it.
    above = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=above) as progress:
        yield Bar(progress)
