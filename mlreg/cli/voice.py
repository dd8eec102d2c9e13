"""What mlreg says beside its results: sentences, warnings, failures and a line that changes, all on stderr."""

import contextlib
import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from mlreg.cli import github_log, screen
from mlreg.cli.text import clean, escape_json
from mlreg.core.errors import MlregError, Usage

COLORS = ("auto", "always", "never")


class Voice:
    """How this run speaks to a person, or to the runner of a CI job: in colour or not, or quietly."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._on_github = github_log.is_read(environ)
        self._color = "auto"
        self._live = 0
        self.quiet = False

    def choose_color(self, when: str) -> None:
        """Choose when to colour; raises Usage."""
        if when not in COLORS:
            raise Usage(f"--color takes {', '.join(COLORS)}, not '{when}'")
        self._color = when

    def live(self, text: str) -> None:
        """Keep one line of a terminal up to date while something takes long; an empty text takes it away."""
        if sys.stderr.isatty() and not self.quiet and not self._environ.get("CI"):
            with contextlib.suppress(OSError):
                sys.stderr.write(f"\r{clean(text).ljust(self._live)}" + ("" if text else "\r"))
                sys.stderr.flush()
            self._live = len(text)

    def interrupted(self) -> None:
        """Leave the line that Ctrl-C was typed on."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")

    def say(self, text: str) -> None:
        """Tell a person something on stderr, unless --quiet."""
        if not self.quiet:
            self._talk(text)

    def warn(self, text: str) -> None:
        """Tell a person what deserves attention."""
        self._talk(f"{self._paint('warning:', '33', sys.stderr)} {clean(text, keep_lines=True)}", cleaned=True)

    def command(self, text: str) -> None:
        """Say what the runner of a CI job shall obey."""
        self._send(text)

    def failed(self, error: MlregError, *, as_json: bool) -> None:
        """Tell that a command failed: three lines for people, one JSON object for scripts, both on stderr."""
        if as_json:
            facts = {
                "code": error.code,
                "message": error.message,
                "cause": error.cause,
                "hint": error.hint,
                "exit": error.exit,
            }
            self._talk(self._json({"error": facts}), cleaned=True)
            return
        for label, text, color in (
            ("error:", error.message, "31"),
            ("cause:", error.cause, "2"),
            ("hint:", error.hint, "36"),
        ):
            if text:
                self._talk(f"{self._paint(label, color, sys.stderr)} {clean(text, keep_lines=True)}", cleaned=True)

    def _paint(self, text: str, code: str, stream: TextIO) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colored(stream) else text

    def _colored(self, stream: TextIO) -> bool:
        return screen.colored(stream, self._color, self._environ)

    def _json(self, value: Any, indent: int | None = None) -> str:
        text = escape_json(json.dumps(value, indent=indent, ensure_ascii=False))
        return self._disarmed(text, "\\u00")

    def _disarmed(self, text: str, escape: str = "\\x") -> str:
        """The text with nothing in it that the runner of a CI job would obey."""
        return github_log.disarm(text, escape) if self._on_github else text

    def _talk(self, text: str, *, cleaned: bool = False) -> None:
        self._send(self._disarmed(text if cleaned else clean(text, keep_lines=True)))

    def _send(self, line: str) -> None:
        with contextlib.suppress(OSError):  # what cannot be said any more keeps nothing from being done
            sys.stdout.flush()
        with contextlib.suppress(BrokenPipeError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
