"""The real mlreg in a process of its own: `mlreg("tracker", "list").stdout`; on a terminal `mlreg.pty("use", ...)`."""

import importlib.metadata
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.waiting import until

CHECKOUT: Final = Path(__file__).parent.parent
MLREG: Final = (sys.executable, "-m", "mlreg")
# The first terminal that the leader of a new session opens is the one that Ctrl-C and /dev/tty belong to.
TAKE_TERMINAL: Final = (
    "import os, sys; os.close(os.open(os.ttyname(0), os.O_RDWR)); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True)
class Result:
    """What a finished command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The data on stdout."""
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Screen:
    """What a command that ran on a terminal showed there."""

    code: int
    output: bytes


@dataclass(frozen=True)
class Mlreg:
    """mlreg in a home of its own; what is added to `env` reaches every run."""

    home: Path
    env: dict[str, str]

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, stdin: str | bytes | None = None, timeout: float = 60
    ) -> Result:
        """Run mlreg without a terminal and wait for its end."""
        return run(*args, env={**self.env, **(env or {})}, stdin=stdin, timeout=timeout, cwd=self.home)

    def pty(
        self,
        *args: str,
        typed: Sequence[tuple[str, str]] = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Screen:
        """Run mlreg on a terminal; see run_pty."""
        return run_pty(args, {**self.env, **(env or {})}, typed, timeout=timeout, cwd=self.home)


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing but this home is set up."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "MLREG_HOME": str(home / "mlreg"),
    }
    return environment if installed() else {**environment, "PYTHONPATH": str(CHECKOUT)}


def installed() -> bool:
    """Tell whether mlreg is installed; else it runs from the checkout."""
    try:
        importlib.metadata.version("mlreg")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def run(
    *args: str,
    env: Mapping[str, str],
    stdin: str | bytes | None = None,
    timeout: float = 60,
    cwd: Path | None = None,
    program: Sequence[str] = MLREG,
) -> Result:
    """Run a command in a session without a terminal, and kill its group at the deadline."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    with subprocess.Popen(
        [*program, *args],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(given, timeout)
        except subprocess.TimeoutExpired as late:
            kill_group(process)
            raise AssertionError(f"{args} ran for {timeout} s: {late.stdout!r} {late.stderr!r}") from late
    return Result(process.returncode, stdout.decode(), stderr.decode())


def run_pty(
    args: Sequence[str],
    env: Mapping[str, str],
    typed: Sequence[tuple[str, str]],
    timeout: float = 60,
    cwd: Path | None = None,
    program: Sequence[str] = MLREG,
) -> Screen:
    """Run a command on a terminal; wait for each expected text (a regex), then type its answer.

    An answer is typed as it stands: Enter is `\\r`, Ctrl-C `\\x03`, TAB `\\t`.
    """
    keyboard, terminal = pty.openpty()
    screen = bytearray()
    with os.fdopen(keyboard, "r+b", buffering=0), on_terminal(terminal, [*program, *args], env, cwd) as process:
        os.close(terminal)
        try:
            converse(keyboard, process.pid, typed, screen, time.monotonic() + timeout)
            process.wait(timeout)
        except (TimeoutError, subprocess.TimeoutExpired) as late:
            raise AssertionError(f"{args} went another way: {late}; {bytes(screen)!r}") from late
        finally:
            kill_group(process)
    return Screen(process.returncode, bytes(screen))


def on_terminal(
    terminal: int, command: Sequence[str], env: Mapping[str, str], cwd: Path | None
) -> subprocess.Popen[bytes]:
    """Start a command that has the terminal for its own."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", TAKE_TERMINAL, *command],
        env={"TERM": "xterm-256color", **env},
        cwd=cwd,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )


def converse(keyboard: int, pid: int, typed: Sequence[tuple[str, str]], screen: bytearray, deadline: float) -> None:
    """Answer each expected text where it appears after the one before; read until the terminal closes."""
    seen = 0
    for expected, answer in typed:
        while not (found := re.compile(expected.encode()).search(screen, seen)):
            if not read_more(keyboard, screen, deadline):
                raise TimeoutError(f"it ended without showing {expected!r}")
        seen = found.end()
        # Python's input() loses a Ctrl-C that comes between its prompt and its read, faster than any person types.
        until(lambda: asleep(pid), deadline - time.monotonic(), lambda: "the command does not wait for an answer")
        os.write(keyboard, answer.encode())
    while read_more(keyboard, screen, deadline):
        pass


def asleep(pid: int) -> bool:
    """Tell whether the process waits for something; where /proc does not say, suppose so."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "R"
    except OSError:
        return True


def read_more(keyboard: int, screen: bytearray, deadline: float) -> bool:
    """Add to the screen what comes next; False when no process has the terminal open any more."""
    if not select.select([keyboard], [], [], max(0, deadline - time.monotonic()))[0]:
        raise TimeoutError("nothing more was shown")
    try:
        chunk = os.read(keyboard, 65536)
    except OSError:  # Linux's way to say that the other side is closed
        return False
    screen += chunk
    return bool(chunk)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process and the children in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
