"""The fields of every output, and their order: a contract with scripts, typed out again in a test."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlreg.cli.text import elapsed, timestamp
from mlreg.core.addresses import masked
from mlreg.core.entries import CREDENTIAL_FIELDS
from mlreg.core.errors import MlregError
from mlreg.core.secret import MASK, Secret
from mlreg.core.tags import visible
from mlreg.core.types import Model, SecretEntry, Stack, Tracker, Version

if TYPE_CHECKING:  # a listing does not load what moving needs
    from mlreg.core.gates import Result
    from mlreg.core.local_server import LocalServer
    from mlreg.core.models.browse import Located
    from mlreg.core.models.bulk import Done
    from mlreg.core.models.download import Downloaded
    from mlreg.core.models.holders import Held, Holder
    from mlreg.core.models.journal import Event
    from mlreg.core.models.move import Moved
    from mlreg.core.models.promote import Promoted
    from mlreg.core.models.prune import Prunable
    from mlreg.core.models.removal import Deleted
    from mlreg.core.models.rollback import RolledBack
    from mlreg.core.models.tagging import Tagged
    from mlreg.core.models.verify import Compared

Fields = dict[str, Any]

MODEL_COLUMNS = ("name", "latest_version", "stages", "aliases", "updated_at")
VERSION_COLUMNS = ("name", "version", "stage", "aliases", "status", "created_at")
COMPARED_COLUMNS = ("path", "state", "size", "detail")
PRUNED_FIELDS = ("ref", "created_at", "size", "state", "code", "detail")
PRUNED_COLUMNS = ("ref", "created_at", "size", "state", "detail")
GATE_COLUMNS = ("verdict", "condition", "detail")
EVENT_COLUMNS = ("at", "target", "previous", "version", "act", "by", "comment")
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
        "tags": visible(item.tags),
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
        "tags": visible(item.tags),
        "created_at": timestamp(item.created),
        "updated_at": timestamp(item.updated),
    }


def values(logged: Mapping[str, float | str | None]) -> Fields:
    """What a run has logged, beside its model; what JSON has no number for is a text there."""
    return {field: number(value) if isinstance(value, float) else value for field, value in logged.items()}


def held(stack: str, item: "Held") -> Fields:
    """Who holds the stages and aliases of a model."""
    holders = {
        place: [{"version": each.version, "created_at": timestamp(each.created)} for each in holding]
        for place, holding in item.holders.items()
    }
    return {"stack": stack, "name": item.name, "holders": holders}


def held_cells(stack: str, item: "Held", *, across: Sequence[str], aged: bool) -> Fields:
    """The same as a row of a matrix: in each place the versions that hold it, and how old they are."""

    def cell(holder: "Holder") -> str:
        made = timestamp(holder.created)
        return f"{holder.version} ({elapsed(made) or 'now'})" if aged and made else str(holder.version)

    cells = {place: ", ".join(map(cell, item.holders.get(place, ()))) for place in across}
    return {"stack": stack, "name": item.name, **cells}


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


def promoted(item: "Promoted") -> Fields:
    return {
        "name": item.name,
        "target": item.target,
        "previous": item.previous,
        "version": item.version,
        "changed": item.outcome.changed,
        "verdict": item.verdict.value,
        "forced": item.forced,
        "gates": [gate(result) for result in item.results],
    }


def gate(item: "Result") -> Fields:
    return {"verdict": item.verdict.value, "condition": item.text, "detail": item.detail}


def pruned(item: "Prunable", done: "Done") -> Fields:
    return {
        "ref": done.ref,
        "created_at": timestamp(item.version.created),
        "size": item.size,
        "state": done.state,
        "code": done.error.code if done.error else None,
        "detail": done.detail,
    }


def rolled_back(item: "RolledBack") -> Fields:
    return {
        "name": item.name,
        "target": item.target,
        "previous": item.previous,
        "version": item.version,
        "changed": item.outcome.changed,
    }


def event(item: "Event") -> Fields:
    return {
        "at": timestamp(item.at),
        "name": item.name,
        "target": item.target,
        "previous": item.previous,
        "version": item.version,
        "act": item.act,
        "by": item.by,
        "comment": item.comment,
        "job": item.job,
        "gates": list(item.gates),
        "forced": item.forced,
    }


def event_ref(row: Mapping[str, Any]) -> str:
    return str(row["name"]) if row["version"] is None else f"{row['name']}/{row['version']}"


def downloaded(item: "Downloaded") -> Fields:
    return {
        "name": item.name,
        "version": item.version,
        "uri": item.uri,
        "path": item.path,
        "files": item.files,
        "size": item.size,
    }


def compared(item: "Compared") -> Fields:
    return {"path": item.path, "state": item.state, "size": item.size, "detail": item.detail}


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


def local_server(name: str, item: "LocalServer | None") -> Fields:
    """A local tracker's server; nothing for another tracker."""
    return {
        "name": name,
        "server_state": item.state if item else None,
        "server_uri": item.uri if item else None,
        "server_pid": item.pid if item else None,
        "server_version": item.version if item else None,
        "server_log": item.log if item else None,
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


def name_in_stack(record: Any) -> str:
    """How `-o name` calls a model among those of several stacks."""
    return f"{record['stack']}::{record['name']}"


def ref_of(record: Any) -> str:
    """How `-o name` calls a version."""
    return f"{record['name']}/{record['version']}"


def number(value: float) -> float | str:
    """A number as JSON has it; what it has none for is a text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return MASK if isinstance(value, Secret) else str(value)
