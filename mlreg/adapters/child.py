"""A command on this machine: found, then either become, or started as a child that gets every signal meant for it."""

import getpass
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from mlreg.adapters import processes
from mlreg.adapters.processes import Process
from mlreg.core.errors import CommandNotFound, NotExecutable, Unsupported

# A command that runs, as plain data by which another process knows it.
Known = Mapping[str, Any]

if sys.platform != "win32":
    # What may be meant for the command; the last two are how batch systems announce the end of a job's time.
    _PASSED_ON: Final = (
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGUSR1,
        signal.SIGUSR2,
    )
    _AWAITED: Final = (*_PASSED_ON, signal.SIGCHLD)
    # Python ignores these for itself, and an ignored signal stays ignored in what it becomes or starts.
    _IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)
    _SI_KERNEL: Final = 0x80


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command has ended: its exit code, 128 and the signal's number as a shell has it, and its run's status."""

    code: int
    status: str


def find(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the path of a command as a shell would find it; raises CommandNotFound or NotExecutable."""
    if sys.platform == "win32":
        raise Unsupported("mlreg runs no commands on Windows yet", hint="mlreg env")
    name, on_path = words[0], environ.get("PATH", os.defpath)
    if found := shutil.which(name, path=on_path):
        return found
    folders = [""] if os.sep in name else on_path.split(os.pathsep)
    for path in (Path(folder, name) for folder in folders if name):
        if path.is_dir():
            raise NotExecutable(f"{path} is a directory")
        if path.exists():
            raise NotExecutable(f"{path} cannot be executed", hint=f"chmod +x {path}")
    raise CommandNotFound(f"there is no command '{name}'", cause=None if os.sep in name else "not on PATH")


def source(words: Sequence[str]) -> str:
    """What MLflow calls the source of a run: the script that Python runs, else the command. Arguments may be secret."""
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return script if script.endswith(".py") and Path(words[0]).name.startswith("python") else words[0]


def in_venv(path: str) -> bool:
    """Tell whether a command was installed into a virtual environment."""
    return Path(path).parent.with_name("pyvenv.cfg").exists()


def user() -> str:
    """Who MLflow says has made a run: the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


if sys.platform != "win32":

    def become(path: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
        """Be this command from now on; raises NotExecutable if that cannot be."""
        for number in _IGNORED_BY_PYTHON:
            signal.signal(number, signal.SIG_DFL)
        try:
            os.execve(path, [*words], environ)  # noqa: S606 - the command is the person's own
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
            pid = os.posix_spawn(path, [*words], environ, setsigmask=before, setsigdef=_IGNORED_BY_PYTHON)
        except OSError as error:
            raise _refused(path, error) from None
        else:
            return _awaited(pid, begun)
        finally:
            signal.signal(signal.SIGCHLD, noticed)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _awaited(pid: int, begun: Callable[[Known], None]) -> Ended:
        process = processes.look(pid)
        heard: set[int] = set()
        try:
            if process:
                begun(asdict(process))
            while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
                number, to_all = _next_signal()
                if number != signal.SIGCHLD:
                    heard.add(number)
                    _pass_on(number, pid, reached=to_all)
            while late := signal.sigpending() & {*_AWAITED}:
                signal.sigwait(late)
        except BaseException:
            if process:
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
        return number, number in (signal.SIGINT, signal.SIGQUIT) and _in_foreground()

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
