"""Looking at models: resolve a reference, show what it names, list versions with their aliases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mlreg.core import features
from mlreg.core.errors import AliasNotFound, Conflict, ModelNotFound, NotAModel, Usage, VersionNotFound, did_you_mean
from mlreg.core.ports import Feature, Registry
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Version

NEWEST = 2**31 - 1  # what MLflow's databases can count to


@dataclass(frozen=True, slots=True)
class Located:
    """One version, found by a reference: its model as it is now, and the number that everything after works with."""

    model: Model
    number: int
    notes: tuple[str, ...] = ()


def get_model(registry: Registry, name: str) -> Model:
    """Return a model; raises ModelNotFound, or Usage for a name that this registry cannot have."""
    features.check_name(registry, name)
    return refuse_prompt(registry.get_model(name))


def refuse_prompt(model: Model) -> Model:
    """Return the model; raises NotAModel for a prompt, which answers to the same requests."""
    if model.is_prompt:
        raise NotAModel(f"'{model.name}' is a prompt, not a model", hint="mlreg manages models only")
    return model


def refuse_prompt_version(version: Version) -> Version:
    """Return the version; raises NotAModel for a prompt's, which tells it by a tag as its prompt does."""
    if version.is_prompt:
        raise NotAModel(f"'{version.name}' is a prompt, not a model", hint="mlreg manages models only")
    return version


def locate(registry: Registry, ref: ModelRef, *, only_one: bool = False) -> Located:
    """Resolve a reference to one version's number.

    A stage may have several holders: then the highest number is taken and a note says so, or with `only_one`
    (whatever moves or gates) Conflict is raised. Raises ModelNotFound, VersionNotFound, AliasNotFound, Usage.
    """
    if ref.selector is None:
        raise Usage(f"'{ref.name}' names no version", hint=f"say which: {ref.name}/7, {ref.name}@alias, {ref}/latest")
    kind, value = ref.selector.kind, ref.selector.value
    features.require_selector(registry, ref)
    try:
        model = get_model(registry, ref.name)
    except ModelNotFound as error:
        error.hint = _with_at(registry, ref) or error.hint
        raise
    if kind == "version":
        return Located(model, _number(model, value))
    if kind == "alias":
        return Located(model, _alias_holder(model, value))
    if kind == "stage":
        return _stage_holder(registry, model, value, only_one)
    return Located(model, _latest(registry, model))


def listing_notes(registry: Registry) -> list[str]:
    """What is to be said before a listing of models: what its rows cannot show."""
    if Feature.WHOLE_HITS in registry.features:
        return []
    without = "lists models without their aliases, tags and versions"
    return [f"{registry.kind} {without}; to see them: mlreg model show NAME, mlreg model holders"]


def list_versions(
    registry: Registry, ref: ModelRef | None, *, filter: str = "", order_by: Sequence[str] = ()
) -> Iterator[Version]:
    """Yield a model's versions, each with the aliases that name it; without `ref` those of all models.

    They come by name and newest first, unless ordered otherwise. The aliases come with the models: no version takes
    a request of its own.
    """
    if ref is not None:
        model = get_model(registry, ref.name)
        found = _versions_of(registry, model.name, filter, order_by)
        return (with_aliases(version, model) for version in found)
    if Feature.WHOLE_HITS not in registry.features:
        return _versions_by_model(registry, filter, order_by)
    return _joined(registry, registry.search_versions(filter=filter, order_by=order_by))


def show_version(registry: Registry, ref: ModelRef) -> tuple[Version, tuple[str, ...]]:
    """Return the version that a reference names, and what is to be said about it. Two requests, three for a stage."""
    found = locate(registry, ref)
    version = registry.get_version(ref.name, found.number)
    return with_aliases(version, found.model), found.notes


def resolve(registry: Registry, ref: ModelRef) -> Located:
    """Return the version that a reference names, which exists. Two requests by number or stage, else one."""
    found = locate(registry, ref)
    if ref.selector is not None and ref.selector.kind == "version":
        registry.get_version(ref.name, found.number)
    return found


def with_aliases(version: Version, model: Model) -> Version:
    """Return the version with the aliases that its model gives it."""
    return replace(version, aliases=model.aliases_of(version.number))


def _versions_of(registry: Registry, name: str, filter: str, order_by: Sequence[str]) -> Iterator[Version]:
    """The versions of a model; where a filter can be one condition only, the name is looked at here instead."""
    if filter and Feature.CONJUNCTIONS not in registry.features:
        found = registry.search_versions(filter=filter, order_by=order_by)
        return (version for version in found if version.name == name)
    return registry.search_versions(name, filter=filter, order_by=order_by)


def _joined(registry: Registry, found: Iterator[Version]) -> Iterator[Version]:
    """Versions with their aliases; both searches go by name, so that models are read no further than is needed."""
    ahead = registry.search_models(order_by=("name ASC",))
    known: dict[str, Model] = {}
    for version in found:
        while version.name not in known and (model := next(ahead, None)):
            known[model.name] = model
        if version.name in known:
            yield with_aliases(version, known[version.name])


def _versions_by_model(registry: Registry, filter: str, order_by: Sequence[str]) -> Iterator[Version]:
    """Every version where a search shows no aliases: two requests for each model."""
    for found in registry.search_models():
        model = registry.get_model(found.name)
        versions = registry.search_versions(model.name, filter=filter, order_by=order_by)
        yield from (with_aliases(version, model) for version in versions)


def _latest(registry: Registry, model: Model) -> int:
    """The highest version number; where the model does not tell it, its versions do, in one request more."""
    latest = model.latest
    if latest is None and Feature.WHOLE_HITS not in registry.features:
        latest = next((version.number for version in registry.search_versions(model.name)), None)
    if latest is None:
        hint = f"mlreg model register {quoted(model.name)} SOURCE"
        raise VersionNotFound(f"'{model.name}' has no versions", hint=hint)
    return latest


def _number(model: Model, value: str) -> int:
    number = int(value)
    if number > NEWEST:
        raise VersionNotFound(
            f"there is no version {value} of '{model.name}'", hint=f"mlreg model versions {quoted(model.name)}"
        )
    return number


def _with_at(registry: Registry, ref: ModelRef) -> str | None:
    """A model may be called `a@b`: then it, and not an alias of `a`, was meant."""
    if ref.selector is None or ref.selector.kind != "alias":
        return None
    try:
        model = get_model(registry, str(ref))
    except ModelNotFound:
        return None
    return f"there is a model '{model.name}': write {model.name}/ for it, and {model.name}/1 for a version of it"


def _alias_holder(model: Model, alias: str) -> int:
    if alias not in model.aliases:
        near = did_you_mean(alias, model.aliases)
        hint = near or f"mlreg model alias list {quoted(model.name)}"
        raise AliasNotFound(f"'{model.name}' has no alias '{alias}'", hint=hint)
    return model.aliases[alias]


def _stage_holder(registry: Registry, model: Model, stage: str, only_one: bool) -> Located:
    holders = [version.number for version in registry.search_versions(model.name) if version.stage == stage]
    if not holders:
        hint = f"mlreg model versions {quoted(model.name)}"
        raise VersionNotFound(f"no version of '{model.name}' is in {stage}", hint=hint)
    if len(holders) == 1:
        return Located(model, holders[0])
    several = f"{stage} of '{model.name}' has several holders: {', '.join(map(str, sorted(holders, reverse=True)))}"
    if only_one:
        raise Conflict(several, hint=f"name the version: {model.name}/{max(holders)}")
    return Located(model, max(holders), (f"{several}; taking {max(holders)}",))
