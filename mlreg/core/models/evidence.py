"""What gates look at: a version's run, logged model, tags, signature and age, as far as they are asked for."""

import math
import re
from collections.abc import Collection, Iterator

from mlreg.core.errors import MlregError
from mlreg.core.gates import Condition, Facts, Field, Source, Unknown
from mlreg.core.measured import last_logged
from mlreg.core.models.files import MODEL_ID, Means, uri_of
from mlreg.core.tags import visible
from mlreg.core.types import Logged, Run, Version

_NOT_ASKED = Unknown("it has not been read")
_SIGNATURE = re.compile(r"^signature:[ \t]*\n[ \t]+(inputs|outputs|params):", re.MULTILINE)


def facts(means: Means, version: Version, fields: Collection[Field], now_ms: int) -> Facts:
    """Return what is known of a version, as far as conditions that read these fields need it.

    Nothing raises: what cannot be read is unknown, with the reason, and no gate passes on it.
    """
    roots = {field.root for field in fields}
    run = _run_of(means, version) if {"metrics", "params", "run.status"} & roots else _NOT_ASKED
    metrics = {field.key for field in fields if field.root == "metrics"}
    return Facts(
        ref=version.ref,
        sources=_sources(means, version, run, metrics),
        tags=visible(version.tags),
        run_status=run.status if isinstance(run, Run) else run,
        signature=_signature(means, version) if "signature" in roots else _NOT_ASKED,
        age_s=Unknown("it has no date") if version.created is None else (now_ms - version.created) / 1000,
    )


def asked(conditions: Collection[Condition], *, holder: bool) -> set[Field]:
    """What these conditions read of the version, or of the holder."""
    return {field for condition in conditions for field in condition.fields() if field.holder == holder}


def _run_of(means: Means, version: Version) -> Run | Unknown:
    if not version.run_id:
        return Unknown(f"{version.ref} has no run")
    return _run(means, version.run_id, f"run {version.run_id} of {version.ref}")


def _run(means: Means, run_id: str, called: str) -> Run | Unknown:
    try:
        run = means.tracking.get_run(run_id)
    except MlregError as error:
        return Unknown(f"{called} cannot be read: {error.message}")
    return Unknown(f"{called} is deleted") if run.deleted else run


def _sources(means: Means, version: Version, run: Run | Unknown, metrics: Collection[str]) -> tuple[Source, ...]:
    """The run, and MLflow 3's logged model where the version is one; a reason in the place of what cannot be read."""
    if run is _NOT_ASKED:
        return ()
    found = []
    if isinstance(run, Run):
        found.append(Source(name=f"run {run.run_id}", metrics=run.metrics, params=run.params))
    elif version.run_id:
        found.append(Source(name=f"run {version.run_id}", metrics=run, params=run))
    model_id = version.model_id or ((match := MODEL_ID.fullmatch(version.source)) and match[1])
    if model_id:
        found += _logged_model(means, model_id, {version.run_id: run}, metrics)
    return tuple(found)


def _logged_model(
    means: Means, model_id: str, runs: dict[str, Run | Unknown], metrics: Collection[str]
) -> Iterator[Source]:
    """A source of its parameters and of what has no dataset, and one for each dataset, whose metrics have two names."""
    name = f"logged model {model_id}"
    try:
        logged = means.tracking.get_logged_model(model_id)
    except MlregError as error:
        unknown = Unknown(f"{name} cannot be read: {error.message}")
        yield Source(name=name, metrics=unknown, params=unknown)
        return
    known: dict[str, dict[str, float | Unknown]] = {"": {}}
    for each in last_logged(logged.measured):
        names = {each.key, f"{each.key} ({each.dataset})"} if each.dataset else {each.key}
        run_id = each.run_id or logged.source_run_id
        value = _confirmed(means, each, run_id, runs) if names & {*metrics} else _NOT_ASKED
        known.setdefault(each.dataset, {}).update(dict.fromkeys(names, value))
    yield Source(name=name, metrics=known.pop(""), params=logged.params)
    for dataset, values in known.items():
        yield Source(name=f"{name} on {dataset}", metrics=values, dataset=dataset)


def _confirmed(means: Means, each: Logged, run_id: str, runs: dict[str, Run | Unknown]) -> float | Unknown:
    """The value, if the run that logged it says so too: MLflow tells a NaN of a logged model as 0.0."""
    if not run_id:
        return Unknown("MLflow does not tell which run logged it with the logged model")
    if run_id not in runs:
        runs[run_id] = _run(means, run_id, f"run {run_id}, which logged it,")
    run, value = runs[run_id], each.found.value
    if isinstance(run, Unknown):
        return run
    if run.metrics.get(each.key) == value:
        return value
    try:
        history = means.tracking.metric_history(run_id, each.key)
    except MlregError as error:
        return Unknown(f"what run {run_id} logged cannot be read: {error.message}")
    then = [known.value for known in history if (known.step, known.time) == (each.found.step, each.found.time)]
    if value not in then or any(map(math.isnan, then)):
        return Unknown(f"the logged model says {value}, which run {run_id} does not confirm")
    return value


def _signature(means: Means, version: Version) -> bool | Unknown:
    try:
        uri = uri_of(means.registry, means.tracking, version.name, version.number)
        text = b"".join(means.storage(uri).read(uri, "MLmodel")).decode()
    except MlregError as error:
        return Unknown(f"the MLmodel file of {version.ref} cannot be read: {error.message}")
    except UnicodeDecodeError:
        return Unknown(f"the MLmodel file of {version.ref} cannot be read: it is no text")
    return bool(_SIGNATURE.search(text))
