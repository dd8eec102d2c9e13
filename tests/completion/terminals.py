"""Real shells on real terminals: `with opened("bash", home) as shell: shell.run("mlreg model show chu\\t")`.

In them `mlreg` is a function that only records its arguments; the scripts ask the real mlreg, which stands on PATH.
"""

import os
import pty
import select
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.cli_runner import CHECKOUT, clean_environment, kill_group, on_terminal
from tests.needs import need
from tests.waiting import until

PATIENCE_S: Final = 20.0
READY: Final = "ready-for-more"
PROGRAMS: Final = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "--interactive"),
}
RECORD: Final = 'mlreg() { printf "%s\\0" "$@" >record.new; command mv record.new record; }'
SETUP: Final = {
    "bash": (
        "bind 'set bell-style none'; bind 'set completion-query-items -1'; bind 'set page-completions off'",
        RECORD,
        "source <(command mlreg completion bash)",
    ),
    "zsh": (
        "unsetopt beep list_beep; LISTMAX=10000; autoload -Uz compinit; compinit -D -u",
        RECORD,
        "source <(command mlreg completion zsh)",
    ),
    "zsh with fpath": (
        f"fpath=({CHECKOUT / 'completions'} $fpath); autoload -Uz compinit; compinit -D -u",
        RECORD,
    ),
    "fish": (
        "function fish_prompt; printf '> '; end; function fish_greeting; end",
        RECORD.replace("mlreg() {", "function mlreg;").replace('"$@"', "$argv").replace("}", "end"),
        "command mlreg completion fish | source",
    ),
}


@dataclass
class Terminal:
    """A shell that waits for what is typed, in an empty directory of its own."""

    name: str
    keyboard: int
    directory: Path
    screen: bytearray = field(default_factory=bytearray)

    def run(self, typed: str) -> list[str]:
        """Type a line with its TABs and Enter; return the arguments that `mlreg` was called with."""
        record = self.directory / "record"
        record.unlink(missing_ok=True)
        self.screen.clear()
        self.type(f"{typed}\r")
        try:
            self._until(record.exists, lambda: f"{typed!r} called nothing: {self.shown()}")
        except TimeoutError:
            self.type("\x03")
            raise
        content = record.read_bytes().decode()
        return content.removesuffix("\0").split("\0") if content else []

    def list(self, typed: str, expected: str) -> str:
        """Type what lists candidates until this one is shown; return all that is shown, and drop the line."""
        self.screen.clear()
        self.type(typed)
        self._until(lambda: expected in self.shown(), lambda: f"no {expected!r} but {self.shown()}")
        shown = self.shown()
        self.drop()
        return shown

    def drop(self) -> None:
        """Give up the line that was begun, and what it has become."""
        self.type("\x15")
        self.say(READY)

    def say(self, word: str) -> None:
        """Let the shell say a word, and wait for it."""
        self.screen.clear()
        self.type(f" echo {word[:1]}''{word[1:]}\r")
        self._until(lambda: word in self.shown(), lambda: f"no {word} but {self.shown()}")

    def type(self, text: str) -> None:
        """Type without waiting."""
        os.write(self.keyboard, text.encode())

    def shown(self) -> str:
        """What was shown since the last line."""
        return self.screen.decode(errors="replace")

    def _until(self, condition: Callable[[], bool], failure: Callable[[], str]) -> None:
        def met() -> bool:
            while select.select([self.keyboard], [], [], 0)[0]:
                self.screen += os.read(self.keyboard, 65536)
            return condition()

        until(met, PATIENCE_S, failure)


@contextmanager
def opened(name: str, home: Path) -> Iterator[Terminal]:
    """Start a shell that completes mlreg as the README says, with this home."""
    program, *flags = PROGRAMS[name.partition(" ")[0]]
    installed, programs, directory = shutil.which(program), home / "bin", home / "directory"
    need(installed, f"not installed: {program}")
    put_program(programs / "mlreg", f"exec {shlex.quote(sys.executable)} -m mlreg")
    directory.mkdir(exist_ok=True)
    clean = clean_environment(home)
    env = {**clean, "PATH": f"{programs}:{clean['PATH']}", "PS1": "> ", "TERM": "xterm", "COLUMNS": "200"}
    keyboard, terminal = pty.openpty()
    with on_terminal(terminal, [str(installed), *flags], env, directory) as process:
        os.close(terminal)
        shell = Terminal(program, keyboard, directory)
        try:
            for line in SETUP[name]:
                shell.type(f"{line}\r")
            shell.say(READY)
            yield shell
        finally:
            kill_group(process)
            os.close(keyboard)


def put_program(file: Path, command: str) -> None:
    """Make a program that runs a command with its own arguments."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'#!/bin/sh\n{command} "$@"\n')
    file.chmod(0o755)
