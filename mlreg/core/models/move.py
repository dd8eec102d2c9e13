"""Moving the pointers of a model: stages and aliases."""

from dataclasses import dataclass

from mlreg.core import features
from mlreg.core.errors import AliasNotFound, Usage, did_you_mean
from mlreg.core.models.browse import get_model, locate, with_aliases
from mlreg.core.ports import Registry
from mlreg.core.references import ModelRef, check_alias, check_stage
from mlreg.core.types import Outcome, Version


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


def transition(registry: Registry, ref: ModelRef, stage: str, *, archive_existing: bool = False) -> Transitioned:
    """Move a version to a stage; with `archive_existing` every other version there goes to Archived.

    Two requests when the version is named by number or alias. Raises Usage, VersionNotFound and what locate raises.
    """
    stage = check_stage(stage)
    if archive_existing and stage in ("None", "Archived"):
        raise Usage(f"nothing is archived by moving to {stage}", hint="leave --archive-existing out")
    features.require_stages(registry, ref)
    found = locate(registry, ref, only_one=True)
    holder = found.model.stages.get(stage)
    version = registry.transition(ref.name, found.number, stage, archive_existing=archive_existing)
    notes = list(found.notes)
    if stage in ("Staging", "Production") and holder not in (None, found.number) and not archive_existing:
        notes.append(
            f"{ref.name}/{holder} is in {stage} too: two versions share the stage now; "
            f"to archive the other: mlreg model transition {ref.name}/{holder} Archived"
        )
    said = f"{version.ref} is now in {stage}"
    if archive_existing and holder not in (None, found.number):
        said += "; what was there went to Archived"
    previous = next((name for name, number in found.model.stages.items() if number == found.number), None)
    return Transitioned(with_aliases(version, found.model), previous, Outcome(said=said, notes=notes))


def set_alias(registry: Registry, ref: ModelRef, alias: str) -> Moved:
    """Let an alias name a version, wherever it pointed before. Two requests when the version is named by number."""
    alias = check_alias(alias)
    features.require_aliases(registry, ref)
    found = locate(registry, ref, only_one=True)
    previous = found.model.aliases.get(alias)
    if previous == found.number:
        said = f"{ref.name}@{alias} is {found.number} already"
        return Moved(ref.name, f"@{alias}", previous, previous, Outcome(said=said, notes=found.notes, changed=False))
    registry.set_alias(ref.name, alias, found.number)
    was = f", was {previous}" if previous is not None else ""
    said = f"{ref.name}@{alias} is now {found.number}{was}"
    return Moved(ref.name, f"@{alias}", previous, found.number, Outcome(said=said, notes=found.notes))


def delete_alias(registry: Registry, ref: ModelRef) -> Moved:
    """Take an alias (`NAME@ALIAS`) away; raises AliasNotFound, which MLflow would pass over in silence."""
    if ref.selector is None or ref.selector.kind != "alias":
        raise Usage(f"'{ref}' names no alias", hint=f"mlreg model alias delete {ref.name}@ALIAS")
    alias = ref.selector.value
    features.require_aliases(registry, ref)
    model = get_model(registry, ref.name)
    if alias not in model.aliases:
        near = did_you_mean(alias, model.aliases)
        hint = near or f"mlreg model alias list {ref.name}"
        raise AliasNotFound(f"'{ref.name}' has no alias '{alias}'", hint=hint)
    registry.delete_alias(ref.name, alias)
    previous = model.aliases[alias]
    said = f"deleted {ref.name}@{alias}, was {previous}; to undo: mlreg model alias set {ref.name}/{previous} {alias}"
    return Moved(ref.name, f"@{alias}", previous, None, Outcome(said=said))
