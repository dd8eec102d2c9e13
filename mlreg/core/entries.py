"""Between the component file's plain mappings and mlreg's types: the one place that knows both."""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mlreg.core.errors import StoreBroken, Usage
from mlreg.core.references import COMPONENT_NAME, Placeholder, check_alias, check_stage, parse_placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Components, Credential, Rule, SecretEntry, Stack, Tracker

T = TypeVar("T")

CREDENTIAL_FIELDS = (
    "tracking_username",
    "tracking_password",
    "tracking_token",
    "databricks_client_id",
    "databricks_client_secret",
)
NOT_WRITTEN = ("name", "layer")
MAPPINGS = ("tags", "labels", "tracking_headers")
_SECTIONS = {item.name for item in dataclasses.fields(Components)} | {"version"}
_FLAGS = ("no_auth", "tracking_insecure_tls", "allow_http", "nested")


def read_components(data: Mapping[str, Any], where: str) -> Components:
    """Read a whole component file's mapping; unknown keys are left to newer versions of mlreg.

    Raises StoreBroken naming the file and the entry that has the wrong shape, or a key that looks like a slip: what is
    under `protect` would protect nothing.
    """
    for key in data.keys() - _SECTIONS:
        if near := difflib.get_close_matches(str(key).lower(), _SECTIONS, n=1, cutoff=0.75):
            raise _broken(where, str(key), f"is not known; did you mean '{near[0]}'?")
    return Components(
        trackers=_section(data, "trackers", _tracker, where),
        stacks=_section(data, "stacks", _stack, where),
        secrets=_section(data, "secrets", _secret, where),
        gates=_section(data, "gates", _rules, where),
        protected=_protected(data, where),
        active_stack=_text(data, "active_stack", where),
        previous_stack=_text(data, "previous_stack", where),
        secret_backend=_text(data, "secret_backend", where),
    )


def tracker_entry(tracker: Tracker) -> dict[str, Any]:
    """Write a tracker as the file has it: placeholders as `{{secret.key}}`, literal credentials as they are."""
    return _entry(tracker)


def stack_entry(stack: Stack) -> dict[str, Any]:
    """Write a stack as the file has it."""
    return _entry(stack)


def secret_entry(secret: SecretEntry) -> dict[str, Any]:
    """Write what the file knows of a secret: never a value."""
    return _entry(secret)


def credential(field: str, text: str | None) -> Credential | None:
    """Read a credential as typed or as written: a placeholder, or a literal that from here on is a Secret."""
    if text is None:
        return None
    return parse_placeholder(field, text) or Secret(text)


def _entry(component: Tracker | Stack | SecretEntry) -> dict[str, Any]:
    entry = {}
    for item in dataclasses.fields(component):
        value = getattr(component, item.name)
        if item.name not in NOT_WRITTEN and value not in (None, False, {}, ()):
            entry[item.name] = _plain(value)
    return entry


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Placeholder):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _section(data: Mapping[str, Any], section: str, read: Callable[[str, Any, str], T], where: str) -> dict[str, T]:
    entries = data.get(section) or {}
    if not isinstance(entries, Mapping):
        raise _broken(where, section, "is not a mapping of names")
    for name in entries:
        if not isinstance(name, str) or not COMPONENT_NAME.fullmatch(name):
            raise _broken(where, f"{section}.{name}", "is not a name mlreg can use")
    return {name: read(name, entry, where) for name, entry in entries.items()}


def _tracker(name: str, entry: Any, where: str) -> Tracker:
    place = f"trackers.{name}"
    values = _known(Tracker, _mapping(entry, where, place), where, place)
    if not values.get("tracking_uri"):
        raise _broken(where, place, "has no tracking_uri")
    try:
        for field in CREDENTIAL_FIELDS:
            values[field] = credential(field, values.get(field))
        headers = values.get("tracking_headers", {})
        values["tracking_headers"] = {key: credential("tracking_header", text) for key, text in headers.items()}
    except Usage as error:
        raise _broken(where, place, error.message) from None
    return Tracker(name=name, **values)


def _stack(name: str, entry: Any, where: str) -> Stack:
    place = f"stacks.{name}"
    values = _known(Stack, _mapping(entry, where, place), where, place)
    if not values.get("tracker"):
        raise _broken(where, place, "names no tracker")
    return Stack(name=name, **values)


def _secret(name: str, entry: Any, where: str) -> SecretEntry:
    entry = _mapping(entry, where, f"secrets.{name}")
    backend = _text(entry, "backend", where) or "keyring"
    lists = {item: _texts(entry, item, where, f"secrets.{name}") for item in ("keys", "hosts", "command")}
    if backend == "command" and not lists["command"]:
        raise _broken(where, f"secrets.{name}", "has no command")
    return SecretEntry(name=name, backend=backend, **lists)


def _rules(name: str, entry: Any, where: str) -> tuple[Rule, ...]:
    """The conditions of a gate. A number or `true` that YAML made of one is no condition: nothing may be lost here."""
    return tuple(Rule(text, where) for text in _texts({name: entry}, name, where, "gates"))


def _protected(data: Mapping[str, Any], where: str) -> dict[str, tuple[Rule, ...]]:
    """The gates that targets are protected by: one name for each target, or a list of them."""
    protected = {}
    for target, named in _mapping(data.get("protected") or {}, where, "protected").items():
        names = _texts({"gates": [named] if isinstance(named, str) else named}, "gates", where, f"protected.{target}")
        try:
            known = f"@{check_alias(target)}" if str(target).startswith("@") else check_stage(str(target))
        except Usage as error:
            raise _broken(where, f"protected.{target}", f"is no target: {error.message}") from None
        if not names:
            raise _broken(where, f"protected.{target}", "names no gate")
        protected[known] = tuple(Rule(name, where) for name in names)
    return protected


def _texts(entry: Mapping[str, Any], field: str, where: str, place: str) -> tuple[str, ...]:
    texts = entry.get(field) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _broken(where, place, f"{field} is not a list of texts")
    return tuple(texts)


def _known(kind: type, entry: Mapping[str, Any], where: str, place: str) -> dict[str, Any]:
    """The fields that this version of mlreg knows, each with the type it must have."""
    values = {}
    for item in dataclasses.fields(kind):
        if item.name in NOT_WRITTEN or entry.get(item.name) is None:
            continue
        value = entry[item.name]
        if item.name in _FLAGS:
            if not isinstance(value, bool):
                raise _broken(where, f"{place}.{item.name}", "is neither true nor false")
        elif item.name in MAPPINGS:
            value = {str(key): str(text) for key, text in _mapping(value, where, f"{place}.{item.name}").items()}
        elif isinstance(value, (Mapping, list)):
            raise _broken(where, f"{place}.{item.name}", "is not a text")
        else:
            value = str(value)
        values[item.name] = value
    return values


def _mapping(value: Any, where: str, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _broken(where, place, "is not a mapping")
    return value


def _text(data: Mapping[str, Any], key: str, where: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise _broken(where, key, "is not a text")
    return value


def _broken(where: str, place: str, problem: str) -> StoreBroken:
    return StoreBroken(f"{where}: {place} {problem}", hint="mend the file by hand; mlreg has not changed it")
