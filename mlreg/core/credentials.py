"""A tracker's credentials: which secrets they name, and how they become a request's headers or MLflow's variables."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from mlreg.core.addresses import masked
from mlreg.core.entries import CREDENTIAL_FIELDS
from mlreg.core.errors import SecretMissing
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Components, Credential, Tracker

# Finds the value that a placeholder stands for; raises SecretMissing.
LookUp = Callable[[Placeholder], Secret]


def credentials_of(tracker: Tracker) -> Mapping[str, Credential]:
    """Every credential in a tracker by the name of its field, those in headers as `tracking_headers.NAME`."""
    fields = {field: getattr(tracker, field) for field in CREDENTIAL_FIELDS}
    headers = {f"tracking_headers.{name}": value for name, value in tracker.tracking_headers.items()}
    return {field: value for field, value in {**fields, **headers}.items() if value is not None}


def secrets_of(tracker: Tracker) -> list[Placeholder]:
    """The placeholders in a tracker, in the order of its fields."""
    return [value for value in credentials_of(tracker).values() if isinstance(value, Placeholder)]


def literals_of(tracker: Tracker) -> list[str]:
    """The fields whose credentials are written as they are."""
    return [field for field, value in credentials_of(tracker).items() if isinstance(value, Secret)]


def holds_literals(components: Components) -> bool:
    """Tell whether any credential is written out, in a field or in a URI: then no copy of it is to be made."""
    return any(
        literals_of(tracker) or masked(tracker.tracking_uri) != tracker.tracking_uri
        for tracker in components.trackers.values()
    )


def key_of(field: str) -> str:
    """The key that a field's credential has in a secret: `tracking_token` is `token`."""
    if field.startswith("tracking_headers."):
        return field.partition(".")[2].lower().replace("_", "-").lstrip("-0123456789") or "header"
    return field.partition("_")[2]


def authorization(tracker: Tracker, look_up: LookUp) -> dict[str, str]:
    """Return the headers that a tracker's requests carry, its secrets looked up now: its own, and Authorization.

    Basic and Bearer, as MLflow's own client sends them (`mlflow/utils/rest_utils.py`). Raises SecretMissing.
    """
    headers = own_headers(tracker, look_up)
    if tracker.tracking_token is not None:
        return {**headers, "Authorization": f"Bearer {_sendable('token', _reveal(tracker.tracking_token, look_up))}"}
    if tracker.tracking_username is None or tracker.tracking_password is None:
        return headers
    pair = f"{_reveal(tracker.tracking_username, look_up)}:{_reveal(tracker.tracking_password, look_up)}"
    import base64

    return {**headers, "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def own_headers(tracker: Tracker, look_up: LookUp) -> dict[str, str]:
    """The headers that gateways before a server ask for. Raises SecretMissing."""
    return {
        name: _sendable(f"header {name}", _reveal(value, look_up)) for name, value in tracker.tracking_headers.items()
    }


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


def laid_open(tracker: Tracker, look_up: LookUp) -> dict[str, Any]:
    """A tracker as plain data, its secrets looked up now and in the open: for a pipe to another process of mlreg."""
    data: dict[str, Any] = {item.name: getattr(tracker, item.name) for item in fields(tracker)}
    opened = {name: _reveal(data[name], look_up) for name in CREDENTIAL_FIELDS if data[name] is not None}
    headers = {name: _reveal(value, look_up) for name, value in tracker.tracking_headers.items()}
    return {**data, **opened, "tracking_headers": headers, "labels": dict(tracker.labels)}


def closed_again(data: Mapping[str, Any]) -> Tracker:
    """The tracker that was laid open."""
    closed = {name: Secret(data[name]) for name in CREDENTIAL_FIELDS if data[name] is not None}
    headers = {name: Secret(value) for name, value in data["tracking_headers"].items()}
    return Tracker(**{**data, **closed, "tracking_headers": headers})


def _reveal(value: Credential, look_up: LookUp) -> str:
    return (value if isinstance(value, Secret) else look_up(value)).reveal()


def _sendable(what: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise SecretMissing(
            f"the {what} cannot be sent in a header", cause="it holds line breaks or letters outside ASCII"
        )
    return value
