"""A command as a vault: what it prints is the secret, so that pass, op, vault, aws or a gateway can keep it."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

from mlreg.core.errors import SecretMissing, VaultUnavailable
from mlreg.core.records import dataclass
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry

DEADLINE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class CommandVault:
    """Runs a secret's command, never through a shell. One key: what it prints; several: a JSON object with them."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    timeout_s: float = DEADLINE_S

    def read(self, secret: SecretEntry) -> dict[str, Secret]:
        """Return what the command prints now; raises SecretMissing, or VaultUnavailable when it takes too long."""
        printed = self._run(secret)
        try:
            text = printed.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise _useless(secret, "it prints something that is not UTF-8 text") from None
        if not text or "\0" in text:
            raise _useless(secret, "it prints nothing" if not text else "it prints a NUL character")
        return {secret.keys[0]: Secret(text)} if len(secret.keys) == 1 else _object(secret, text)

    def _run(self, secret: SecretEntry) -> bytes:
        """A session of its own: it cannot ask at the terminal, and ends with all its children at the deadline."""
        try:
            process = subprocess.Popen(  # noqa: S603 - a person registered these very words
                secret.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # may quote what it should not, and it is no place for two voices
                env=dict(self.environ),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise _useless(secret, f"{secret.command[0]} does not start: {cause}") from None
        try:
            printed, _ = process.communicate(timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise VaultUnavailable(
                f"the command of the secret '{secret.name}' did not end within {self.timeout_s:g} s",
                cause=f"it is {shlex.join(secret.command)}",
                hint="run it yourself: does it ask for something?",
            ) from None
        except BaseException:  # Ctrl-C reaches mlreg alone
            _kill(process)
            raise
        if process.returncode:
            raise _useless(secret, f"it ends with exit code {process.returncode}")
        return printed


def connect(
    *, scope: str, timeout_s: float, environ: Mapping[str, str], interactive: bool, notify: Callable[[str], None]
) -> CommandVault:
    """Open the vault: a command is told nothing of the component file that names it."""
    return CommandVault(environ, timeout_s=min(DEADLINE_S, timeout_s))


def _object(secret: SecretEntry, text: str) -> dict[str, Secret]:
    try:
        printed: Any = json.loads(text)
    except ValueError:
        printed = None
    if not isinstance(printed, dict):
        raise _useless(secret, f"for the keys {', '.join(secret.keys)} it must print a JSON object")
    return {key: Secret(printed[key]) for key in secret.keys if isinstance(printed.get(key), str) and printed[key]}


def _useless(secret: SecretEntry, cause: str) -> SecretMissing:
    return SecretMissing(
        f"the command of the secret '{secret.name}' gives no value",
        cause=cause,
        hint=f"run it yourself: {shlex.join(secret.command)}",
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the command and what it started; then nothing is read any more, for a stray child may hold the pipe."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
