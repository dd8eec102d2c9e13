"""What a CI system is told of a command: summary, outputs and annotations in GitHub Actions, and a dotenv file."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mlreg.cli import github_log, markdown
from mlreg.cli.session import Session
from mlreg.cli.text import clean, flatten
from mlreg.core.errors import MlregError
from mlreg.core.records import dataclass

# GitHub drops a summary of more than 1 MiB, and with it those of other steps' commands.
MOST_ROWS: Final = 200
LONGEST_CELL: Final = 300

# GitLab takes no quotes, and the last `=` for the first; a word that begins with # is a comment to others.
_IN_DOTENV = re.compile(r"(?:[\w./@:+-][\w./@:+#-]*(?: [\w./@:+-][\w./@:+#-]*)*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a command did with a model, or why it did not. `previous` is the version that was in its place before.

    `rows` are the table of the summary, below `columns`: a label and a value each, or as many cells as columns.
    """

    title: str
    name: str
    version: int | None
    previous: int | None = None
    changed: bool
    refused: bool = False
    columns: Sequence[str] = ("", "")
    rows: Sequence[Sequence[Any]] = ()


def report(here: Session, done: Report, dotenv: str | None = None) -> None:
    """Tell the CI system what was done. A file that cannot be written is a warning: what is done is done."""
    if not _unwanted(here) and github_log.is_read(here.runtime.environ):
        _append(here, "GITHUB_STEP_SUMMARY", _summary(done, dry_run=here.out.dry_run))
        if done.refused:
            _say(here, "refused", [done.title, *(" - ".join(filter(None, map(flatten, row))) for row in done.rows)])
    hand_on(here, _results(done, dry_run=here.out.dry_run), dotenv)


def hand_on(here: Session, results: Mapping[str, str], dotenv: str | None) -> None:
    """Let later steps and jobs read results, a name and a value each."""
    if _unwanted(here):
        return
    if github_log.is_read(here.runtime.environ):
        _append(here, "GITHUB_OUTPUT", _outputs(results))
    if dotenv:
        _write(here, dotenv, "w", dotenv, _dotenv(here, results))


def annotate(here: Session, error: MlregError) -> None:
    """Let GitHub show a failure among the job's annotations."""
    if _unwanted(here) or not github_log.is_read(here.runtime.environ):
        return
    lines = [error.message, error.cause and f"cause: {error.cause}", error.hint and f"hint: {error.hint}"]
    _say(here, error.code.replace("_", " "), filter(None, lines))


def _say(here: Session, what: str, lines: Iterable[str]) -> None:
    here.out.command(github_log.error(f"mlreg: {what}", clean("\n".join(lines), keep_lines=True)))


def _unwanted(here: Session) -> bool:
    return here.no_ci or bool(here.runtime.environ.get("MLREG_NO_CI"))


def _results(done: Report, *, dry_run: bool) -> Mapping[str, str]:
    """What later steps and jobs can read. A dry run has changed nothing, and nothing may be deployed for it."""
    return {
        "name": done.name,
        "ref": "" if done.version is None else f"{done.name}/{done.version}",
        "version": _number(done.version),
        "previous": _number(done.previous),
        "changed": "true" if done.changed and not dry_run else "false",
    }


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _outputs(results: Mapping[str, str]) -> str:
    """The lines of GITHUB_OUTPUT. The delimiter is random: no value can end early and begin another output."""
    lines = [""]  # whoever wrote before may have left the last line open
    for key, value in results.items():
        end = f"mlreg_{os.urandom(16).hex()}"
        lines += [f"{key}<<{end}", value, end]
    return "\n".join([*lines, ""])


def _summary(done: Report, *, dry_run: bool) -> str:
    """A heading and a table in Markdown, in which no text of a server is markup."""
    title = f"Dry run, nothing is changed; it would be: {done.title}" if dry_run else done.title
    lines = ["", f"### {markdown.escaped(_cut(title))}", ""]
    if done.rows:
        lines += markdown.table(done.columns, ([*map(_cut, row)] for row in done.rows[:MOST_ROWS]))
    if len(done.rows) > MOST_ROWS:
        lines += ["", f"… and {len(done.rows) - MOST_ROWS} more"]
    return "\n".join([*lines, "", ""])


def _cut(value: Any) -> str:
    text = flatten(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _dotenv(here: Session, results: Mapping[str, str]) -> str:
    def lines() -> Iterator[str]:
        for key, value in results.items():
            if _IN_DOTENV.fullmatch(value):
                yield f"MLREG_{key.upper()}={value}\n"
            else:
                here.out.warn(f"MLREG_{key.upper()} is left out: no dotenv report can hold '{clean(value)}'")

    return "".join(lines())


def _append(here: Session, variable: str, text: str) -> None:
    if path := here.runtime.environ.get(variable):
        _write(here, path, "a", variable, text)


def _write(here: Session, path: str, mode: str, what: str, text: str) -> None:
    try:
        with Path(path).open(mode, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        here.out.warn(f"{what} is not written: {error.strerror}")
