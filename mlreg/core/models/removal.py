"""Deleting models and versions, which cannot be undone: looked at first, asked about, then done."""

from collections.abc import Callable

from mlreg.core import features
from mlreg.core.errors import Conflict, Usage
from mlreg.core.models.browse import get_model, locate, refuse_prompt_version, with_aliases
from mlreg.core.models.custody import NONE, Custody
from mlreg.core.models.journal import Event
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Outcome, Version

# Asks whoever can answer; raises unless the answer is yes.
Ask = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Deleted:
    """A model, or one version of it, that is no more."""

    name: str
    version: int | None
    outcome: Outcome

    @property
    def ref(self) -> str:
        return self.name if self.version is None else f"{self.name}/{self.version}"


def delete_model(registry: Registry, ref: ModelRef, ask: Ask, *, custody: Custody = NONE) -> Deleted:
    """Delete a model with all its versions, and with them its journal. Two requests."""
    model = get_model(registry, ref.name)
    custody.check_left(ref.name, *(f"@{alias}" for alias in model.aliases), *model.stages)
    ask(f"This deletes {model.name} with {_belongings(model)} for good.")
    registry.delete_model(ref.name)
    gone = [
        Event(act="delete", name=model.name, target=f"@{alias}", previous=number, version=None)
        for alias, number in sorted(model.aliases.items())
    ]
    notes = custody.journal.keep(*gone, Event(act="delete", name=model.name, target="", previous=None, version=None))
    return Deleted(model.name, None, Outcome(said=f"deleted {model.name} and all its versions", notes=notes))


def delete_version(
    registry: Registry, ref: ModelRef, ask: Ask, *, force: bool = False, custody: Custody = NONE
) -> Deleted:
    """Delete a version; one that an alias names or that is in Production only with `force`, else Conflict.

    Its aliases go with it; MLflow 2 would leave them, naming nothing. Two requests, three for a stage, and for each
    alias one to delete and one to record it. Raises CheckFailed when a protected target points at the version.
    """
    doomed = _look_at(registry, ref)
    targets = [*(f"@{alias}" for alias in doomed.aliases), *([doomed.stage] if doomed.stage != "None" else [])]
    custody.check_left(doomed.name, *targets)
    if not force:
        _check_unused(doomed)
    ask(f"Delete {doomed.name}/{doomed.number} for good?")
    registry.delete_version(ref.name, doomed.number)
    for alias in doomed.aliases:
        registry.delete_alias(ref.name, alias)
    lost = [f"the alias {doomed.name}@{alias} is gone with it" for alias in doomed.aliases]
    lost += custody.journal.keep_events(registry, doomed)
    for target in targets:
        gone = Event(act="delete", name=doomed.name, target=target, previous=doomed.number, version=None)
        lost += custody.journal.record(registry, gone, on_model=True)
    said = f"deleted {doomed.name}/{doomed.number}; its number is not used again"
    return Deleted(doomed.name, doomed.number, Outcome(said=said, notes=lost))


def _look_at(registry: Registry, ref: ModelRef) -> Version:
    """The version as it is now, with its aliases, stage and tags."""
    if ref.selector is None:
        raise Usage(f"'{ref.name}' names no version", hint=f"say which: {ref.name}/7")
    if ref.selector.kind == "version":
        features.check_name(registry, ref.name)
        return refuse_prompt_version(registry.get_version(ref.name, int(ref.selector.value)))
    found = locate(registry, ref, only_one=True)
    return with_aliases(registry.get_version(ref.name, found.number), found.model)


def _check_unused(doomed: Version) -> None:
    ref = f"{doomed.name}/{doomed.number}"
    uses = [f"{doomed.name}@{alias}" for alias in doomed.aliases]
    if doomed.stage == "Production":
        uses.append(f"{doomed.name}/Production")
    if uses:
        raise Conflict(
            f"{ref} is in use",
            cause=f"it is {' and '.join(uses)}",
            hint=f"move what points at it to another version first, or: mlreg model delete {quoted(ref)} --force",
        )


def _belongings(model: Model) -> str:
    """What goes with a model, as far as it tells."""
    found = ["all its versions" if model.latest is None else f"its versions up to {model.latest}"]
    found += [f"@{alias} ({number})" for alias, number in sorted(model.aliases.items())]
    found += [f"{stage} ({number})" for stage, number in model.stages.items() if stage == "Production"]
    return ", ".join(found)
