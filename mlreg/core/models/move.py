"""Moving the pointers of a model: stages and aliases."""

from mlreg.core import features
from mlreg.core.errors import AliasNotFound, Usage, did_you_mean
from mlreg.core.models.browse import get_model, locate, with_aliases
from mlreg.core.models.custody import NONE, Custody
from mlreg.core.models.journal import Event
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef, check_alias, check_stage
from mlreg.core.types import Model, Outcome, Version


@dataclass(frozen=True, slots=True)
class Moved:
    """A pointer that was moved: which (`@champion`, `Production`), from and to which version."""

    name: str
    target: str
    previous: int | None
    version: int | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Transitioned:
    """A version that was moved to another stage."""

    version: Version
    previous: str | None
    outcome: Outcome


def transition(
    registry: Registry, ref: ModelRef, stage: str, *, archive_existing: bool = False, custody: Custody = NONE
) -> Transitioned:
    """Move a version to a stage; with `archive_existing` every other version there goes to Archived.

    Two requests when the version is named by number or alias, and one to record it. Raises Usage, VersionNotFound,
    CheckFailed for a protected stage, and what locate raises.
    """
    stage = check_stage(stage)
    if archive_existing and stage in ("None", "Archived"):
        raise Usage(f"nothing is archived by moving to {stage}", hint="leave --archive-existing out")
    features.require_stages(registry, ref)
    found = locate(registry, ref, only_one=True)
    left = stage_of(registry, found.model, found.number)
    holder = found.model.stages.get(stage)
    if left != stage:
        custody.check(f"{ref.name}/{found.number}", stage)
        custody.check_left(ref.name, left)
    version = registry.transition(ref.name, found.number, stage, archive_existing=archive_existing)
    notes = [*found.notes, *_shared(ref.name, found.number, stage, None if archive_existing else holder)]
    said = f"{version.ref} is now in {stage}"
    if archive_existing and holder not in (None, found.number):
        said += "; what was there went to Archived"
    if left != stage:
        moved = Event(act="transition", name=ref.name, target=stage, previous=holder, version=found.number, left=left)
        notes += custody.journal.record(registry, moved)
    return Transitioned(with_aliases(version, found.model), left or None, Outcome(said=said, notes=notes))


def set_alias(registry: Registry, ref: ModelRef, alias: str, *, custody: Custody = NONE) -> Moved:
    """Let an alias name a version, wherever it pointed before.

    Two requests when the version is named by number, and one to record it. Raises CheckFailed for a protected alias.
    """
    alias = check_alias(alias)
    features.require_aliases(registry, ref)
    found = locate(registry, ref, only_one=True)
    previous = found.model.aliases.get(alias)
    if previous == found.number:
        said = f"{ref.name}@{alias} is {found.number} already"
        return Moved(ref.name, f"@{alias}", previous, previous, Outcome(said=said, notes=found.notes, changed=False))
    custody.check(f"{ref.name}/{found.number}", f"@{alias}")
    registry.set_alias(ref.name, alias, found.number)
    moved = Event(act="alias set", name=ref.name, target=f"@{alias}", previous=previous, version=found.number)
    notes = [*found.notes, *custody.journal.record(registry, moved)]
    was = f", was {previous}" if previous is not None else ""
    said = f"{ref.name}@{alias} is now {found.number}{was}"
    return Moved(ref.name, f"@{alias}", previous, found.number, Outcome(said=said, notes=notes))


def delete_alias(registry: Registry, ref: ModelRef, *, custody: Custody = NONE) -> Moved:
    """Take an alias (`NAME@ALIAS`) away; raises AliasNotFound, which MLflow would pass over in silence."""
    if ref.selector is None or ref.selector.kind != "alias":
        raise Usage(f"'{ref}' names no alias", hint=f"mlreg model alias delete {quoted(f'{ref.name}@ALIAS')}")
    alias = ref.selector.value
    features.require_aliases(registry, ref)
    model = get_model(registry, ref.name)
    if alias not in model.aliases:
        near = did_you_mean(alias, model.aliases)
        hint = near or f"mlreg model alias list {quoted(ref.name)}"
        raise AliasNotFound(f"'{ref.name}' has no alias '{alias}'", hint=hint)
    custody.check_left(ref.name, f"@{alias}")
    registry.delete_alias(ref.name, alias)
    previous = model.aliases[alias]
    moved = Event(act="alias delete", name=ref.name, target=f"@{alias}", previous=previous, version=None)
    notes = custody.journal.record(registry, moved)
    undo = f"mlreg model alias set {quoted(f'{ref.name}/{previous}', alias)}"
    said = f"deleted {ref.name}@{alias}, was {previous}; to undo: {undo}"
    return Moved(ref.name, f"@{alias}", previous, None, Outcome(said=said, notes=notes))


def stage_of(registry: Registry, model: Model, number: int) -> str:
    """The stage that a version is in, "" for none. A model tells the newest in each stage: below that, it is read."""
    known = next((stage for stage, holder in model.stages.items() if holder == number), "")
    if known or number > max(model.stages.values(), default=0):
        return known
    stage = registry.get_version(model.name, number).stage
    return "" if stage == "None" else stage


def _shared(name: str, number: int, stage: str, holder: int | None) -> list[str]:
    """What to say when another version stays in the stage that should have one."""
    if stage not in ("Staging", "Production") or holder in (None, number):
        return []
    return [
        f"{name}/{holder} is in {stage} too: two versions share the stage now; "
        f"to archive the other: mlreg model transition {quoted(f'{name}/{holder}')} Archived"
    ]
