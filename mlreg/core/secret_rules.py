"""What may be said of a secret: its names, its values, and what its backend allows."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from mlreg.core.errors import ComponentNotFound, Usage
from mlreg.core.records import dataclass
from mlreg.core.references import SECRET_KEY, check_component_name
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry

# Backends that mlreg reads and never writes: others put the values there.
READ_ONLY: Final = ("env", "command")

Values = Mapping[str, Secret]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What `update` changes of a secret beside its values. `keys` are new ones that mlreg has no value of."""

    keys: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    unset_hosts: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def _check_key(key: str) -> None:
    """Raise Usage for a key that no placeholder could name."""
    if not SECRET_KEY.fullmatch(key):
        raise Usage(
            f"'{key}' cannot name a key of a secret" if len(key) <= 64 else "a key of a secret has at most 64 letters",
            cause="a key starts with a letter or '_', then letters, digits, '_' and '-'",
        )


def check(entry: SecretEntry, values: Values) -> None:
    """Raise Usage for what cannot be kept in this backend, or not as a name or a value; never shows a value."""
    check_component_name("secret", entry.name)
    for key in (*entry.keys, *values):
        _check_key(key)
    for key, value in values.items():
        if not value:
            raise Usage(f"the value of '{key}' is empty", hint="leave the key out, or give it a value")
        if "\0" in value.reveal():
            raise Usage(f"the value of '{key}' holds a NUL character")
    if values and entry.backend in READ_ONLY:
        raise Usage(
            f"mlreg stores no values in the backend '{entry.backend}'",
            cause="it only reads there",
            hint="give the names of the keys alone: -k KEY",
        )
    if bool(entry.command) != (entry.backend == "command"):
        raise Usage(
            "a command belongs to the backend 'command', and the other way round",
            hint=f"mlreg secret register {entry.name} --backend command -k token -- vault read -field=token secret/x",
        )


def check_revision(was: SecretEntry, values: Values, revision: Revision) -> None:
    """Raise Usage for a change of nothing, or one that contradicts itself."""
    if not (values or any(getattr(revision, item.name) for item in dataclasses.fields(revision))):
        raise Usage(
            "nothing is to be changed", hint=f"mlreg secret update {was.name} -k {was.keys[0] if was.keys else 'KEY'}"
        )
    both = sorted({*revision.unset} & {*values, *revision.keys})
    if both:
        raise Usage(f"'{both[0]}' is to be both set and unset", hint="leave one out")


def check_present(was: SecretEntry, what: str, words: Iterable[str], known: Iterable[str]) -> None:
    """Raise ComponentNotFound for a key or host to take away that is not there."""
    for word in words:
        if word not in known:
            hint = f"it has {', '.join(dict.fromkeys(known)) or 'none'}"
            raise ComponentNotFound(f"the secret '{was.name}' has no {what} '{word}'", hint=hint)
