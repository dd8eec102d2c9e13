"""Choosing among models and versions: what MLflow's searches can tell apart they are asked, the rest is mlreg's.

What MLflow was asked is compared again here: its searches have patterns, and collations, where equality is meant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from typing import Final, TypeVar

from mlreg.core import features, filters
from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.models.browse import list_versions
from mlreg.core.ports import Feature, Registry
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.tags import check_keys
from mlreg.core.types import Model, Version

STATUSES: Final = ("READY", "PENDING_REGISTRATION", "FAILED_REGISTRATION")

# What MLflow's searches know (`mlflow/utils/search_utils.py`): what they filter by, and what they order by.
OF_MODELS: Final = ("name and tags.KEY", "name or last_updated_timestamp")
OF_VERSIONS: Final = (
    "name, run_id, source_path, version_number and tags.KEY",
    "name, version_number, creation_timestamp or last_updated_timestamp",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a model must be like, in which order, and how many are wanted. `filter` and `order_by` are MLflow's own.

    Times are milliseconds: of a model's last update, of a version's creation; `since` is included.
    """

    filter: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    alias: str | None = None
    stage: str | None = None
    since: int | None = None
    until: int | None = None
    order_by: Sequence[str] = ()
    limit: int | None = None

    def takes_model(self, model: Model) -> bool:
        """Tell whether a model is like this."""
        return (
            (self.alias is None or self.alias in model.aliases)
            and (self.stage is None or self.stage in model.stages)
            and self._has_tags(model.tags)
            and self._at(model.updated)
        )

    def conditions(self) -> list[str]:
        """What can be asked of MLflow and compared here."""
        return [filters.tag(key, value) for key, value in self.tags.items()]

    def _has_tags(self, tags: Mapping[str, str]) -> bool:
        return all(tags.get(key) == value for key, value in self.tags.items())

    def _at(self, time: int | None) -> bool:
        return (self.since is None or (time or 0) >= self.since) and (self.until is None or (time or 0) < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVersions(Wanted):
    """What a version must be like."""

    run_id: str | None = None
    source: str | None = None
    status: str | None = None
    oldest_first: bool = False

    def takes(self, version: Version) -> bool:
        """Tell whether a version is like this."""
        return (
            (self.alias is None or self.alias in version.aliases)
            and self.stage in (None, version.stage)
            and self.run_id in (None, version.run_id)
            and self.source in (None, version.source)
            and self.status in (None, version.status)
            and self._has_tags(version.tags)
            and self._at(version.created)
        )

    def conditions(self) -> list[str]:
        """What can be asked of MLflow and compared here."""
        attributes = {"run_id": self.run_id, "source_path": self.source}
        known = [filters.equals(key, value) for key, value in attributes.items() if value is not None]
        return [*known, *Wanted.conditions(self)]  # super() does not find a class that was made anew for its slots


def models(registry: Registry, wanted: Wanted) -> Iterator[Model]:
    """Yield the models that are wanted as the server's pages arrive, by name unless ordered otherwise."""
    _check(registry, wanted)
    if wanted.alias is not None or wanted.stage is not None:
        features.require(registry, Feature.WHOLE_HITS, "see who holds what: mlreg model holders")
    if wanted.stage == "None":
        raise Usage("a list of models does not tell who is in no stage", hint="mlreg model versions --stage None")
    asked, order = _asked(registry, wanted, named=False), wanted.order_by or ("name ASC",)
    found = _explained(registry, wanted, OF_MODELS, lambda: registry.search_models(asked, order))
    return islice(filter(wanted.takes_model, found), wanted.limit)


def versions(registry: Registry, ref: ModelRef | None, wanted: WantedVersions) -> Iterator[Version]:
    """Yield the versions that are wanted, of one model or of all: by name and newest first unless ordered otherwise."""
    _check(registry, wanted)
    asked, order = _asked(registry, wanted, named=ref is not None), wanted.order_by
    found = _explained(
        registry, wanted, OF_VERSIONS, lambda: list_versions(registry, ref, filter=asked, order_by=order)
    )
    taken = filter(wanted.takes, found)
    ordered = iter(sorted(taken, key=lambda version: version.number)) if wanted.oldest_first else taken
    return islice(ordered, wanted.limit)


def check_status(text: str) -> str:
    """Return a version's status as MLflow spells it, whatever its case; raises Usage with the nearest one."""
    if text.upper() not in STATUSES:
        cause = f"MLflow's are {', '.join(STATUSES)}"
        raise Usage(f"'{text}' is no status of a version", cause=cause, hint=did_you_mean(text.upper(), STATUSES))
    return text.upper()


def _check(registry: Registry, wanted: Wanted) -> None:
    """Raise Usage or Unsupported for what can never be answered, before anything is sent."""
    if wanted.limit is not None and wanted.limit < 1:
        raise Usage("a limit is at least 1")
    keys = [order.split()[0].lower() for order in wanted.order_by if order.strip()]
    if len(keys) < len(wanted.order_by) or len(keys) > len(set(keys)):
        raise Usage("an order is empty or given twice", hint='--order-by "name DESC"')
    check_keys(wanted.tags)
    rules: list[tuple[object, Feature, str]] = [
        (wanted.filter or wanted.order_by, Feature.FILTERS, "leave them out: --since, --until and --limit work here"),
        (wanted.tags, Feature.WHOLE_HITS, "look at one at a time: mlreg model show REF"),
        (wanted.stage, Feature.STAGES, "use an alias: --alias champion"),
        (wanted.alias, Feature.ALIASES, "use a stage: --stage Production"),
    ]
    for given, feature, instead in rules:
        if given:
            features.require(registry, feature, instead)


def _asked(registry: Registry, wanted: Wanted, *, named: bool) -> str:
    """The filter for MLflow. Where it may be one condition only, that is the one which mlreg cannot compare itself."""
    if Feature.FILTERS not in registry.features:
        return ""
    if Feature.CONJUNCTIONS in registry.features:
        return filters.both([*wanted.conditions(), wanted.filter])
    return wanted.filter or ("" if named else next(iter(wanted.conditions()), ""))


def _explained(
    registry: Registry, wanted: Wanted, known: tuple[str, str], search: Callable[[], Iterator[T]]
) -> Iterator[T]:
    """What a search finds; when MLflow refuses a filter or an order, its words are joined by what it knows."""
    filters_by, orders_by = known
    several = ", joined by AND" if Feature.CONJUNCTIONS in registry.features else ", one at a time"
    hints = []
    if wanted.filter:
        hints.append(f"filter by {filters_by}{several}; for the rest there are options of mlreg's, such as --stage")
    if wanted.order_by:
        hints.append(f"order by {orders_by}, ASC or DESC")
    try:
        yield from search()
    except Usage as error:
        error.hint = error.hint or "; ".join(hints) or None
        raise
