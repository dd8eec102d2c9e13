"""The environment as a vault: MLREG_SECRET_<NAME>__<KEY>, or with _FILE_ the path of a file. Never written."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mlreg.adapters.deadline import DeadlinePassed, within
from mlreg.core import secret_names
from mlreg.core.errors import SecretMissing
from mlreg.core.records import dataclass
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry

LIMIT: Final = 1 << 20  # letters in a file: a device that never ends is no secret
DEADLINE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class EnvVault:
    """Values that whoever started mlreg has put into its environment. An empty variable counts as not set."""

    environ: Mapping[str, str]

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        """Return the values of those keys that have a variable; None when none has. Raises SecretMissing for a file."""
        found = {key: self._value(secret.name, key) for key in secret.keys}
        return {key: value for key, value in found.items() if value} or None

    def _value(self, secret: str, key: str) -> Secret | None:
        text = self.environ.get(secret_names.value_variable(secret, key))
        variable = secret_names.file_variable(secret, key)
        path = self.environ.get(variable)
        if text:
            return Secret(text)
        return _in_file(variable, path) if path else None


def connect(
    *, scope: str, timeout_s: float, environ: Mapping[str, str], interactive: bool, notify: Callable[[str], None]
) -> EnvVault:
    """Open the vault: the environment is the same for every component file."""
    return EnvVault(environ)


def _in_file(variable: str, path: str) -> Secret:
    """The file's text without one final line break, which editors and `echo` add."""

    def read() -> str:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return file.read(LIMIT + 1)

    try:
        text = within(DEADLINE_S, read)
    except (OSError, UnicodeDecodeError, DeadlinePassed) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise SecretMissing(
            f"cannot read {path}, which {variable} names", cause=cause, hint=f"mend {variable}"
        ) from None
    if len(text) > LIMIT or "\0" in text:
        raise SecretMissing(f"{path}, which {variable} names, holds no secret", hint=f"mend {variable}")
    return Secret(text.removesuffix("\n").removesuffix("\r"))
