"""Bringing models into a registry: what a SOURCE means, and registering a version from it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from mlreg.core import features
from mlreg.core.errors import MlregError, ModelNotFound, NotAModel, SourceNotFound, Usage
from mlreg.core.models.browse import locate, refuse_prompt
from mlreg.core.ports import Feature, Registry, Tracking
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import LoggedModel, NewVersion, Outcome, Version

_RUN = re.compile(r"runs:/+([^/]+)/(.+)")
_LOGGED_MODEL = re.compile(r"models:/+(m-[0-9a-f]{32})")
_REGISTERED = re.compile(r"models:/+[^/@]+[/@].+")
_PLACE = re.compile(r"/|\.{1,2}/|~|file:", re.IGNORECASE)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_SOURCES = "a source is runs:/RUN_ID/PATH, models:/NAME/VERSION, models:/m-ID or a storage URI such as s3://bucket/path"


def is_place(source: str) -> bool:
    """Tell a place on this machine from other sources; where a local store is, MLflow keeps it as it is written."""
    return bool(_PLACE.match(source))


def register(
    registry: Registry,
    tracking: Tracking,
    ref: ModelRef,
    source: str,
    *,
    run_id: str | None = None,
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> tuple[Version, Outcome]:
    """Register a version of a model, which is created if need be, from a run, another version or a storage URI.

    The source is resolved before anything is written. Raises SourceNotFound, ModelNotFound, Usage.
    """
    features.check_name(registry, ref.name)
    found = _resolve(registry, tracking, ref.name, source, run_id)
    new = replace(found, description=description, tags=tags or {})
    created = _ensure_model(registry, ref.name)
    try:
        version = registry.create_version(new)
    except MlregError as error:
        error.hint = error.hint or (f"the model {ref.name} was created and is empty" if created else None)
        raise
    created_too = f"created the model {ref.name} and " if created else ""
    return version, Outcome(said=f"{created_too}registered {version.ref} from {source}")


def _ensure_model(registry: Registry, name: str) -> bool:
    """Create the model unless it exists; True when it was created."""
    try:
        refuse_prompt(registry.get_model(name))
    except ModelNotFound as error:
        if isinstance(error, NotAModel):
            raise
        registry.create_model(name)
        return True
    return False


def _resolve(registry: Registry, tracking: Tracking, name: str, source: str, run_id: str | None) -> NewVersion:
    if match := _RUN.fullmatch(source):
        return _from_run(tracking, name, match[1], match[2].strip("/"))
    if match := _LOGGED_MODEL.fullmatch(source):
        return _from_logged_model(name, tracking.get_logged_model(match[1]))
    if _REGISTERED.fullmatch(source):
        found = locate(registry, parse_ref(source))
        registry.get_version(found.model.name, found.number)
        return NewVersion(name=name, source=f"models:/{found.model.name}/{found.number}")
    if is_place(source) and Feature.PATHS in registry.features:
        return NewVersion(name=name, source=source, run_id=run_id)
    if not _URI.match(source) or source.lower().startswith("file:"):
        raise Usage(f"'{source}' is no source that a server can reach", cause="it reads as a local path", hint=_SOURCES)
    if source.startswith(("runs:", "models:")):
        raise Usage(f"cannot read the source '{source}'", hint=_SOURCES)
    return NewVersion(name=name, source=source, run_id=run_id)


def _from_run(tracking: Tracking, name: str, run_id: str, path: str) -> NewVersion:
    """A run keeps a model under its artifacts (MLflow 2) or beside itself as a logged model (MLflow 3).

    MLflow stores a `runs:/` source unresolved and then cannot serve it, so it is resolved here, in the order of
    `mlflow.register_model`: a directory of the run first, then the logged model of that name.
    """
    run = tracking.get_run(run_id)
    if tracking.run_has_artifacts(run_id, path):
        return NewVersion(name=name, source=f"{run.artifact_uri.rstrip('/')}/{path}", run_id=run_id)
    logged = tracking.logged_models(run)
    named = [model for model in logged if model.name == path]
    if not named:
        there = ", ".join(sorted({model.name for model in logged}))
        raise SourceNotFound(
            f"the run {run_id} has nothing at '{path}'",
            cause=f"it has logged {there}" if there else "it has logged no model",
            hint=f"runs:/{run_id}/{logged[-1].name}" if logged else None,
        )
    return _from_logged_model(name, named[-1])


def _from_logged_model(name: str, logged: LoggedModel) -> NewVersion:
    return NewVersion(
        name=name,
        source=f"models:/{logged.model_id}",
        model_id=logged.model_id,
        run_id=logged.source_run_id or None,
    )
