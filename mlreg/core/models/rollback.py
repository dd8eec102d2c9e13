"""Rolling back: a pointer returns to the version that held it before, if that one can still be served."""

from mlreg.core import features
from mlreg.core.errors import CannotTell, CheckFailed, Conflict, MlregError, SourceNotFound, VersionNotFound
from mlreg.core.models.custody import Custody
from mlreg.core.models.files import Means, listed, uri_of
from mlreg.core.models.history import Past, former, holders, read, target_of
from mlreg.core.models.journal import Event
from mlreg.core.models.promote import move
from mlreg.core.ports import Feature
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Outcome, Version


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A pointer that has gone back: from which version to which."""

    name: str
    target: str
    previous: int | None
    version: int
    outcome: Outcome


def roll_back(
    means: Means, ref: ModelRef, custody: Custody, *, to: int | None = None, force: bool = False
) -> RolledBack:
    """Let an alias or a stage name its former holder again, or version `to`; then read back what was written.

    A former holder needs no gate: it has passed one. Raises CannotTell when the journal does not lead to it, Conflict
    when it is gone or not ready, CheckFailed when its files are known to be missing, or when `to` has never held a
    protected target, unless forced.
    """
    target = target_of(ref)
    features.require_selector(means.registry, ref)
    past = read(means.registry, ref.name)
    now = past.holder(target)
    number = to or former(past, target)
    pointer = str(ref)
    if number == now:
        return RolledBack(ref.name, target, now, number, Outcome(said=f"{pointer} is {number} already", changed=False))
    held = number in holders(past, target)
    if not held and not force:
        custody.check(f"{ref.name}/{number}", target)
    version = _usable(past, number)
    left = version.stage if not target.startswith("@") and version.stage not in ("None", "Archived", target) else ""
    custody.check_left(version.name, left)
    notes = [] if force else _check_files(means, version, pointer, held=held)
    event = Event(
        act="rollback", name=past.model.name, target=target, previous=now, version=number, left=left, forced=force
    )
    notes += move(means, event, custody.journal)
    was = f", was {now}" if now is not None else ""
    return RolledBack(
        past.model.name, target, now, number, Outcome(said=f"{pointer} is {number} again{was}", notes=notes)
    )


def _usable(past: Past, number: int) -> Version:
    version = next((version for version in past.versions if version.number == number), None)
    hint = f"mlreg model history {quoted(past.model.name)}"
    if version is None:
        raise VersionNotFound(f"{past.model.name}/{number} is gone; nothing has moved", hint=hint)
    if version.status != "READY":
        raise Conflict(f"{version.ref} is not ready", cause=f"its status is {version.status}", hint=hint)
    return version


def _check_files(means: Means, version: Version, pointer: str, *, held: bool) -> list[str]:
    """Raise CheckFailed when a version's files are known to be missing; for a former holder not knowing is a note.

    They are listed through the server alone: whoever rolls back has no credentials for its storage, and needs none.
    """
    try:
        if _has_files(means, version):
            return []
    except SourceNotFound as error:
        raise _missing(version, error.message) from error
    except MlregError as error:
        reason = error.message
    else:
        reason = "the server does not list what is there"
    doubt = f"whether the files of {version.ref} are there cannot be told: {reason}"
    if held:
        return [doubt]
    raise CannotTell(doubt, hint=f"mlreg model rollback {quoted(pointer)} --to {version.number} --force")


def _has_files(means: Means, version: Version) -> bool:
    """Tell whether the server lists files; False when it lists none of this kind. Raises SourceNotFound for none."""
    uri = uri_of(means.registry, means.tracking, version.name, version.number)
    path = _path_in_run(means, version, uri)
    if path is not None:
        if not means.tracking.run_artifacts(version.run_id, path):
            raise SourceNotFound(f"its run has nothing at '{path}'")
        return True
    if uri.startswith("mlflow-artifacts:") or Feature.PATHS in means.registry.features:
        return bool(listed(means.storage(uri), uri))
    return False


def _path_in_run(means: Means, version: Version, uri: str) -> str | None:
    """Where in its run's artifacts a version is, which any server lists, wherever it keeps them; None elsewhere."""
    if not version.run_id:
        return None
    try:
        root = f"{means.tracking.get_run(version.run_id).artifact_uri.rstrip('/')}/"
    except SourceNotFound:  # a run may be gone and its files still be there
        return None
    return uri.removeprefix(root) if uri.startswith(root) else None


def _missing(version: Version, reason: str) -> CheckFailed:
    return CheckFailed(
        f"the files of {version.ref} are missing; nothing has moved",
        cause=reason,
        hint=f"choose another version: mlreg model versions {quoted(version.name)}",
    )
