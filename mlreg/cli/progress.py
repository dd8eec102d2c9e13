"""A progress bar on stderr, for whoever looks at a terminal; nobody else sees anything of it."""

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
        self.open = ""

    def expect(self, total: int, what: str) -> None:
        self._progress.reset(self._task, total=total, description=what)

    def add(self, amount: int) -> None:
        self._progress.advance(self._task, amount)

    def above(self, text: str) -> None:
        """Show text above the bar as it is, line by line; a last one that has not ended waits."""
        lines, newline, self.open = (self.open + text).rpartition("\n")
        if newline:
            self._progress.console.out(lines, highlight=False)


@contextmanager
def bar(*, of_bytes: bool, color: bool) -> Iterator[Bar]:
    """Draw a bar while the block runs, and take it away at its end. Nothing else may write on this terminal then."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=not color, highlight=False)
    counted = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), counted, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        yield Bar(progress)
