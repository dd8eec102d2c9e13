"""The fields of every output, and their order: a contract with scripts, typed out again in a test."""

from typing import TYPE_CHECKING, Any

from mlreg.cli.text import timestamp
from mlreg.core.addresses import masked
from mlreg.core.entries import CREDENTIAL_FIELDS
from mlreg.core.errors import MlregError
from mlreg.core.secret import MASK, Secret
from mlreg.core.types import Model, SecretEntry, Stack, Tracker, Version

if TYPE_CHECKING:  # a listing does not load what moving needs
    from mlreg.core.models.browse import Located
    from mlreg.core.models.move import Moved
    from mlreg.core.models.removal import Deleted
    from mlreg.core.models.tagging import Tagged

Fields = dict[str, Any]

MODEL_COLUMNS = ("name", "latest_version", "stages", "aliases", "updated_at")
VERSION_COLUMNS = ("name", "version", "stage", "aliases", "status", "created_at")
ALIAS_COLUMNS = ("alias", "version")
TRACKER_COLUMNS = ("name", "kind", "tracking_uri", "auth", "active")
STACK_COLUMNS = ("name", "tracker", "registry", "experiment", "active")
PROBLEM_COLUMNS = ("code", "message", "hint")
SECRET_COLUMNS = ("name", "keys", "backend", "used_by")


def model(item: Model) -> Fields:
    return {
        "name": item.name,
        "latest_version": item.latest,
        "stages": dict(item.stages),
        "aliases": dict(item.aliases),
        "description": item.description,
        "tags": dict(item.tags),
        "created_at": timestamp(item.created),
        "updated_at": timestamp(item.updated),
    }


def version(item: Version) -> Fields:
    return {
        "name": item.name,
        "version": item.number,
        "stage": item.stage,
        "aliases": list(item.aliases),
        "status": item.status,
        "status_message": item.status_message,
        "description": item.description,
        "source": item.source,
        "run_id": item.run_id,
        "model_id": item.model_id,
        "user": item.user,
        "tags": dict(item.tags),
        "created_at": timestamp(item.created),
        "updated_at": timestamp(item.updated),
    }


def moved(item: "Moved") -> Fields:
    return {
        "name": item.name,
        "target": item.target,
        "previous": item.previous,
        "version": item.version,
        "changed": item.outcome.changed,
    }


def resolved(item: "Located") -> Fields:
    name, number = item.model.name, item.number
    return {"name": name, "version": number, "uri": f"models:/{name}/{number}"}


def tagged(item: "Tagged") -> Fields:
    return {"name": item.name, "version": item.version, "set": dict(item.set), "deleted": list(item.deleted)}


def deleted(item: "Deleted") -> Fields:
    return {"name": item.name, "version": item.version, "deleted": True}


def tracker(item: Tracker, *, active: bool) -> Fields:
    """A tracker, its literal credentials masked; a placeholder is no secret and is shown."""
    credentials = {field: _shown(getattr(item, field)) for field in CREDENTIAL_FIELDS}
    return {
        "name": item.name,
        "flavor": item.flavor,
        "kind": item.kind,
        "tracking_uri": masked(item.tracking_uri),
        "auth": item.auth,
        **credentials,
        "no_auth": item.no_auth,
        "tracking_headers": {name: _shown(value) for name, value in item.tracking_headers.items()},
        "tracking_insecure_tls": item.tracking_insecure_tls,
        "tracking_ca_cert": item.tracking_ca_cert,
        "tracking_client_cert": item.tracking_client_cert,
        "allow_http": item.allow_http,
        "workspace": item.workspace,
        "registry_uri": item.registry_uri,
        "databricks_host": item.databricks_host,
        "client": item.client or "auto",
        "labels": dict(item.labels),
        "description": item.description,
        "active": active,
    }


def stack(item: Stack, *, active: bool) -> Fields:
    return {
        "name": item.name,
        "tracker": item.tracker,
        "registry": item.registry,
        "artifact_store": masked(item.artifact_store) if item.artifact_store else None,
        "experiment": item.experiment,
        "nested": item.nested,
        "tags": dict(item.tags),
        "workspace": item.workspace,
        "namespace": item.namespace,
        "active": active,
    }


def secret(item: SecretEntry, used_by: list[str]) -> Fields:
    return {
        "name": item.name,
        "backend": item.backend,
        "keys": list(item.keys),
        "hosts": list(item.hosts),
        "command": list(item.command),
        "used_by": used_by,
    }


def problem(item: Stack, found: MlregError) -> Fields:
    """One thing that keeps a stack from working, and what mends it."""
    return {
        "stack": item.name,
        "code": found.code,
        "message": found.message,
        "cause": found.cause,
        "hint": found.hint,
        "exit": found.exit,
    }


def code_of(record: Any) -> str:
    """How `-o name` calls a problem."""
    return str(record["code"])


def name_of(record: Any) -> str:
    """How `-o name` calls a component or a model."""
    return str(record["name"])


def ref_of(record: Any) -> str:
    """How `-o name` calls a version."""
    return f"{record['name']}/{record['version']}"


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return MASK if isinstance(value, Secret) else str(value)
