"""Several changes of one model or version at once, in ZenML's order: description, tags, tags away, stage."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from mlreg.core import features, tags
from mlreg.core.errors import Usage
from mlreg.core.models.browse import get_model, locate, with_aliases
from mlreg.core.models.custody import NONE, Custody
from mlreg.core.models.move import transition
from mlreg.core.ports import Registry
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef, Selector
from mlreg.core.types import Model, Outcome, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What shall be otherwise; what is not named stays."""

    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    untag: Sequence[str] = ()
    stage: str | None = None

    def parts(self) -> str:
        """What it changes, in words; raises Usage when that is nothing."""
        named = {
            "description": self.description is not None,
            "tags": bool(self.tags or self.untag),
            "stage": self.stage is not None,
        }
        words = ", ".join(word for word, given in named.items() if given)
        if not words:
            raise Usage("nothing is said to change", hint="give a --description, for one")
        return words


def model(registry: Registry, ref: ModelRef, wanted: Revision) -> tuple[Model, Outcome]:
    """Change a model. One request, and one for each change."""
    parts = wanted.parts()
    tags.check_keys(wanted.tags)
    known = get_model(registry, ref.name)
    if wanted.description is not None:
        registry.update_model(ref.name, description=wanted.description)
        known = replace(known, description=wanted.description)
    for key, value in wanted.tags.items():
        registry.set_model_tag(ref.name, key, value)
    return replace(known, tags={**known.tags, **wanted.tags}), Outcome(said=f"updated {known.name} ({parts})")


def version(registry: Registry, ref: ModelRef, wanted: Revision, *, custody: Custody = NONE) -> tuple[Version, Outcome]:
    """Change a version, and read it again at the end. What cannot be done is refused before anything is."""
    parts = wanted.parts()
    tags.check_keys([*wanted.tags, *wanted.untag])
    if wanted.stage is not None:
        features.require_stages(registry, ref)
    found = locate(registry, ref, only_one=True)
    number, notes = found.number, list(found.notes)
    if wanted.description is not None:
        registry.update_version(ref.name, number, description=wanted.description)
    for key, value in wanted.tags.items():
        registry.set_version_tag(ref.name, number, key, value)
    for key in wanted.untag:
        registry.delete_version_tag(ref.name, number, key)
    if wanted.stage is not None:
        pinned = replace(ref, selector=Selector("version", str(number)))
        notes += transition(registry, pinned, wanted.stage, custody=custody).outcome.notes
    done = with_aliases(registry.get_version(ref.name, number), found.model)
    return done, Outcome(said=f"updated {done.ref} ({parts})", notes=notes)
