"""What a secret is called in the environment: the variables of its values, which need no keyring, and of its hosts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mlreg.core.errors import Usage, VaultUnavailable
from mlreg.core.types import Components, SecretEntry

PREFIX: Final = "MLREG_SECRET_"


def value_variable(secret: str, key: str) -> str:
    """The variable that holds a value."""
    return f"{PREFIX}{_upper(secret)}__{_upper(key)}"


def file_variable(secret: str, key: str) -> str:
    """The variable that names a file with a value in it."""
    return f"{PREFIX}FILE_{_upper(secret)}__{_upper(key)}"


def hosts_variable(secret: str) -> str:
    """The variable that lists, with commas, hosts that a secret may be sent to."""
    return f"{PREFIX}HOSTS_{_upper(secret)}"


def check_free(known: Components, entry: SecretEntry) -> None:
    """Raise Usage when a value of this secret would share a variable with another one: neither could be told apart."""
    taken = {
        variable: what for other in known.secrets.values() if other.name != entry.name for variable, what in _all(other)
    }
    for variable, what in _all(entry):
        if variable in taken:
            raise Usage(
                f"{what} and {taken[variable]} would share the environment variable {variable}",
                cause="there, letters have one case and '-' is '_'",
                hint="choose another name",
            )
        taken[variable] = what


@contextmanager
def ways_on(secret: SecretEntry, *, registered: bool) -> Iterator[None]:
    """Let a failure of a vault name what works without it, for this very secret and its keys."""
    try:
        yield
    except VaultUnavailable as error:
        variables = " and ".join(value_variable(secret.name, key) for key in secret.keys)
        error.hint = f"{error.hint}\nor set {variables} (or, with {PREFIX}FILE_, the path of a file)"
        if secret.backend != "command":
            asked = " ".join(f"-k {key}" for key in secret.keys)
            replace = " --replace" if registered else ""
            act = f"mlreg secret register {secret.name} {asked} --backend command{replace} -- COMMAND ARG..."
            error.hint += f"\nor {act}"
        raise


def _all(entry: SecretEntry) -> Iterator[tuple[str, str]]:
    yield hosts_variable(entry.name), f"the hosts of '{entry.name}'"
    for key in entry.keys:
        yield value_variable(entry.name, key), f"'{entry.name}.{key}'"
        yield file_variable(entry.name, key), f"the file of '{entry.name}.{key}'"


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")
