"""The values of secrets as one command sees them: from the environment, else from where each secret is kept."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from mlreg.core import secret_names
from mlreg.core.errors import SecretMissing
from mlreg.core.ports import Vault
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.secret_rules import READ_ONLY
from mlreg.core.types import SecretEntry

LIFETIME_S: Final = 300.0  # of a command's value that does not say itself how long it is good for

Held = Mapping[str, Secret] | None


class Values:
    """Looks values up, each secret once. What a command printed is asked for again when it has expired."""

    def __init__(
        self,
        known: Callable[[], Mapping[str, SecretEntry]],
        vault: Callable[[str], Vault],
        now: Callable[[], float],
    ) -> None:
        self._known, self._vault, self._now = known, vault, now
        self._held: dict[str, tuple[Held, float]] = {}

    def value(self, placeholder: Placeholder) -> Secret:
        """Return what a placeholder stands for. Raises SecretMissing naming both, or VaultUnavailable."""
        given = self.in_environment(placeholder)
        if given is not None:
            return given
        entry = self._known().get(placeholder.secret)
        if entry is None:
            raise _missing(placeholder)
        with secret_names.ways_on(replace(entry, keys=(placeholder.key,)), registered=True):
            return _value_of(placeholder, entry, self._read(entry))

    def in_environment(self, placeholder: Placeholder) -> Secret | None:
        """Return a value that whoever started mlreg has put into its environment, for which no vault is asked."""
        wanted = SecretEntry(name=placeholder.secret, backend="env", keys=(placeholder.key,))
        return (self._vault("env").read(wanted) or {}).get(placeholder.key)

    def forget(self, secrets: Iterable[str]) -> bool:
        """Drop what may be stale, after a server refused it; False when asking again could give nothing new."""
        known = self._known()
        stale = [name for name in secrets if name in self._held and known[name].backend == "command"]
        for name in stale:
            self._held.pop(name, None)
        return bool(stale)

    def missing(self, placeholders: Iterable[Placeholder]) -> list[Placeholder]:
        """Those that have no value yet. Raises SecretMissing for one that mlreg itself could not store."""
        absent = []
        for placeholder in dict.fromkeys(placeholders):
            try:
                self.value(placeholder)
            except SecretMissing:
                entry = self._known().get(placeholder.secret)
                if entry is not None and entry.backend in READ_ONLY:
                    raise
                absent.append(placeholder)
        return absent

    def _read(self, entry: SecretEntry) -> Held:
        held, until = self._held.get(entry.name, (None, 0.0))
        if until <= self._now():
            held = self._vault(entry.backend).read(entry)
            lasting = entry.backend != "command"
            until = float("inf") if lasting else expiry((held or {}).values(), self._now())
            self._held[entry.name] = (held, until)
        return held


def expiry(values: Iterable[Secret], now: float) -> float:
    """Until when values are good: the first `exp` of those that are JSON Web Tokens, else five minutes from now."""
    return min(filter(None, map(_exp, values)), default=now + LIFETIME_S)


def _exp(value: Secret) -> float | None:
    import base64
    import json

    try:
        payload = value.reveal().split(".")[1]
        exp = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return float(exp)
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _value_of(placeholder: Placeholder, entry: SecretEntry, values: Held) -> Secret:
    secret, key = placeholder.secret, placeholder.key
    variable = secret_names.value_variable(secret, key)
    mend = f"set {variable}" if entry.backend == "env" else f"mlreg secret update {secret} -k {key}"
    if values is None:
        raise SecretMissing(
            f"the secret '{secret}' is needed and has no values",
            cause=f"nothing is stored for {placeholder}",
            hint=mend,
        )
    if key not in values:
        raise SecretMissing(
            f"the secret '{secret}' has no key '{key}'",
            cause=f"it has {', '.join(sorted(values)) or 'none'}",
            hint=mend,
        )
    return values[key]


def _missing(placeholder: Placeholder) -> SecretMissing:
    secret, key = placeholder.secret, placeholder.key
    return SecretMissing(
        f"the secret '{secret}' is needed and has no values",
        cause=f"nothing is stored for {placeholder}",
        hint=f"mlreg secret register {secret} -k {key}, or set {secret_names.value_variable(secret, key)}",
    )
