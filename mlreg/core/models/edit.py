"""Making models, describing them and their versions, and giving a model another name."""

from collections.abc import Mapping
from dataclasses import replace

from mlreg.core import features
from mlreg.core.errors import AlreadyExists
from mlreg.core.models.browse import get_model, locate, with_aliases
from mlreg.core.models.custody import NONE, Custody
from mlreg.core.ports import Feature, Registry
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef, model_name
from mlreg.core.tags import check_keys
from mlreg.core.types import Model, Outcome, Version


def create(registry: Registry, ref: ModelRef, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
    """Create an empty model; raises AlreadyExists."""
    features.check_name(registry, ref.name)
    check_keys(tags or ())
    try:
        return registry.create_model(ref.name, description=description, tags=tags)
    except AlreadyExists as error:
        raise AlreadyExists(f"the model '{ref.name}' exists", hint=f"mlreg model show {quoted(ref.name)}") from error


def describe_model(registry: Registry, ref: ModelRef, description: str) -> tuple[Model, Outcome]:
    """Give a model another description and leave everything else. Two requests."""
    model = get_model(registry, ref.name)
    if model.description == description:
        return model, Outcome(said=f"{model.name} says so already", changed=False)
    updated = registry.update_model(ref.name, description=description).updated
    return replace(model, description=description, updated=updated), Outcome(said=f"updated {model.name} (description)")


def describe_version(registry: Registry, ref: ModelRef, description: str) -> tuple[Version, Outcome]:
    """Give a version another description and leave everything else. Two requests, three for a stage."""
    found = locate(registry, ref, only_one=True)
    version = with_aliases(registry.update_version(ref.name, found.number, description=description), found.model)
    return version, Outcome(said=f"updated {version.ref} (description)", notes=found.notes)


def rename(registry: Registry, ref: ModelRef, new_name: str, *, custody: Custody = NONE) -> tuple[Model, Outcome]:
    """Call a model otherwise; versions, aliases and tags stay. Two requests. Raises AlreadyExists."""
    model_name(new_name)
    features.require(registry, Feature.RENAMES, "keep models in a database, such as sqlite: mlflow migrate-filestore")
    features.check_name(registry, new_name)
    model = get_model(registry, ref.name)
    if new_name == ref.name:
        return model, Outcome(said=f"{model.name} is called so already", changed=False)
    custody.check_left(ref.name, *(f"@{alias}" for alias in model.aliases), *model.stages)
    try:
        renamed = registry.rename_model(ref.name, new_name)
    except AlreadyExists as error:
        hint = f"mlreg model show {quoted(new_name)}"
        raise AlreadyExists(f"there is a model '{new_name}' already", hint=hint) from error
    said = f"renamed {model.name} to {renamed.name}; to undo: mlreg model rename {quoted(renamed.name, model.name)}"
    return replace(model, name=renamed.name, updated=renamed.updated), Outcome(said=said)
