"""Real shells on real terminals: `with opened("bash", mlreg) as shell: shell.run("mlreg model show chu\\t")`.

In them `mlreg` is a function that only records its arguments; the scripts ask the real mlreg, which stands on PATH.
"""

import os
import pty
import select
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.cli_runner import CHECKOUT, Mlreg, kill_group, on_terminal
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
        "source $SCRIPT",
    ),
    "zsh": (
        "unsetopt beep list_beep; LISTMAX=10000; autoload -Uz compinit; compinit -D -u",
        RECORD,
        "source $SCRIPT",
    ),
    "fish": (
        "function fish_prompt; printf '> '; end; function fish_greeting; end",
        RECORD.replace("mlreg() {", "function mlreg;").replace('"$@"', "$argv").replace("}", "end"),
        "source $SCRIPT",
    ),
}
SCRIPTS: Final = {"bash": "mlreg.bash", "zsh": "_mlreg", "fish": "mlreg.fish"}


@dataclass
class Terminal:
    """A shell that waits for what is typed, in an empty directory of its own."""

    keyboard: int
    directory: Path
    screen: bytearray = field(default_factory=bytearray)

    def run(self, typed: str) -> list[str]:
        """Type a line with its TABs and Enter; return the arguments that `mlreg` was called with."""
        record = self.directory / "record"
        record.unlink(missing_ok=True)
        self.type(f"{typed}\r")
        self._until(record.exists, lambda: f"{typed!r} called nothing: {self.shown()}")
        content = record.read_bytes().decode()
        return content.removesuffix("\0").split("\0") if content else []

    def list(self, typed: str, expected: str) -> str:
        """Type what lists candidates until this one is shown; return all that is shown, and drop the line."""
        self.screen.clear()
        self.type(typed)
        self._until(lambda: expected in self.shown(), lambda: f"no {expected!r} but {self.shown()}")
        self.drop()
        return self.shown()

    def drop(self) -> None:
        """Give up the line that was begun."""
        self.type("\x03")
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

    def _until(self, condition: object, failure: object) -> None:
        def met() -> bool:
            while select.select([self.keyboard], [], [], 0)[0]:
                self.screen += os.read(self.keyboard, 65536)
            return bool(condition())  # type: ignore[operator]

        until(met, PATIENCE_S, failure)  # type: ignore[arg-type]


@contextmanager
def opened(name: str, mlreg: Mlreg) -> Iterator[Terminal]:
    """Start a shell that completes mlreg by its script, in mlreg's home."""
    programs, directory = mlreg.home / "bin", mlreg.home / f"in-{name}"
    for place in (programs, directory):
        place.mkdir(exist_ok=True)
    real = programs / "mlreg"
    real.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mlreg "$@"\n')
    real.chmod(0o755)
    keyboard, terminal = pty.openpty()
    own = {"SCRIPT": str(CHECKOUT / "completions" / SCRIPTS[name]), "PS1": "> ", "TERM": "xterm", "COLUMNS": "200"}
    env = {**mlreg.env, "PATH": f"{programs}:{mlreg.env['PATH']}", **own}
    program, *flags = PROGRAMS[name]
    with on_terminal(terminal, [shutil.which(program) or program, *flags], env, directory) as process:
        os.close(terminal)
        shell = Terminal(keyboard, directory)
        try:
            for line in SETUP[name]:
                shell.type(f"{line}\r")
            shell.say(READY)
            yield shell
        finally:
            kill_group(process)
            os.close(keyboard)
