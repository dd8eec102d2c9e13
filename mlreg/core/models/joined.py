"""What the runs that models came from have logged, joined to listings: batch by batch, so that rows still stream."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeVar

from mlreg.core import features
from mlreg.core.ports import Feature, Registry, Tracking
from mlreg.core.records import dataclass
from mlreg.core.types import Model, Run, Version

BATCH: Final = 100
UNKNOWN: Final = "unknown"

T = TypeVar("T")
Values = Mapping[str, float | str | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of the values that a run has logged are wanted."""

    metrics: tuple[str, ...] = ()
    params: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """What the values are called beside a model: `metrics.auc`, `params.lr`."""
        return (*(f"metrics.{name}" for name in self.metrics), *(f"params.{name}" for name in self.params))

    def values(self, run_id: str, run: Run | None) -> Values:
        """The values by field. A run that cannot be had has unknown ones; None stands where there is none."""
        if run is None:
            return dict.fromkeys(self.fields, UNKNOWN if run_id else None)
        logged = [*map(run.metrics.get, self.metrics), *map(run.params.get, self.params)]
        return dict(zip(self.fields, logged, strict=True))


def models(
    registry: Registry, tracking: Callable[[], Tracking], found: Iterator[Model], asked: Asked
) -> Iterator[tuple[Model, Values]]:
    """Yield each model with what is asked of the run of its newest version."""
    if asked.fields:
        features.require(registry, Feature.WHOLE_HITS, "name the model: mlreg model versions NAME")
    return _joined(tracking, found, lambda model: model.latest_run, asked)


def versions(
    tracking: Callable[[], Tracking], found: Iterator[Version], asked: Asked
) -> Iterator[tuple[Version, Values]]:
    """Yield each version with what is asked of the run it came from."""
    return _joined(tracking, found, lambda version: version.run_id, asked)


def _joined(
    tracking: Callable[[], Tracking], found: Iterator[T], run_of: Callable[[T], str], asked: Asked
) -> Iterator[tuple[T, Values]]:
    if not asked.fields:
        yield from ((item, {}) for item in found)
        return
    runs_of = tracking().get_runs
    while batch := list(islice(found, BATCH)):
        runs = runs_of({run_of(item) for item in batch} - {""})
        yield from ((item, asked.values(run_of(item), runs.get(run_of(item)))) for item in batch)
