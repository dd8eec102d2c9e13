"""A command that mlreg becomes, or starts as a child that gets every signal meant for it. Not for Windows."""

import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final, NoReturn

from mlreg.adapters import processes
from mlreg.adapters.processes import Process
from mlreg.core.errors import NotExecutable
from mlreg.core.records import dataclass

# A command that runs, as plain data by which another process knows it.
Known = Mapping[str, Any]
Mask = Collection[int]

_KEYS: Final = (signal.SIGINT, signal.SIGQUIT)
# What may be meant for the command; the last two are how batch systems announce the end of a job's time.
_PASSED_ON: Final = (*_KEYS, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_AWAITED: Final = (*_PASSED_ON, signal.SIGCHLD)
# Python ignores these for itself, and an ignored signal stays ignored in what it becomes.
_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)
_SI_KERNEL: Final = 0x80


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command has ended: its exit code, 128 and the signal's number as a shell has it, and its run's status."""

    code: int
    status: str


def become(path: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Be this command from now on; raises NotExecutable if that cannot be."""
    try:
        _become(path, words, environ)
    except OSError as error:
        raise _refused(path, error) from None


def attend(path: str, words: Sequence[str], environ: Mapping[str, str], begun: Callable[[Known], None]) -> Ended:
    """Run a command to its end, and pass on to it what signals this process gets; raises NotExecutable.

    Signals are waited for, not handled: none is lost between two instructions, and each says where it came from.
    Whatever else ends this takes the command with it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    noticed = signal.signal(signal.SIGCHLD, lambda *_: None)  # some systems only tell those who listen
    try:
        return _awaited(_started(path, words, environ, before, begun))
    finally:
        signal.signal(signal.SIGCHLD, noticed)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _started(
    path: str, words: Sequence[str], environ: Mapping[str, str], mask: Mask, begun: Callable[[Known], None]
) -> Process:
    """Start a command when `begun` has been told of it: however this process ends, no command is left unknown."""
    (go, may_go), (failed, failing) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(may_go)
        _become_when_told(go, failing, path, words, environ, mask)
    os.close(go)
    os.close(failing)
    process = processes.look(pid) or Process(pid, "")
    begun(asdict(process))
    with suppress(BrokenPipeError), os.fdopen(may_go, "wb") as pipe:
        pipe.write(b"go")
    with os.fdopen(failed, "rb") as pipe:
        number = pipe.read()
    if number:
        os.waitpid(pid, 0)
        raise _refused(path, OSError(int(number), os.strerror(int(number))))
    return process


def _become_when_told(
    go: int, failing: int, path: str, words: Sequence[str], environ: Mapping[str, str], mask: Mask
) -> NoReturn:
    try:
        if os.read(go, 2):
            for number in _AWAITED:
                if callable(signal.getsignal(number)):
                    signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            _become(path, words, environ)
    except OSError as error:
        os.write(failing, str(error.errno).encode())
    finally:
        os._exit(127)


def _become(path: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    os.execve(path, [*words], environ)  # noqa: S606 - the command is the person's own


def _awaited(process: Process) -> Ended:
    heard: set[int] = set()
    try:
        while not (ended := os.waitpid(process.pid, os.WNOHANG))[0]:
            number, to_all = _next_signal()
            if number != signal.SIGCHLD:
                heard.add(number)
                _pass_on(number, process.pid, reached=to_all)
        while late := signal.sigpending() & {*_AWAITED}:
            signal.sigwait(late)
    except BaseException:
        processes.end_one(process)
        raise
    return _told(os.waitstatus_to_exitcode(ended[1]), heard)


def _pass_on(number: int, pid: int, *, reached: bool) -> None:
    """Send a signal to the command, unless it has `reached` it: what a terminal sends goes to the whole group."""
    if reached and os.getpgid(pid) == os.getpgrp():
        return
    with suppress(PermissionError):  # a command of another user, such as sudo
        os.kill(pid, number)


def _told(code: int, heard: set[int]) -> Ended:
    """Many programs answer a signal by ending with the code that a shell would tell of it: it has ended them."""
    if code < 0 or code - 128 in heard:
        return Ended(128 - code if code < 0 else code, "KILLED")
    return Ended(code, "FAILED" if code else "FINISHED")


def _next_signal() -> tuple[int, bool]:
    """Wait for a signal; tell whether the terminal has sent it, which sends it to the command too."""
    if sys.platform == "linux":
        found = signal.sigwaitinfo(_AWAITED)
        return found.si_signo, found.si_code == _SI_KERNEL
    number = signal.sigwait(_AWAITED)
    return number, number in _KEYS and _in_foreground()


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def end(child: Known) -> None:
    """End a command that another process has begun, and has left behind."""
    processes.end_one(Process(**child))


def _refused(path: str, error: OSError) -> NotExecutable:
    hint = "a script begins with #! and its interpreter" if error.strerror == "Exec format error" else None
    return NotExecutable(f"{path} cannot be executed", cause=error.strerror, hint=hint)
