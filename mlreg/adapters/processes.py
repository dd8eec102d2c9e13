"""Processes of which one can be sure: a number together with its beginning, for numbers are given again."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from mlreg.core.errors import Failed
from mlreg.core.records import dataclass

KILLED_S = 5.0
POLL_S = 0.05
GONE = ("Z", "X")  # a zombie has ended, and only nobody has asked how


@dataclass(frozen=True, slots=True)
class Process:
    """A process, and when it began, as the system puts it."""

    pid: int
    began: str


@dataclass(frozen=True, slots=True)
class _Row:
    process: Process
    group: int


def look(pid: int) -> Process | None:
    """Return the process that has this number now, unless it has ended."""
    row = next(_rows(pid), None)
    return row.process if row else None


def alive(process: Process) -> bool:
    """Tell whether this very process is still there."""
    return look(process.pid) == process


def group(leader: int) -> list[Process]:
    """Return the processes of a group."""
    return [row.process for row in _rows(None) if row.group == leader]


def family(known: Sequence[Process]) -> list[Process]:
    """Return what is alive of a group that was made for these processes; the first leads it.

    Only while its leader lives is the group's number surely the same group's.
    """
    members = group(known[0].pid) if alive(known[0]) else []
    return [process for process in dict.fromkeys([*known, *members]) if alive(process)]


def end(known: Sequence[Process], patience_s: float) -> None:
    """End a group of processes, which gets `patience_s` for it before it is killed; raises Failed if one stays."""
    for number, seconds in ((signal.SIGTERM, patience_s), (signal.SIGKILL, KILLED_S)):
        living = family(known)
        if living:
            _signal(known[0], living, number)
            _signal(known[0], living, signal.SIGCONT)  # what was stopped hears nothing else
        if until(lambda processes=living: not any(map(alive, processes)), seconds):  # type: ignore[misc]
            return
    left = ", ".join(str(process.pid) for process in family(known))
    raise Failed(f"the processes {left} do not end", hint=f"end them yourself: kill -9 {left}")


def end_one(process: Process) -> None:
    """End a process that leads no group of ours, with a few seconds for its own end before it is killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if alive(process):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)
        if until(lambda: not alive(process), KILLED_S):
            return


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds; False when it does not within these seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _signal(leader: Process, living: Sequence[Process], number: signal.Signals) -> None:
    """Signal them: the group as a whole while its leader lives, so that a child being born is not missed."""
    with suppress(ProcessLookupError, PermissionError):
        if leader in living:
            os.killpg(leader.pid, number)
            return
    for process in living:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _rows(pid: int | None) -> Iterator[_Row]:
    """The process of that number, or all, without those that have ended."""
    return from_proc(pid) if sys.platform == "linux" else from_ps(pid)


def from_proc(pid: int | None) -> Iterator[_Row]:
    """Read Linux's /proc: some ten microseconds for each process."""
    for number in [pid] if pid is not None else _numbers():
        with suppress(OSError):
            # The name, in parentheses, may hold anything; proc_pid_stat(5) counts fields from before it.
            fields = Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(")")[2].split()
            if fields[0] not in GONE:
                yield _Row(Process(number, f"{_boot()}+{fields[19]}"), int(fields[2]))


def from_ps(pid: int | None) -> Iterator[_Row]:
    """Ask ps, where there is no such /proc: some milliseconds."""
    import subprocess

    which = ["-A"] if pid is None else ["-p", str(pid)]
    listed = subprocess.run(  # noqa: S603 - the arguments are mlreg's own
        ["/bin/ps", *which, "-o", "pid=,pgid=,stat=,lstart="],
        env={"LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in listed.stdout.splitlines():
        number, of_group, state, began = line.split(maxsplit=3)
        if not state.startswith(GONE):
            yield _Row(Process(int(number), began), int(of_group))


def _numbers() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names are all it takes


@cache
def _boot() -> str:
    """Which boot of this machine it is: times in /proc count from there."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
