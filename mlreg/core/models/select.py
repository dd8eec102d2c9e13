"""Choosing among models and versions by what MLflow's own searches cannot: exact tags, source, day of creation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from mlreg.core import features
from mlreg.core.errors import Usage
from mlreg.core.models.browse import list_models, list_versions
from mlreg.core.ports import Feature, Registry
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a version must be like; times are milliseconds, `after` included."""

    source: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None
    before: int | None = None
    oldest_first: bool = False
    count: int | None = None

    def takes(self, version: Version) -> bool:
        """Tell whether a version is like this."""
        made = version.created or 0
        return (
            self.source in (None, version.source)
            and _has(version.tags, self.tags)
            and (self.after is None or made >= self.after)
            and (self.before is None or made < self.before)
        )


def versions(registry: Registry, ref: ModelRef, wanted: Wanted) -> Iterator[Version]:
    """Yield the versions of a model that are wanted, newest first unless asked otherwise."""
    _require_tags(registry, wanted.tags)
    if wanted.count is not None and wanted.count < 1:
        raise Usage("the count must be at least 1")
    found = filter(wanted.takes, list_versions(registry, ref))
    ordered = iter(sorted(found, key=lambda version: version.number)) if wanted.oldest_first else found
    return islice(ordered, wanted.count)


def models(registry: Registry, tags: Mapping[str, str]) -> Iterator[Model]:
    """Yield the models that have all these tags."""
    _require_tags(registry, tags)
    return (model for model in list_models(registry) if _has(model.tags, tags))


def _has(tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(tags.get(key) == value for key, value in wanted.items())


def _require_tags(registry: Registry, tags: Mapping[str, str]) -> None:
    if tags:
        features.require(registry, Feature.WHOLE_HITS, "look at one at a time: mlreg model show REF")
