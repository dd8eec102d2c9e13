"""What a SOURCE means: a run, a run's page, a logged model, another version, a storage URI, a directory here."""

import re
from typing import Final
from urllib.parse import urlsplit

from mlreg.core.errors import SourceNotFound, Usage
from mlreg.core.models.browse import locate
from mlreg.core.ports import Feature, Registry, Tracking
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import LoggedModel, NewVersion, Run

_ID = "[0-9a-f]{32}"
_RUN = re.compile(r"runs:/+([^/]+)/(.+)")
_WHOLE_RUN = re.compile(rf"(?:runs:/+)?({_ID})/?")
_RUN_PAGE = re.compile(rf"https?://[^#?]*(?:.*)/runs/({_ID})(?:[/?].*)?", re.IGNORECASE)
_LOGGED_MODEL = re.compile(rf"(?:models:/+)?(m-{_ID})")
_PATH = re.compile(r"/|\.{1,2}(/|$)|~")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_SOURCES: Final = (
    "a source is runs:/RUN_ID/PATH, a run's id or page, models:/NAME/VERSION, models:/m-ID, "
    "a storage URI such as s3://bucket/path, or a directory: ./model"
)


def is_path(source: str) -> bool:
    """Tell a directory of this machine from other sources."""
    return bool(_PATH.match(source))


def swapped(name: str, source: str) -> bool:
    """Tell MLflow's order of arguments, source first: no model's name has a slash or a colon."""
    return bool(_URI.match(name) or is_path(name)) and not (_URI.match(source) or is_path(source) or "/" in source)


def resolve(registry: Registry, tracking: Tracking, ref: ModelRef, source: str, run_id: str | None) -> NewVersion:
    """Return what a version is made from. Raises SourceNotFound, VersionNotFound and the like, and Usage."""
    name = ref.name
    if "\n" in source.strip():
        hint = 'MLflow prints links to its pages too; take the last line: "$(python train.py | tail -n 1)"'
        raise Usage("the source has several lines", hint=hint)
    if match := _RUN.fullmatch(source):
        return _from_run(tracking, name, match[1], match[2].strip("/"))
    if match := _WHOLE_RUN.fullmatch(source) or _RUN_PAGE.fullmatch(source):
        return _only_model(tracking, name, match[1])
    if match := _LOGGED_MODEL.fullmatch(source):
        return _from_logged_model(name, tracking.get_logged_model(match[1]))
    if source.startswith("models:/") or not _URI.match(source):
        return _from_version(registry, ref, source)
    if source.startswith("runs:"):
        raise Usage(f"cannot read the source '{source}'", hint=_SOURCES)
    if source.lower().startswith("file:") and Feature.PATHS not in registry.features:
        path = urlsplit(source).path
        raise Usage(
            f"'{source}' is no source that a server can reach",
            cause="it is a place on this machine",
            hint=f"upload it: mlreg model register {quoted(name, path)}",
        )
    return NewVersion(name=name, source=source, run_id=run_id)


def page_host(source: str) -> str | None:
    """The host of a run's page, which must be the server's own; None for other sources."""
    return urlsplit(source).hostname if _RUN_PAGE.fullmatch(source) else None


def _from_version(registry: Registry, ref: ModelRef, source: str) -> NewVersion:
    try:
        wanted = parse_ref(source)
    except Usage as error:
        raise Usage(f"cannot read the source '{source}'", cause=error.cause, hint=_SOURCES) from error
    if wanted.selector is None:
        raise Usage(f"cannot read the source '{source}'", cause="it names no version", hint=_SOURCES)
    if wanted.stack not in (None, ref.stack):
        raise Usage(
            f"'{source}' is in another stack",
            cause="a registry takes versions from itself only",
            hint=f"bring its files: mlreg model download {quoted(source)} ./m,"
            f" then: mlreg model register {quoted(ref.name)} ./m",
        )
    found = locate(registry, wanted)
    registry.get_version(found.model.name, found.number)
    return NewVersion(name=ref.name, source=f"models:/{found.model.name}/{found.number}")


def _from_run(tracking: Tracking, name: str, run_id: str, path: str) -> NewVersion:
    """A run keeps a model under its artifacts (MLflow 2) or beside itself as a logged model (MLflow 3).

    MLflow stores a `runs:/` source unresolved and then cannot serve it, so it is resolved here, in the order of
    `mlflow.register_model`: a directory of the run first, then the logged model of that name.
    """
    run = tracking.get_run(run_id)
    if tracking.run_artifacts(run_id, path):
        return _in_run(run, name, path)
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


def _only_model(tracking: Tracking, name: str, run_id: str) -> NewVersion:
    """The one model of a run; raises Usage listing them when it has several, SourceNotFound when it has none."""
    run = tracking.get_run(run_id)
    logged = {model.name: model for model in tracking.logged_models(run)}
    paths = [path for path in _model_paths(tracking, run_id) if path not in logged]
    known = [*logged, *paths]
    if len(known) > 1:
        raise Usage(
            f"the run {run_id} has logged {len(known)} models",
            cause=", ".join(known),
            hint=f"say which: mlreg model register {quoted(name, f'runs:/{run_id}/{known[-1]}')}",
        )
    if logged:
        return _from_logged_model(name, next(iter(logged.values())))
    if paths:
        return _in_run(run, name, paths[0])
    hint = f"name the path of a model in it: mlreg model register {quoted(name)} runs:/{run_id}/PATH"
    raise SourceNotFound(f"the run {run_id} has logged no model", hint=hint)


def _model_paths(tracking: Tracking, run_id: str) -> list[str]:
    """The directories among a run's artifacts that hold a model, as MLflow 2 keeps them there."""
    directories = [path.rstrip("/") for path in tracking.run_artifacts(run_id) if path.endswith("/")]
    return [path for path in directories if f"{path}/MLmodel" in tracking.run_artifacts(run_id, path)]


def _in_run(run: Run, name: str, path: str) -> NewVersion:
    return NewVersion(name=name, source=f"{run.artifact_uri.rstrip('/')}/{path}", run_id=run.run_id)


def _from_logged_model(name: str, logged: LoggedModel) -> NewVersion:
    return NewVersion(
        name=name,
        source=f"models:/{logged.model_id}",
        model_id=logged.model_id,
        run_id=logged.source_run_id or None,
    )
