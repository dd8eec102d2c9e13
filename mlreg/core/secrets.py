"""The verbs of `secret`: values go to a vault, the component file learns only the names of their keys."""

from collections.abc import Mapping

from mlreg.core import trackers
from mlreg.core.entries import secret_entry
from mlreg.core.errors import AlreadyExists, ComponentNotFound, Conflict, SecretMissing, Usage, did_you_mean
from mlreg.core.ports import ComponentStore, Edit, Vault
from mlreg.core.references import SECRET_KEY, Placeholder, check_component_name
from mlreg.core.secret import Secret
from mlreg.core.types import Components, Outcome, SecretEntry


def find(components: Components, name: str) -> SecretEntry:
    """Return what is known of a secret; raises ComponentNotFound with the nearest name."""
    if name not in components.secrets:
        near = did_you_mean(name, components.secrets)
        raise ComponentNotFound(f"there is no secret '{name}'", hint=near or "mlreg secret list")
    return components.secrets[name]


def users(components: Components, name: str) -> list[str]:
    """The trackers with a placeholder for this secret."""
    return [
        tracker.name
        for tracker in components.trackers.values()
        if any(placeholder.secret == name for placeholder in trackers.secrets_of(tracker))
    ]


def register(
    store: ComponentStore, vault: Vault, backend: str, name: str, values: Mapping[str, Secret], *, replace: bool = False
) -> Outcome:
    """Store a secret: first the values, read back by the vault, then its name and keys in the component file.

    The same values again change nothing. Other values under the same name need `replace`, which adds and changes
    keys and keeps the rest. Raises Usage, AlreadyExists, VaultUnavailable, StoreError.
    """
    check_component_name("secret", name)
    for key, value in values.items():
        check_key(key, value)
    if not values:
        raise Usage(
            f"the secret '{name}' has no keys yet", hint=f"mlreg secret register {name} -k username -k password"
        )
    known = vault.read(name) if name in store.read().secrets else None
    merged = {**(known or {}), **values}
    if known is not None and merged != known and not replace:
        differing = sorted(key for key in values if known.get(key) != values[key])
        raise AlreadyExists(
            f"the secret '{name}' exists with another {', '.join(differing)}",
            hint="to change or add these keys, add --replace",
        )
    if merged != known:
        vault.write(name, merged)
    entry = SecretEntry(name=name, backend=backend, keys=tuple(merged))
    store.edit(lambda components: _indexed(components, entry))
    if merged == known:
        return Outcome(said=f"secret {name} is registered already, unchanged", changed=False)
    return Outcome(said=f"stored the secret {name} ({', '.join(merged)}) in the {backend}")


def delete(store: ComponentStore, vault: Vault, name: str, *, force: bool = False) -> Outcome:
    """Forget a secret: first its entry, then its values, so that a crash leaves nothing that points nowhere.

    Raises Conflict while trackers use it, unless `force`.
    """
    components = store.read()
    find(components, name)
    in_use = users(components, name)
    if in_use and not force:
        raise Conflict(
            f"the secret '{name}' is in use",
            cause=f"by the tracker{'s' if len(in_use) > 1 else ''} {', '.join(in_use)}",
            hint="to delete it all the same, add --force",
        )
    store.edit(lambda now: {("secrets", name): None} if name in now.secrets else {})
    vault.delete(name)
    notes = [f"still named by the tracker {tracker}" for tracker in in_use]
    return Outcome(said=f"deleted secret {name}", notes=notes)


def value_of(placeholder: Placeholder, values: Mapping[str, Secret] | None) -> Secret:
    """Return the value that a placeholder stands for, out of its secret's; raises SecretMissing naming both."""
    secret, key = placeholder.secret, placeholder.key
    if values is None:
        raise SecretMissing(
            f"the secret '{secret}' is needed and has no values",
            cause=f"a tracker says {placeholder}",
            hint=f"mlreg secret register {secret} -k {key}",
        )
    if key not in values:
        raise SecretMissing(
            f"the secret '{secret}' has no key '{key}'",
            cause=f"it has {', '.join(sorted(values)) or 'none'}",
            hint=f"mlreg secret register {secret} -k {key} --replace",
        )
    return values[key]


def check_key(key: str, value: Secret) -> None:
    """Raise Usage for a key that no placeholder could name or a value that cannot be stored; never shows a value."""
    if not SECRET_KEY.fullmatch(key):
        raise Usage(
            f"'{key}' cannot name a key of a secret" if len(key) <= 64 else "a key of a secret has at most 64 letters",
            cause="a key starts with a letter or '_', then letters, digits, '_' and '-'",
        )
    if not value:
        raise Usage(f"the value of '{key}' is empty", hint="leave the key out, or give it a value")
    if "\0" in value.reveal():
        raise Usage(f"the value of '{key}' holds a NUL character")


def _indexed(components: Components, entry: SecretEntry) -> Edit:
    known = components.secrets.get(entry.name)
    existing = secret_entry(known) if known else None
    return trackers.put(components, "secret", entry.name, secret_entry(entry), existing, replace=True)
