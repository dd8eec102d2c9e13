"""The verbs of `tracker`: what may be registered, and how a tracker's credentials become a request's headers."""

import base64
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from mlreg.core import databricks
from mlreg.core.addresses import is_loopback
from mlreg.core.entries import CREDENTIAL_FIELDS, tracker_entry
from mlreg.core.errors import (
    AlreadyExists,
    ComponentNotFound,
    Conflict,
    SecretMissing,
    Usage,
    did_you_mean,
)
from mlreg.core.ports import Edit
from mlreg.core.references import Placeholder, check_component_name
from mlreg.core.secret import MASK, Secret
from mlreg.core.types import Components, Credential, Outcome, Tracker

# Finds the value that a placeholder stands for; raises SecretMissing.
LookUp = Callable[[Placeholder], Secret]

STORE_SCHEMES = ("sqlite", "postgresql", "mysql", "mssql", "file")
_SCHEMES = ("http", "https", "databricks", "databricks-uc", *STORE_SCHEMES)


def find(components: Components, name: str) -> Tracker:
    """Return a tracker by its name; raises ComponentNotFound with the nearest name."""
    if name not in components.trackers:
        near = did_you_mean(name, components.trackers)
        raise ComponentNotFound(f"there is no tracker '{name}'", hint=near or "mlreg tracker list")
    return components.trackers[name]


def register(components: Components, tracker: Tracker, *, replace: bool = False) -> tuple[Edit, Outcome]:
    """Add a tracker; the first one becomes the active stack. Registering the same again changes nothing.

    Raises Usage for what cannot work, AlreadyExists for another tracker of that name without `replace`.
    """
    check(tracker)
    edit = put(components, "tracker", tracker.name, tracker_entry(tracker), _known_entry(components, tracker), replace)
    if not edit:
        return {}, Outcome(said=f"tracker {tracker.name} is registered already, unchanged", changed=False)
    said = f"registered tracker {tracker.name} ({masked(tracker.tracking_uri)})"
    if components.active_stack is None and not components.trackers:
        edit = {**edit, ("active_stack",): tracker.name}
        said += f"; its stack {tracker.name} is now active"
    return edit, Outcome(said=said, notes=tuple(_notes(components, tracker)))


def delete(components: Components, name: str) -> tuple[Edit, Outcome]:
    """Take a tracker away; raises Conflict while a stack uses it."""
    find(components, name)
    users = [stack.name for stack in components.stacks.values() if name in (stack.tracker, stack.registry)]
    if users:
        raise Conflict(
            f"tracker '{name}' is in use",
            cause=f"by the stack{'s' if len(users) > 1 else ''} {', '.join(users)}",
            hint=f"mlreg stack delete {users[0]}",
        )
    edit: dict[tuple[str, ...], object] = {("trackers", name): None}
    notes = []
    if components.active_stack == name and name not in components.stacks:
        edit["active_stack",] = None
        notes.append("no stack is active now; choose one: mlreg stack use NAME")
    return edit, Outcome(said=f"deleted tracker {name}", notes=notes)


def put(
    components: Components,
    kind: str,
    name: str,
    entry: Mapping[str, object],
    known: Mapping[str, object] | None,
    replace: bool,
) -> Edit:
    """The edit that makes an entry of any kind read as wanted: empty when it does; field by field when it exists.

    Raises AlreadyExists, naming the fields that differ, when another entry has the name and `replace` is not set.
    """
    check_component_name(kind, name)
    section = f"{kind}s"
    if known is None:
        return {(section, name): dict(entry)}
    differing = sorted(field for field in {*entry, *known} if entry.get(field) != known.get(field))
    if differing and not replace:
        raise AlreadyExists(
            f"{kind} '{name}' exists with another {', '.join(differing)}",
            hint=f"to replace it, add --replace; to see it: mlreg {kind} show {name}",
        )
    return {(section, name, field): entry.get(field) for field in differing}


