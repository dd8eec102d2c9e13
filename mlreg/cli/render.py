"""Results, written to stdout in the chosen format; what is said beside them is in voice."""

import contextlib
import itertools
import math
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from mlreg.cli import screen, table
from mlreg.cli.screen import Screen
from mlreg.cli.text import Record, age, cell, clean
from mlreg.cli.voice import Voice
from mlreg.core import settings
from mlreg.core.errors import Failed, Usage, did_you_mean
from mlreg.core.ports import Meter
from mlreg.core.settings import Setting
from mlreg.core.types import Outcome

FORMATS = ("table", "json", "yaml", "csv", "tsv", "name", "markdown")

NameOf = Callable[[Record], str]


class Output(Voice):
    """How this run shows what it has: format, fields, and all that a voice has.

    A table on a terminal fits into it; in a pipe it is plain text, complete, without colour.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self._flag: str | None = None
        self.format = self.setting().value
        self.fields: tuple[str, ...] = ()
        self._above: Callable[[str], object] | None = None
        self.dry_run = False

    def choose(self, format: str) -> None:
        """Choose the format; raises Usage."""
        if format not in FORMATS:
            known = f"the formats are {', '.join(FORMATS)}"
            raise Usage(f"there is no format '{format}'", cause=known, hint=did_you_mean(format, FORMATS))
        self.format = self._flag = format

    @property
    def drawn(self) -> bool:
        """Tell whether a person looks at a table: then times are shown as ages."""
        return self.format == "table" and sys.stdout.isatty()

    def screen(self) -> Screen:
        """What this person's terminal can show."""
        return screen.look(sys.stdout, color=self._colored(sys.stdout))

    def setting(self) -> Setting:
        """The format, and who chose it."""
        return settings.resolve("output", "table", self._environ, flag=self._flag)

    def many(self, records: Iterable[Record], columns: Sequence[str], name: NameOf, empty: str) -> None:
        """Show a list as its records arrive. `columns` are the fields a table has room for; JSON has them all."""
        self._check_format()
        rows = iter(records)
        first = next(rows, None)
        if first is None:
            if self.format == "json":
                self._write("[]\n")
            if empty:
                self.say(empty)
            return
        self.check_fields(first)
        writers = {"json": self._json_rows, "yaml": self._yaml_rows, "name": self._name_rows}
        writers |= dict.fromkeys(("csv", "tsv"), self._separated)
        chained = self._flushing(itertools.chain([first], rows))
        if self.format in writers:
            writers[self.format](chained, name)
        else:
            self._table(chained, self.fields or columns)

    def one(self, record: Record, name: NameOf) -> None:
        """Show one object: all its fields."""
        self._check_format()
        self.check_fields(record)
        shown = self._chosen(record)
        if self.format == "json":
            self._write(self._json(shown, indent=2) + "\n")
        elif self.format == "yaml":
            self._yaml(shown)
        elif self.format == "name":
            self._write(clean(name(record)) + "\n")
        elif self.format in ("csv", "tsv"):
            self._separated([record], name)
        elif self.format == "markdown":
            self._table([{"field": field, "value": value} for field, value in shown.items()], ("field", "value"))
        else:
            width = max(map(len, shown))
            for field, value in shown.items():
                self._write(f"{field.ljust(width)}  {self._cell(field, value)}".rstrip() + "\n")

    def result(self, record: Record, name: str, outcome: Outcome) -> None:
        """Show what a write did: one sentence on stderr, and on stdout the name of what it touched, or the record."""
        self.say(f"dry run, nothing is changed; it would be: {outcome.said}" if self.dry_run else outcome.said)
        for note in outcome.notes:
            self.warn(note)
        if self.format == "table" and not self.fields:
            self._write(clean(name) + "\n")
        else:
            self.one(record, lambda _: name)

    def text(self, text: str) -> None:
        """Show a text of mlreg's own on stdout, as it is."""
        self._write(text, exact=True)

    def value(self, record: Record, field: str) -> None:
        """Show one field alone, byte for byte in a pipe; in the formats for programs the whole record."""
        if self.format not in ("table", "name"):
            self.one(record, lambda found: str(found[field]))
            return
        text = str(record[field])
        self._write((clean(text, keep_lines=True) if sys.stdout.isatty() else text) + "\n", exact=True)

    @contextlib.contextmanager
    def meter(self, *, of_bytes: bool = False) -> Iterator[Meter]:
        """Show how far something is while the block runs, when a person looks at stderr."""
        from mlreg.cli import progress

        watched = sys.stderr.isatty() and not self.quiet and not self._environ.get("CI")
        if not watched or self._environ.get("TERM") == "dumb":
            yield progress.NoMeter()
            return
        with progress.bar(of_bytes=of_bytes, color=self._colored(sys.stderr)) as drawn:
            self._above = drawn.above if sys.stdout.isatty() else None
            try:
                yield drawn
            finally:
                self._above = None
        self._write(drawn.open)

    def flush(self) -> None:
        """Send what is still held back; raises Failed when it cannot be written (a full disk)."""
        with _writing():
            sys.stdout.flush()

    def _flushing(self, rows: Iterable[Record]) -> Iterator[Record]:
        """Rows are on their way every hundred of them, not when a buffer happens to be full."""
        for number, row in enumerate(rows):
            if number % table.FIRST_ROWS == 0:
                self.flush()
            yield row

    def _check_format(self) -> None:
        """MLREG_OUTPUT is looked at when it is used, so that a wrong one does not break --help."""
        if self.format not in FORMATS:
            self.choose(self.format)

    def _chosen(self, record: Record) -> Record:
        return {field: record[field] for field in self.fields} if self.fields else record

    def check_fields(self, known: Collection[str]) -> None:
        """Raise Usage when --fields names one that is not known."""
        for field in self.fields:
            if field not in known:
                near = did_you_mean(field, known)
                raise Usage(f"there is no field '{field}'", cause=f"the fields are {', '.join(known)}", hint=near)

    def _json_rows(self, rows: Iterable[Record], _name: NameOf) -> None:
        before = "[\n"
        for row in rows:
            self._write(before + self._json(self._chosen(row)))
            before = ",\n"
        self._write("\n]\n")

    def _yaml_rows(self, rows: Iterable[Record], _name: NameOf) -> None:
        for row in rows:
            self._yaml([self._chosen(row)])

    def _yaml(self, value: Any) -> None:
        import yaml

        text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000)
        if text != clean(text, keep_lines=True):  # what a terminal would obey is written escaped
            text = yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=1000)
        if text != self._disarmed(text):  # in quotes everything can be escaped, and keeps to its line
            text = yaml.safe_dump(value, sort_keys=False, default_style='"', width=math.inf)
        self._write(text)

    def _name_rows(self, rows: Iterable[Record], name: NameOf) -> None:
        for row in rows:
            self._write(clean(name(row)) + "\n")

    def _separated(self, rows: Iterable[Record], _name: NameOf) -> None:
        import csv

        dialect = csv.excel_tab if self.format == "tsv" else csv.excel
        writer = csv.writer(self, dialect, lineterminator="\n")
        for number, row in enumerate(rows):
            shown = self._chosen(row)
            if number == 0:
                writer.writerow(map(clean, shown))
            writer.writerow([cell(value) for value in shown.values()])

    def _table(self, rows: Iterable[Record], columns: Sequence[str]) -> None:
        cells = ([self._cell(column, row[column]) for column in columns] for row in rows)
        for line in self._lines(columns, cells):
            self._write(line + "\n")

    def _lines(self, columns: Sequence[str], cells: Iterator[list[str]]) -> Iterator[str]:
        if self.format == "markdown":
            from mlreg.cli import markdown

            return markdown.table(columns, cells)
        return self._drawn(columns, cells) if self.drawn else table.complete(columns, cells)

    def _drawn(self, columns: Sequence[str], cells: Iterator[list[str]]) -> Iterator[str]:
        shown = self.screen()
        emphasis = partial(self._paint, code="1", stream=sys.stdout)
        marks = ("─", "…") if shown.unicode else ("-", "~")
        return table.drawn(columns, cells, room=shown.columns, emphasis=emphasis, marks=marks)

    def _cell(self, field: str, value: Any) -> str:
        """A terminal shows times as ages and numbers rounded; everything else reads the same in a pipe."""
        if not self.drawn:
            return cell(value)
        if field.endswith("_at") and value:
            return age(value)
        return f"{value:.6g}" if isinstance(value, float) else cell(value)

    def write(self, text: str) -> None:
        """As a file has it, for the module csv."""
        self._write(text)

    def _write(self, text: str, *, exact: bool = False) -> None:
        with _writing():
            (self._above or sys.stdout.write)(text if exact else self._disarmed(text))


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """A pipe that nobody reads any more is no error; anything else that keeps the output from being written is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed("the output cannot be written", cause=error.strerror) from error
