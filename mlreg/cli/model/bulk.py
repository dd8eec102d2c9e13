"""Verbs that take many references: from arguments, or from standard input for `-`, one a line."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

import typer

from mlreg.cli.session import Session
from mlreg.cli.text import Record, refuse_bytes
from mlreg.core.errors import Usage
from mlreg.core.models import bulk
from mlreg.core.models.bulk import Done
from mlreg.core.parallel import JOBS
from mlreg.core.ports import Registry
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import Outcome

T = TypeVar("T")

# A record, its name, and what was done.
Shown = tuple[Record, str, Outcome]
Jobs = Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, max=64, help="At most so many at a time.")]
FIELDS = ("ref", "state", "code", "detail")
COLUMNS = ("ref", "state", "detail")

__all__ = ["JOBS", "Jobs", "each", "last", "references"]


def references(here: Session, words: Sequence[str]) -> list[ModelRef]:
    """Read references, each once; `-` stands for those on standard input. Raises Usage before anything is done."""
    texts = (text for word in words for text in (_lines(here) if word == "-" else [word]))
    return list(dict.fromkeys(map(parse_ref, texts)))


def refuse_rivals(here: Session, refs: Sequence[ModelRef], what: str) -> None:
    """Raise Usage when two references are to one model, where each would undo the other."""
    bulk.refuse_rivals(refs, what, lambda ref: here.runtime.target(ref.stack).stack.name)


def last(words: list[str], metavar: str, usage: str) -> tuple[list[str], str]:
    """Split REF... X into the references and X; raises Usage when one of them is missing."""
    if len(words) < 2:
        raise Usage(f"{metavar} is missing", hint=usage)
    return words[:-1], words[-1]


def each(
    here: Session,
    words: Sequence[str],
    refs: Sequence[ModelRef],
    act: Callable[[Registry, ModelRef], T],
    shown: Callable[[T], Shown],
    jobs: int,
) -> None:
    """Do an act to each reference. One argument alone is shown as what it is now; of many, a line tells each result."""
    if len(words) == 1 and words[0] != "-":
        here.out.result(*shown(act(here.runtime.registry(refs[0]), refs[0])))
        return

    def one(registry: Registry, ref: ModelRef) -> Outcome:
        return shown(act(registry, ref))[2]

    tell(here, refs, one, lambda _, done: _row(done), FIELDS, COLUMNS, jobs)


def tell(
    here: Session,
    refs: Sequence[ModelRef],
    act: bulk.Act,
    row: Callable[[int, Done], Record],
    fields: Sequence[str],
    columns: Sequence[str],
    jobs: int,
    empty: str = "",
) -> None:
    """Do an act to many references, tell each result as `row` has it, by its place, and end with what they amount to.

    Who interrupts it is told what was done, and what may be open; so is who reads no further.
    """
    here.out.check_fields(fields)
    here.runtime.patient = True
    found: list[Done] = []
    ended: list[BaseException] = []

    def results() -> Iterator[Done]:
        try:
            yield from bulk.each(act, here.runtime.registry, refs, jobs, time.monotonic)
        except (KeyboardInterrupt, SystemExit) as signal:
            ended.append(signal)
            yield from bulk.interrupted(refs[len(found) :])

    with here.out.meter() as meter:
        meter.expect(len(refs), "")

        def rows() -> Iterator[Record]:
            for place, done in enumerate(results()):
                planned = here.out.dry_run and done.state == "done"
                found.append(replace(done, state="planned") if planned else done)
                meter.add(1)
                if done.error or here.out.format != "name":
                    yield row(place, found[-1])

        try:
            here.out.many(rows(), columns, lambda record: str(record["ref"]), empty)
        except BrokenPipeError as gone:
            ended.append(gone)
            found += bulk.interrupted(refs[len(found) :])
    if refs or not empty:
        here.out.say(_summary(here, found))
    raise ended[0] if ended else typer.Exit(bulk.exit_code(found))


def _row(done: Done) -> Record:
    code = done.error.code if done.error else None
    return {"ref": done.ref, "state": done.state, "code": code, "detail": done.detail}


def _summary(here: Session, found: Sequence[Done]) -> str:
    """How many were done, unchanged, failed."""
    states = [done.state for done in found]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
    return f"dry run, nothing is changed: {counts}" if here.out.dry_run else counts or "nothing to do"


def _lines(here: Session) -> Iterator[str]:
    if sys.stdin.isatty():
        here.out.say("reading references from the terminal, one a line; Ctrl-D ends them")
    try:
        for number, line in enumerate(sys.stdin):
            line = line if number else line.removeprefix("\ufeff")  # which Windows writes before a text
            refuse_bytes(line, "standard input")
            if line.strip():
                yield line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Usage("standard input is not UTF-8 text") from error