def check(tracker: Tracker) -> None:
    """Raise Usage for a tracker that could never work, with the option that mends it."""
    if tracker.flavor != "mlflow":
        raise Usage(f"there is no flavor '{tracker.flavor}'", cause="mlreg has one: mlflow", hint="--flavor mlflow")
    parts = urlsplit(tracker.tracking_uri)
    scheme = tracker.tracking_uri.partition(":")[0].lower()
    if scheme not in _SCHEMES and scheme.partition("+")[0] not in _SCHEMES:
        raise Usage(
            f"'{scheme}' is no scheme that MLflow can open",
            cause=f"it knows {', '.join(_SCHEMES)}",
            hint=did_you_mean(scheme, _SCHEMES),
        )
    if tracker.kind == "server":
        if not parts.hostname:
            raise Usage(f"'{masked(tracker.tracking_uri)}' names no host", hint="https://mlflow.example.com")
        if "@" in parts.netloc:
            raise Usage(
                "credentials do not belong in the URI",
                cause="it is shown in listings and logs",
                hint="mlreg secret register NAME -k username -k password, then "
                "--tracking-username={{NAME.username}} --tracking-password={{NAME.password}}",
            )
    databricks.check(tracker)
    _check_auth(tracker)


def _check_auth(tracker: Tracker) -> None:
    pair = (tracker.tracking_username, tracker.tracking_password)
    if (pair[0] is None) != (pair[1] is None):
        missing = "--tracking-password" if pair[1] is None else "--tracking-username"
        raise Usage("a username and a password only work together", hint=f"add {missing}={{{{NAME.key}}}}")
    if any(isinstance(value, Secret) and not value for value in (*pair, tracker.tracking_token)):
        raise Usage("a credential is empty", hint="give a value, or leave the option out")
    ways = [name for name, used in _ways(tracker).items() if used]
    if len(ways) > 1:
        raise Usage(f"{' and '.join(ways)} exclude each other", hint="keep one way of authenticating")
    if tracker.kind == "local" and tracker.auth != "none":
        raise Usage("a local store takes no credentials", cause=masked(tracker.tracking_uri), hint="leave them out")
    if tracker.kind == "server" and not ways:
        raise Usage(
            "how to authenticate is not said",
            cause="a tracking server needs exactly one of a token, a username with a password, or --no-auth",
            hint="add --tracking-token={{NAME.token}}, or --tracking-username={{NAME.username}} "
            "--tracking-password={{NAME.password}}, or --no-auth",
        )
    if sends_in_clear(tracker):
        raise Usage(
            "a credential would be sent over http, which anyone on the way can read",
            hint="use https://, or accept it with --allow-http",
        )


def _ways(tracker: Tracker) -> dict[str, bool]:
    return {
        "--tracking-username with --tracking-password": tracker.tracking_username is not None,
        "--tracking-token": tracker.tracking_token is not None,
        "--no-auth": tracker.no_auth,
    }


def sends_in_clear(tracker: Tracker) -> bool:
    """Tell whether a credential would travel unencrypted to another machine without consent."""
    plain = urlsplit(tracker.tracking_uri).scheme.lower() == "http" and not is_loopback(tracker.tracking_uri)
    return plain and tracker.auth != "none" and not tracker.allow_http


