"""Who holds what: for each model the versions in its stages and behind its aliases, in few requests."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from mlreg.core import features
from mlreg.core.ports import Feature, Registry
from mlreg.core.records import dataclass
from mlreg.core.types import Model, Version

STAGES: Final = ("Production", "Staging", "Archived", "None")
UNASKED: Final = frozenset({"Archived", "None"})  # where versions begin and end is looked at when it is asked for


@dataclass(frozen=True, slots=True)
class Holder:
    """A version that an alias or a stage points at; no time where an alias points at nothing any more."""

    version: int
    created: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """A model, and for each place, `Production` or `@champion`, who holds it: the highest version first."""

    name: str
    holders: Mapping[str, Sequence[Holder]]


def holders(registry: Registry, places: Collection[str] = ()) -> Iterator[Held]:
    """Yield every model with the holders of these places; without any named, of all aliases, Production and Staging.

    Raises Unsupported for a stage or an alias where there are none.
    """
    for place in places:
        if place.startswith("@"):
            features.require(registry, Feature.ALIASES, "look at a stage: --stage Production")
        else:
            features.require(registry, Feature.STAGES, "look at an alias: --alias champion")
    found = _at_once if Feature.WHOLE_HITS in registry.features else _one_by_one
    return (_held(model, versions, places) for model, versions in found(registry, places))


def in_order(places: Iterable[str]) -> list[str]:
    """Places as columns: Production before Staging before aliases by name."""
    return sorted(set(places), key=lambda place: (STAGES.index(place) if place in STAGES else len(STAGES), place))


def _at_once(registry: Registry, places: Collection[str]) -> Iterator[tuple[Model, Sequence[Version]]]:
    """One pass over the models and one over all versions, of which only those that hold something are kept."""
    models = {model.name: model for model in registry.search_models(order_by=("name ASC",))}
    holding: dict[str, list[Version]] = defaultdict(list)
    for version in registry.search_versions():
        model = models.get(version.name)
        if model and any(_places(model, version, places)):
            holding[model.name].append(version)
    return ((model, holding.get(name, ())) for name, model in models.items())


def _one_by_one(registry: Registry, places: Collection[str]) -> Iterator[tuple[Model, Sequence[Version]]]:
    """Where a search shows no aliases: a request for each model, and one more for the versions of one that has any."""
    for hit in registry.search_models():
        model = registry.get_model(hit.name)
        yield model, list(registry.search_versions(model.name)) if model.aliases else ()


def _held(model: Model, versions: Iterable[Version], places: Collection[str]) -> Held:
    found: dict[str, list[Holder]] = defaultdict(list)
    for version in versions:
        for place in _places(model, version, places):
            found[place].append(Holder(version.number, version.created))
    for alias, number in model.aliases.items():
        if _asked(f"@{alias}", places) and f"@{alias}" not in found:
            found[f"@{alias}"].append(Holder(number, None))
    return Held(model.name, {place: found[place] for place in in_order(found)})


def _places(model: Model, version: Version, places: Collection[str]) -> Iterator[str]:
    """The places, among those asked for, that a version holds."""
    held = (version.stage, *(f"@{alias}" for alias in model.aliases_of(version.number)))
    return (place for place in held if _asked(place, places))


def _asked(place: str, places: Collection[str]) -> bool:
    return place in places if places else place not in UNASKED
