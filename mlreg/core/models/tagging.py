"""Setting and deleting the tags of a model or of one version."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from mlreg.core import tags
from mlreg.core.errors import did_you_mean
from mlreg.core.models.browse import get_model, locate
from mlreg.core.ports import Registry
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A model, or one version of it, whose tags were changed."""

    name: str
    version: int | None
    outcome: Outcome
    set: Mapping[str, str] = field(default_factory=dict)
    deleted: Sequence[str] = ()

    @property
    def ref(self) -> str:
        return self.name if self.version is None else f"{self.name}/{self.version}"


def set_tags(registry: Registry, ref: ModelRef, wanted: Mapping[str, str]) -> Tagged:
    """Give tags these values and leave the others. One request, one for a stage, and one for each tag."""
    tags.check_keys(wanted)
    model, number, notes = _tagged(registry, ref)
    for key, value in wanted.items():
        if number is None:
            registry.set_model_tag(ref.name, key, value)
        else:
            registry.set_version_tag(ref.name, number, key, value)
    said = f"set {', '.join(f'{key}={value}' for key, value in wanted.items())} on {_ref(model, number)}"
    return Tagged(name=model.name, version=number, set=dict(wanted), outcome=Outcome(said=said, notes=notes))


def delete_tags(registry: Registry, ref: ModelRef, keys: Sequence[str]) -> Tagged:
    """Take tags away, present or not. One request, one for a stage, and one for each tag."""
    tags.check_keys(keys)
    model, number, notes = _tagged(registry, ref)
    for key in keys:
        if number is None:
            registry.delete_model_tag(ref.name, key)
        else:
            registry.delete_version_tag(ref.name, number, key)
    said = f"{_ref(model, number)} has no tag {', '.join(keys)} any more"
    absent = _absent(model, keys) if number is None else []
    outcome = Outcome(said=said, notes=[*notes, *absent])
    return Tagged(name=model.name, version=number, deleted=tuple(keys), outcome=outcome)


def _tagged(registry: Registry, ref: ModelRef) -> tuple[Model, int | None, Sequence[str]]:
    if ref.selector is None:
        return get_model(registry, ref.name), None, ()
    found = locate(registry, ref, only_one=True)
    return found.model, found.number, found.notes


def _absent(model: Model, keys: Sequence[str]) -> list[str]:
    """What to say of tags that were not there, as they may have been mistyped."""
    lost = [key for key in keys if key not in model.tags]
    return [f"there was no tag '{key}'{_near(key, model)}" for key in lost]


def _near(key: str, model: Model) -> str:
    near = did_you_mean(key, model.tags)
    return f"; {near}" if near else ""


def _ref(model: Model, number: int | None) -> str:
    return model.name if number is None else f"{model.name}/{number}"
