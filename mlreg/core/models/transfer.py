"""Registering a version: from what the server can reach, from a directory here, or not at all if nothing is new."""

from collections.abc import Mapping
from dataclasses import field, replace

from mlreg.core import features, tags
from mlreg.core.errors import MlregError, ModelNotFound, NotAModel, SourceNotFound
from mlreg.core.models import move, sources
from mlreg.core.models.browse import get_model, refuse_prompt
from mlreg.core.models.custody import NONE, Custody
from mlreg.core.models.files import DIGEST, Means, combined, content_digest, listed, resolve, uri_of
from mlreg.core.models.upload import hashed_here, upload
from mlreg.core.ports import Registry, Tracking
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef, Selector, check_alias, check_stage
from mlreg.core.types import NewVersion, Outcome, Stack, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a new version shall have, and what shall point at it."""

    run_id: str | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    stage: str | None = None
    skip_unchanged: bool = False
    custody: Custody = NONE


def register(
    registry: Registry, tracking: Tracking, ref: ModelRef, source: str, request: Request | None = None
) -> tuple[Version, Outcome]:
    """Register a version of a model, which is created if need be, from a run, another version or a storage URI.

    The source is resolved before anything is written. Raises SourceNotFound, ModelNotFound, Usage.
    """
    request = request or Request()
    _check(registry, ref, request)
    new = sources.resolve(registry, tracking, ref, source, request.run_id)
    return _create(registry, ref, new, source, request)


def bring(means: Means, stack: Stack, ref: ModelRef, source: str, request: Request) -> tuple[Version, Outcome]:
    """Register a version as `register` does, from a directory of this machine too, which is uploaded first.

    With `skip_unchanged` nothing is registered when the newest version has the same content: it is returned, and
    pointed at as asked. Raises what `register` raises, CheckFailed when an upload did not arrive, CannotTell.
    """
    _check(means.registry, ref, request)
    if sources.is_path(source):
        return _bring_directory(means, stack, ref, source, request)
    new = sources.resolve(means.registry, means.tracking, ref, source, request.run_id)
    newest = _newest(means.registry, ref) if request.skip_unchanged else None
    if newest is not None and _same_source(means, newest, new.source):
        return _unchanged(means.registry, newest, request)
    return _create(means.registry, ref, new, source, request)


def _bring_directory(
    means: Means, stack: Stack, ref: ModelRef, directory: str, request: Request
) -> tuple[Version, Outcome]:
    files = hashed_here(means, directory)
    digest = combined(files)
    _refuse_prompt(means.registry, ref)
    newest = _newest(means.registry, ref) if request.skip_unchanged else None
    if newest is not None and _digest(means, newest) == digest:
        return _unchanged(means.registry, newest, request)
    new = NewVersion(name=ref.name, source=directory)
    if not means.pretend:
        place = upload(means, directory, files, ref.name, stack)
        run_id = request.run_id or place.run_id
        new = NewVersion(name=ref.name, source=place.source, model_id=place.model_id, run_id=run_id)
    noted = replace(request, tags={DIGEST: digest, **request.tags})
    try:
        version, outcome = _create(means.registry, ref, new, directory, noted)
    except MlregError as error:
        error.hint = error.hint or f"the files are uploaded: mlreg model register {quoted(ref.name, new.source)}"
        raise
    if not any(file.path == "MLmodel" for file in files):
        note = f"{directory} has no MLmodel file: MLflow keeps the files, but cannot load them as a model"
        outcome = replace(outcome, notes=[*outcome.notes, note])
    return version, outcome


def _check(registry: Registry, ref: ModelRef, request: Request) -> None:
    """Refuse what cannot be done, and a prompt's name, before anything is read or sent."""
    features.check_name(registry, ref.name)
    tags.check_keys(request.tags)
    for alias in request.aliases:
        check_alias(alias)
        features.require_aliases(registry, ref)
    request.custody.check(f"{ref.name}/latest", *(f"@{check_alias(alias)}" for alias in request.aliases))
    if request.stage is not None:
        check_stage(request.stage)
        features.require_stages(registry, ref)
        request.custody.check(f"{ref.name}/latest", check_stage(request.stage))


def _newest(registry: Registry, ref: ModelRef) -> Version | None:
    """The newest version of a model; None when there is none, or it could not be registered."""
    try:
        newest = next(iter(registry.search_versions(ref.name)), None)
    except ModelNotFound:
        return None
    return None if newest is None or newest.status.startswith("FAILED") else newest


def _refuse_prompt(registry: Registry, ref: ModelRef) -> None:
    """Before an upload: afterwards it would be for nothing."""
    try:
        get_model(registry, ref.name)
    except NotAModel:
        raise
    except ModelNotFound:
        pass


def _create(
    registry: Registry, ref: ModelRef, new: NewVersion, source: str, request: Request
) -> tuple[Version, Outcome]:
    new = replace(new, description=request.description, tags=request.tags)
    created = _ensure_model(registry, ref.name)
    try:
        version = registry.create_version(new)
    except MlregError as error:
        error.hint = error.hint or (f"the model {ref.name} was created and is empty" if created else None)
        raise
    created_too = f"created the model {ref.name} and " if created else ""
    pointed, notes = _point(registry, version, request)
    return pointed, Outcome(said=f"{created_too}registered {version.ref} from {source}", notes=notes)


def _unchanged(registry: Registry, newest: Version, request: Request) -> tuple[Version, Outcome]:
    pointed, notes = _point(registry, newest, request)
    return pointed, Outcome(said=f"unchanged: {newest.ref} has this very content", notes=notes, changed=False)


def _point(registry: Registry, version: Version, request: Request) -> tuple[Version, list[str]]:
    """Let aliases and a stage point at a version as asked; what deserves attention comes with it."""
    ref = ModelRef(version.name, Selector("version", str(version.number)))
    notes: list[str] = []
    try:
        for alias in request.aliases:
            moved = move.set_alias(registry, ref, alias, custody=request.custody)
            version = replace(version, aliases=tuple(sorted({*version.aliases, check_alias(alias)})))
            notes += moved.outcome.notes
        if request.stage is not None:
            done = move.transition(registry, ref, request.stage, custody=request.custody)
            version = replace(version, stage=done.version.stage)
            notes += done.outcome.notes
    except MlregError as error:
        error.message = f"{version.ref} is registered, but not all points at it that shall: {error.message}"
        raise
    return version, notes


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


def _same_source(means: Means, newest: Version, source: str) -> bool:
    """Tell whether a source is where the newest version's files are, or holds the same bytes."""
    here = resolve(means.registry, means.tracking, source)
    there = uri_of(means.registry, means.tracking, newest.name, newest.number)
    if here == there:
        return True
    artifacts = means.storage(here)
    return content_digest(artifacts, here, listed(artifacts, here)) == _digest(means, newest)


def _digest(means: Means, version: Version) -> str | None:
    """The digest of a version's content: noted by mlreg, else read from its files; None when they are gone."""
    try:
        uri = uri_of(means.registry, means.tracking, version.name, version.number)
        artifacts = means.storage(uri)
        files = listed(artifacts, uri)
        return version.tags.get(DIGEST) or content_digest(artifacts, uri, files)
    except SourceNotFound:
        return None
