"""What is known of versions that are compared: each a side, with values by kind and key, or why there are none."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Final

from mlreg.core import parallel
from mlreg.core.errors import MlregError, SourceNotFound
from mlreg.core.gates.numbers import exact
from mlreg.core.models import mlmodel
from mlreg.core.models.browse import show_version
from mlreg.core.models.bulk import looking_once, told
from mlreg.core.models.files import MODEL_ID, Means, listed, uri_of
from mlreg.core.ports import Feature
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.tags import visible
from mlreg.core.types import LoggedModel, Run, Version

KINDS: Final = ("version", "run", "metrics", "params", "tags", "signature", "flavors", "size", "files")
LOGGED: Final = {"metrics": "model_metrics", "params": "model_params"}  # what the logged model says beside the run
_IN_RUN: Final = ("run", *LOGGED)
_IN_MLMODEL: Final = ("signature", "flavors")
_IN_STORAGE: Final = (*_IN_MLMODEL, "size", "files")


@dataclass(frozen=True, slots=True)
class Unknown:
    """In the place of what could not be read: why."""

    why: str


Value = str | float | int | None | Unknown


@dataclass(frozen=True, slots=True)
class Facts:
    """Values by key. At any other key there is nothing, or nobody can tell."""

    values: Mapping[str, Value] = field(default_factory=dict)
    otherwise: Unknown | None = None

    def at(self, key: str) -> Value:
        """The value at a key."""
        return self.values.get(key, self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A version with what is known of it, by kind; `notes` say what deserves attention."""

    ref: ModelRef
    version: Version
    facts: Mapping[str, Facts] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def of(self, kind: str) -> Facts:
        """What is known of this kind."""
        return self.facts.get(kind, Facts())


def read(
    refs: Sequence[ModelRef], means: Callable[[ModelRef], Means], parse: mlmodel.Parse, kinds: Collection[str]
) -> list[Side]:
    """Return the versions that references name, with what there is to be known of these kinds.

    What cannot be read is unknown; a reference that names nothing raises what locate raises. The runs of a stack come
    in one batch.
    """
    places = {ref.stack: means(ref) for ref in refs}
    places = {stack: replace(place, registry=looking_once(place.registry)) for stack, place in places.items()}
    many = all(Feature.PARALLEL in place.registry.features for place in places.values())
    jobs = parallel.JOBS if many else 1
    first = _found(places, refs[0])  # alone: it gets the credentials that all others use too
    found = [first, *parallel.each(partial(_found, places), refs[1:], jobs)]
    runs = {
        stack: _runs(place, [side for side in found if side.ref.stack == stack])
        for stack, place in places.items()
        if {*_IN_RUN} & {*kinds}
    }

    def known(side: Side) -> Side:
        place = places[side.ref.stack]
        return replace(
            side,
            facts={
                **_own(side.version),
                **(_logged(place, side.version, runs[side.ref.stack], kinds) if runs else {}),
                **_stored(place, side.version, parse, kinds),
            },
        )

    return list(parallel.each(known, found, jobs))


def _found(places: Mapping[str | None, Means], ref: ModelRef) -> Side:
    version, notes = show_version(places[ref.stack].registry, ref)
    return Side(ref=ref, version=version, notes=notes)


def _own(version: Version) -> dict[str, Facts]:
    """What the registry itself says. The journal is no property of a version."""
    aliases = ", ".join(version.aliases) or None
    return {"version": Facts({"stage": version.stage, "aliases": aliases}), "tags": Facts(visible(version.tags))}


def _runs(place: Means, sides: Sequence[Side]) -> Mapping[str, Run] | Unknown:
    wanted = {side.version.run_id for side in sides} - {""}
    try:
        return place.tracking.get_runs(wanted) if wanted else {}
    except MlregError as error:
        return Unknown(f"its run cannot be read: {told(error)}")


def _logged(
    place: Means, version: Version, runs: Mapping[str, Run] | Unknown, kinds: Collection[str]
) -> dict[str, Facts]:
    """What the run has logged, and on MLflow 3 the model itself."""
    by_run = _by_run(version, runs)
    by_model = _by_model(place, version) if {*LOGGED} & {*kinds} else {}
    beside = {LOGGED[kind]: facts for kind, facts in by_model.items()}
    both = {kind: _both(by_run[kind], facts) for kind, facts in by_model.items()}
    return {**by_run, **beside, **both}


def _by_run(version: Version, runs: Mapping[str, Run] | Unknown) -> dict[str, Facts]:
    run = _run(version.run_id, runs)
    if isinstance(run, Run):
        told_by_run = {"id": run.run_id, "name": run.name or None, "status": run.status or None}
        return {"run": Facts(told_by_run), "metrics": Facts(_finite(run.metrics)), "params": Facts(run.params)}
    known = {"id": version.run_id} if version.run_id else {}
    return {"run": Facts(known, run), "metrics": Facts({}, run), "params": Facts({}, run)}


def _run(run_id: str, runs: Mapping[str, Run] | Unknown) -> Run | Unknown | None:
    if not run_id:
        return None
    if isinstance(runs, Unknown):
        return runs
    return runs.get(run_id) or Unknown(f"its run {run_id} is not there (any more)")


def _by_model(place: Means, version: Version) -> dict[str, Facts]:
    model_id = version.model_id or ((match := MODEL_ID.fullmatch(version.source)) and match[1])
    if not model_id:
        return {}
    try:
        logged: LoggedModel = place.tracking.get_logged_model(model_id)
    except MlregError as error:
        unknown = Facts({}, Unknown(f"its logged model cannot be read: {told(error)}"))
        return {"metrics": unknown, "params": unknown}
    return {"metrics": Facts(_finite(logged.metrics)), "params": Facts(logged.params)}


def _both(by_run: Facts, by_model: Facts) -> Facts:
    """What the run says, and where it says nothing, the logged model."""
    return Facts({**by_model.values, **by_run.values}, by_run.otherwise or by_model.otherwise)


def _finite(metrics: Mapping[str, float]) -> dict[str, Value]:
    """Metrics with infinities for what MLflow's databases make of them."""
    return {
        key: value if math.isnan(value) or exact(value) is not None else math.copysign(math.inf, value)
        for key, value in metrics.items()
    }


def _stored(place: Means, version: Version, parse: mlmodel.Parse, kinds: Collection[str]) -> dict[str, Facts]:
    """What lies in the storage: the files, and what MLmodel says."""
    wanted = [kind for kind in _IN_STORAGE if kind in kinds]
    if not wanted:
        return {}
    try:
        uri = uri_of(place.registry, place.tracking, version.name, version.number)
        artifacts = place.storage(uri)
        files = listed(artifacts, uri)
    except MlregError as error:
        return dict.fromkeys(wanted, Facts({}, Unknown(f"its files cannot be read: {told(error)}")))
    sizes = {file.path: file.size for file in files}
    facts = {"size": Facts({"bytes": sum(sizes.values()), "files": len(files)}), "files": Facts(sizes)}
    if not {*_IN_MLMODEL} & {*wanted}:
        return facts
    try:
        if mlmodel.NAME not in sizes:
            raise SourceNotFound(f"there is no {mlmodel.NAME} among its files")
        said = mlmodel.read(artifacts, uri, parse)
        return facts | {"signature": Facts(mlmodel.signature(said)), "flavors": Facts(mlmodel.flavors(said))}
    except MlregError as error:
        return facts | dict.fromkeys(_IN_MLMODEL, Facts({}, Unknown(told(error))))
