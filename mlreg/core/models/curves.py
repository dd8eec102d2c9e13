"""A metric over the versions of a model, or over the steps of the runs that versions came from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

from mlreg.core.errors import SourceNotFound, did_you_mean
from mlreg.core.models.browse import list_versions, show_version
from mlreg.core.models.bulk import looking_once
from mlreg.core.ports import Registry, Tracking
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Measurement, Run, Version

FEW: Final = 5  # so many versions' runs are shown when none is named

# Where a reference leads.
Place = Callable[[ModelRef], tuple[Registry, Tracking]]


@dataclass(frozen=True, slots=True)
class Point:
    """What a metric is in the run of a version; without a value there is none, or it is not known."""

    version: Version
    value: float | None
    state: Literal["known", "none", "unknown"]

    @property
    def holders(self) -> list[str]:
        """The aliases and the stage that name the version: `@champion`, `Production`."""
        return holders(self.version)


@dataclass(frozen=True, slots=True)
class Course:
    """How a metric went in the run of a version; `stack` where the reference names one."""

    version: Version
    stack: str | None
    measured: Sequence[Measurement]

    @property
    def label(self) -> str:
        """The version as it may be typed."""
        return f"{self.stack}::{self.version.ref}" if self.stack else self.version.ref

    @property
    def holders(self) -> list[str]:
        """The aliases and the stage that name the version."""
        return holders(self.version)


def over_versions(registry: Registry, tracking: Tracking, ref: ModelRef, metric: str) -> list[Point]:
    """Return a point for each version of a model, the oldest first.

    Raises SourceNotFound when there are versions, and no run of theirs has the metric.
    """
    versions = sorted(list_versions(registry, ref), key=lambda version: version.number)
    runs = tracking.get_runs({version.run_id for version in versions} - {""})
    points = [_point(version, runs, metric) for version in versions]
    if points and all(point.value is None for point in points):
        raise _missing(ref.name, metric, versions, runs)
    return points


def over_steps(place: Place, refs: Sequence[ModelRef], metric: str) -> tuple[list[Course], list[str]]:
    """Return how a metric went in the runs of versions, and what is to be said of those that have no such metric.

    A reference to a model stands for its newest few versions. Raises SourceNotFound when none has the metric.
    """
    courses: list[Course] = []
    notes: list[str] = []
    known: dict[str, Run] = {}
    versions: list[Version] = []
    for stack in dict.fromkeys(ref.stack for ref in refs):
        own = [ref for ref in refs if ref.stack == stack]
        registry, tracking = place(own[0])
        found = list(_named(looking_once(registry), own, notes))
        runs = tracking.get_runs({version.run_id for version in found} - {""})
        for version in found:
            if metric not in (runs[version.run_id].metrics if version.run_id in runs else {}):
                notes.append(_without(version, runs, metric))
                continue
            courses.append(Course(version, stack, tracking.metric_history(version.run_id, metric)))
        known |= runs
        versions += found
    if versions and not courses:
        raise _missing(versions[0].name, metric, versions, known)
    return courses, notes


def holders(version: Version) -> list[str]:
    """The aliases and the stage that name a version."""
    stage = [] if version.stage == "None" else [version.stage]
    return [*(f"@{alias}" for alias in version.aliases), *stage]


def _named(registry: Registry, refs: Sequence[ModelRef], notes: list[str]) -> Iterator[Version]:
    """The versions that references name, each once, by number."""
    found: dict[str, Version] = {}
    for ref in refs:
        if ref.selector is None:
            few = list(islice(list_versions(registry, ref), FEW))
            found |= {version.ref: version for version in few}
        else:
            version, said = show_version(registry, ref)
            notes += said
            found[version.ref] = version
    yield from sorted(found.values(), key=lambda version: (version.name, version.number))


def _point(version: Version, runs: Mapping[str, Run], metric: str) -> Point:
    if version.run_id and version.run_id not in runs:
        return Point(version, None, "unknown")
    value = runs[version.run_id].metrics.get(metric) if version.run_id else None
    return Point(version, value, "none" if value is None else "known")


def _without(version: Version, runs: Mapping[str, Run], metric: str) -> str:
    if not version.run_id:
        return f"{version.ref} came from no run"
    if version.run_id not in runs:
        return f"the run of {version.ref} is not there (any more)"
    return f"the run of {version.ref} has no '{metric}'"


def _missing(name: str, metric: str, versions: Sequence[Version], runs: Mapping[str, Run]) -> SourceNotFound:
    """No version has the metric: say which there are."""
    known = sorted({key for run in runs.values() for key in run.metrics})
    gone = [str(version.number) for version in versions if version.run_id and version.run_id not in runs]
    has = f"their runs have {', '.join(known[:10])}{', …' if known[10:] else ''}" if known else "their runs have none"
    lost = f"; the runs of {', '.join(gone[:10])} are not there (any more)" if gone else ""
    return SourceNotFound(
        f"no version of '{name}' has the metric '{metric}'", cause=has + lost, hint=did_you_mean(metric, known)
    )
