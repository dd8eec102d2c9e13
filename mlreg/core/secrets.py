"""The verbs of `secret`: values go to a vault, the component file learns only the names of their keys."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mlreg.core import credentials, secret_names
from mlreg.core.entries import secret_entry, tracker_entry
from mlreg.core.errors import (
    AlreadyExists,
    ComponentNotFound,
    Conflict,
    Usage,
    VaultUnavailable,
    did_you_mean,
)
from mlreg.core.ports import Edit, Keeper
from mlreg.core.references import Placeholder, check_component_name
from mlreg.core.secret import Secret
from mlreg.core.secret_rules import READ_ONLY, Revision, Values, check, check_present, check_revision
from mlreg.core.trackers import moved
from mlreg.core.types import Components, Outcome, SecretEntry

Keepers = Callable[[str], Keeper]
# Changes the component file as a function of what is written there: `runtime.change`.
Commit = Callable[[Callable[[Components], tuple[Edit, Outcome]]], Outcome]


def find(components: Components, name: str) -> SecretEntry:
    """Return what is known of a secret; raises ComponentNotFound with the nearest name."""
    if name not in components.secrets:
        near = did_you_mean(name, components.secrets)
        raise ComponentNotFound(f"there is no secret '{name}'", hint=near or "mlreg secret list")
    return components.secrets[name]


def users(components: Components, name: str, keys: Iterable[str] | None = None) -> list[str]:
    """The trackers with a placeholder for this secret, or for some of its keys."""
    return [
        tracker.name
        for tracker in components.trackers.values()
        if any(each.secret == name and (keys is None or each.key in keys) for each in credentials.secrets_of(tracker))
    ]


def register(
    known: Components,
    keepers: Keepers,
    commit: Commit,
    wanted: SecretEntry,
    values: Values,
    *,
    replace: bool = False,
) -> Outcome:
    """Store a secret: first the values, read back by the vault, then its name and keys in the component file.

    The same again changes nothing. Another under the same name needs `replace`, which adds and changes keys and
    keeps the rest. Raises Usage, AlreadyExists, VaultUnavailable, StoreError.
    """
    name = check_component_name("secret", wanted.name)
    check(wanted, values)
    if not (wanted.keys if wanted.backend in READ_ONLY else values):
        raise Usage(
            f"the secret '{name}' has no keys yet", hint=f"mlreg secret register {name} -k username -k password"
        )
    existing = known.secrets.get(name)
    moving = existing is not None and existing.backend != wanted.backend
    held = {} if existing is None or moving else _held(keepers, existing)
    entry = _completed(wanted, existing, {**held, **values})
    secret_names.check_free(known, entry)
    differing = _differing(existing, entry, held, values)
    if differing and not replace:
        raise AlreadyExists(
            f"the secret '{name}' exists with another {', '.join(differing)}",
            hint=f"to change or add these: mlreg secret update {name}, or add --replace",
        )
    outcome = _store(keepers, commit, entry, held, {**held, **values}, _said(entry))
    if existing is not None and moving and existing.backend not in READ_ONLY:
        outcome = dataclasses.replace(outcome, notes=_cleared(keepers(existing.backend), name))
    return outcome


def update(
    known: Components, keepers: Keepers, commit: Commit, name: str, values: Values, revision: Revision
) -> Outcome:
    """Add, change or remove keys and hosts of a secret; raises as `register` does, and for a key that is not there."""
    was = find(known, name)
    check_revision(was, values, revision)
    touched = bool(values or revision.unset)
    held = _held(keepers, was) if touched else {}
    check_present(was, "key", revision.unset, (*was.keys, *held))
    check_present(was, "host", revision.unset_hosts, was.hosts)
    merged = {key: value for key, value in {**held, **values}.items() if key not in revision.unset}
    stored = merged if touched and was.backend not in READ_ONLY else dict.fromkeys((*was.keys, *revision.keys))
    entry = dataclasses.replace(
        was,
        keys=tuple(key for key in stored if key not in revision.unset),
        hosts=tuple(host for host in dict.fromkeys((*was.hosts, *revision.hosts)) if host not in revision.unset_hosts),
        command=revision.command or was.command,
    )
    if not entry.keys:
        raise Usage(f"the secret '{name}' would have no key left", hint=f"mlreg secret delete {name}")
    check(entry, values)
    secret_names.check_free(known, entry)
    outcome = _store(keepers, commit, entry, held, merged, f"updated the secret {name} ({', '.join(entry.keys)})")
    notes = [f"still named by the tracker {tracker}" for tracker in users(known, name, revision.unset)]
    return dataclasses.replace(outcome, notes=notes)


def rename(known: Components, keepers: Keepers, commit: Commit, old: str, new: str) -> Outcome:
    """Give a secret another name, in the user's trackers too.

    First its values are copied, at last the old ones go: whatever breaks between leaves at worst a copy that nothing
    names. Raises AlreadyExists, and as `register` does.
    """
    was = find(known, old)
    check_component_name("secret", new)
    if new in known.secrets:
        raise AlreadyExists(f"there is a secret '{new}' already", hint=f"mlreg secret delete {new}, or another name")
    entry = dataclasses.replace(was, name=new)
    others = {name: each for name, each in known.secrets.items() if name != old}
    secret_names.check_free(dataclasses.replace(known, secrets=others), entry)
    keeper = None if was.backend in READ_ONLY else keepers(was.backend)
    if keeper is not None:
        with secret_names.ways_on(was, registered=True):
            values = keeper.read(was)
            if values is not None:
                keeper.write(new, values)
    outcome = commit(lambda now: (_renamed(now, old, entry), Outcome(said=f"renamed the secret {old} to {new}")))
    notes = _cleared(keeper, old) if keeper else []
    if was.backend == "env":
        notes.append(f"its values now come from {_variables(entry)}")
    notes += [
        f"the tracker {tracker.name} of the project's file still names {old}"
        for tracker in known.trackers.values()
        if tracker.layer == "project" and old in {each.secret for each in credentials.secrets_of(tracker)}
    ]
    return dataclasses.replace(outcome, notes=notes)


def check_unused(components: Components, name: str, *, force: bool) -> list[str]:
    """Return the trackers that use a secret which is to be deleted; raises Conflict for any, unless `force`."""
    find(components, name)
    in_use = users(components, name)
    if in_use and not force:
        raise Conflict(
            f"the secret '{name}' is in use",
            cause=f"by the tracker{'s' if len(in_use) > 1 else ''} {', '.join(in_use)}",
            hint="to delete it all the same, add --force",
        )
    return in_use


def delete(known: Components, keepers: Keepers, commit: Commit, name: str, *, force: bool = False) -> Outcome:
    """Forget a secret: first its entry, then its values, so that a crash leaves nothing that points nowhere.

    Raises Conflict while trackers use it and VaultUnavailable for a keyring that does not answer, unless `force`.
    """
    in_use = check_unused(known, name, force=force)
    entry = known.secrets[name]
    keeper = None if entry.backend in READ_ONLY else keepers(entry.backend)
    if keeper is not None and not force:
        keeper.read(entry)  # one that is locked says so before anything is done
    said = Outcome(said=f"deleted secret {name}")
    outcome = commit(lambda now: ({("secrets", name): None} if name in now.secrets else {}, said))
    notes = [f"still named by the tracker {tracker}" for tracker in in_use]
    return dataclasses.replace(outcome, notes=notes + (_cleared(keeper, name) if keeper else []))


def _held(keepers: Keepers, entry: SecretEntry) -> dict[str, Secret]:
    if entry.backend in READ_ONLY:
        return {}
    with secret_names.ways_on(entry, registered=True):
        return keepers(entry.backend).read(entry) or {}


def _completed(wanted: SecretEntry, existing: SecretEntry | None, merged: Values) -> SecretEntry:
    keys = wanted.keys if wanted.backend in READ_ONLY else tuple(merged)
    hosts = wanted.hosts or (existing.hosts if existing else ())
    return dataclasses.replace(wanted, keys=keys, hosts=hosts)


def _differing(existing: SecretEntry | None, entry: SecretEntry, held: Values, values: Values) -> list[str]:
    """The keys and fields in which a secret differs from the one of its name; what a vault has lost does not."""
    if existing is None:
        return []
    fields = ["backend", "hosts", "command", *(["keys"] if entry.backend in READ_ONLY else [])]
    changed = [name for name in fields if getattr(existing, name) != getattr(entry, name)]
    return [*changed, *sorted(key for key in values if held and held.get(key) != values[key])]


def _store(keepers: Keepers, commit: Commit, entry: SecretEntry, held: Values, merged: Values, said: str) -> Outcome:
    """Write what is new: the values, then the entry."""
    writing = merged != held
    if writing:
        with secret_names.ways_on(entry, registered=False):
            keepers(entry.backend).write(entry.name, merged)

    def decide(now: Components) -> tuple[Edit, Outcome]:
        edit = _put(now, entry)
        if not edit and not writing:
            return {}, Outcome(said=f"secret {entry.name} is registered already, unchanged", changed=False)
        return edit, Outcome(said=said)

    return commit(decide)


def _said(entry: SecretEntry) -> str:
    if entry.backend == "env":
        return f"registered the secret {entry.name}: its values come from {_variables(entry)}"
    if entry.backend == "command":
        return f"registered the secret {entry.name}: {entry.command[0]} is asked for {', '.join(entry.keys)}"
    return f"stored the secret {entry.name} ({', '.join(entry.keys)}) in the {entry.backend}"


def _variables(entry: SecretEntry) -> str:
    return ", ".join(secret_names.value_variable(entry.name, key) for key in entry.keys)


def _put(now: Components, entry: SecretEntry) -> Edit:
    wanted, known = secret_entry(entry), now.secrets.get(entry.name)
    if known is None:
        return {("secrets", entry.name): wanted}
    was = secret_entry(known)
    fields = sorted({*wanted, *was})
    return {
        ("secrets", entry.name, field): wanted.get(field) for field in fields if wanted.get(field) != was.get(field)
    }


def _renamed(now: Components, old: str, entry: SecretEntry) -> Edit:
    if entry.name in now.secrets or old not in now.secrets:
        raise Conflict(f"the secret '{old}' or '{entry.name}' has been changed meanwhile", hint="mlreg secret list")
    edit: dict[tuple[str, ...], object] = dict(moved("secrets", old, entry.name, secret_entry(entry)))
    for tracker in now.trackers.values():
        named = [each for each in credentials.secrets_of(tracker) if each.secret == old and tracker.layer == "user"]
        words = {str(each): str(Placeholder(entry.name, each.key)) for each in named}
        for field, value in tracker_entry(tracker).items() if words else ():
            if (followed := _followed(value, words)) != value:
                edit["trackers", tracker.name, field] = followed
    return edit


def _followed(value: Any, words: Mapping[str, str]) -> Any:
    """The value of a field with the placeholders in it exchanged."""
    if isinstance(value, Mapping):
        return {key: _followed(each, words) for key, each in value.items()}
    return words.get(value, value) if isinstance(value, str) else value


def _cleared(keeper: Keeper, name: str) -> list[str]:
    """Delete values that nothing names any more; a note where that fails, for all the rest is done."""
    try:
        keeper.delete(name)
    except VaultUnavailable as error:
        return [f"the old values of {name} are still in the keyring: {error.message}"]
    return []