def masked(uri: str) -> str:
    """Return a URI fit to be shown: a password in it (`postgresql://user:password@host/db`) becomes ***."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", rf"\1:{MASK}@", uri)


def secrets_of(tracker: Tracker) -> list[Placeholder]:
    """The placeholders in a tracker, in the order of its fields."""
    values = (getattr(tracker, field) for field in CREDENTIAL_FIELDS)
    return [value for value in values if isinstance(value, Placeholder)]


def authorization(tracker: Tracker, look_up: LookUp) -> dict[str, str]:
    """Return the Authorization header for a tracker, its secrets looked up now; empty without credentials.

    Basic and Bearer, as MLflow's own client sends them (`mlflow/utils/rest_utils.py`). Raises SecretMissing.
    """
    if tracker.tracking_token is not None:
        return {"Authorization": f"Bearer {_header_safe('token', _reveal(tracker.tracking_token, look_up))}"}
    if tracker.tracking_username is None or tracker.tracking_password is None:
        return {}
    pair = f"{_reveal(tracker.tracking_username, look_up)}:{_reveal(tracker.tracking_password, look_up)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def environment(tracker: Tracker, look_up: LookUp) -> dict[str, str]:
    """Return the variables that make MLflow's own client use a tracker as mlreg does, its secrets looked up now.

    Names: `mlflow/environment_variables.py`. Raises SecretMissing.
    """
    on_databricks = tracker.kind == "databricks"
    credentials = {
        "MLFLOW_TRACKING_USERNAME": tracker.tracking_username,
        "MLFLOW_TRACKING_PASSWORD": tracker.tracking_password,
        "DATABRICKS_TOKEN" if on_databricks else "MLFLOW_TRACKING_TOKEN": tracker.tracking_token,
        "DATABRICKS_CLIENT_ID": tracker.databricks_client_id,
        "DATABRICKS_CLIENT_SECRET": tracker.databricks_client_secret,
    }
    plain = {
        "MLFLOW_TRACKING_SERVER_CERT_PATH": tracker.tracking_ca_cert,
        "MLFLOW_TRACKING_CLIENT_CERT_PATH": tracker.tracking_client_cert,
        "MLFLOW_TRACKING_INSECURE_TLS": "true" if tracker.tracking_insecure_tls else None,
        "MLFLOW_WORKSPACE": tracker.workspace,
        "DATABRICKS_HOST": tracker.databricks_host,
    }
    revealed = {name: _reveal(value, look_up) for name, value in credentials.items() if value is not None}
    return {**revealed, **{name: text for name, text in plain.items() if text}}


def _reveal(value: Credential, look_up: LookUp) -> str:
    return (value if isinstance(value, Secret) else look_up(value)).reveal()


def _header_safe(what: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise SecretMissing(
            f"the {what} cannot be sent in a header", cause="it holds line breaks or letters outside ASCII"
        )
    return value


def _known_entry(components: Components, tracker: Tracker) -> dict[str, object] | None:
    known = components.trackers.get(tracker.name)
    return tracker_entry(known) if known else None


def _notes(components: Components, tracker: Tracker) -> list[str]:
    literals = {
        field.partition("_")[2]: f"--{field.replace('_', '-')}"
        for field in CREDENTIAL_FIELDS
        if isinstance(getattr(tracker, field), Secret)
    }
    notes = []
    if masked(tracker.tracking_uri) != tracker.tracking_uri:
        notes.append("the password in the URI is stored unprotected")
    if literals:
        keys = " ".join(f"-k {key}" for key in literals)
        fields = " ".join(f"{option}={{{{{tracker.name}.{key}}}}}" for key, option in literals.items())
        fields += "".join(f" {option}" for option in databricks.options(tracker))
        notes.append(
            f"the {' and '.join(literals)} {'is' if len(literals) == 1 else 'are'} stored unprotected; better:\n"
            f"  mlreg secret register {tracker.name} {keys}\n"
            f"  mlreg tracker register {tracker.name} {tracker.tracking_uri} {fields} --replace"
        )
    absent: dict[str, list[str]] = {}
    for placeholder in secrets_of(tracker):
        entry = components.secrets.get(placeholder.secret)
        if entry is None or placeholder.key not in entry.keys:
            absent.setdefault(placeholder.secret, []).append(placeholder.key)
    for secret, missing in absent.items():
        replace = " --replace" if secret in components.secrets else ""
        notes.append(
            f"the secret {secret} has no {' and '.join(missing)} yet: "
            f"mlreg secret register {secret} {' '.join(f'-k {key}' for key in missing)}{replace}"
        )
    return notes
