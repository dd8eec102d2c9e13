"""What gates look at: a version's run, logged model, tags, signature and age, as far as they are asked for."""

import re
from collections.abc import Collection

from mlreg.core.errors import MlregError
from mlreg.core.gates import Condition, Facts, Source, Unknown
from mlreg.core.models.files import MODEL_ID, Means, uri_of
from mlreg.core.tags import visible
from mlreg.core.types import Run, Version

_NOT_ASKED = Unknown("it has not been read")
_SIGNATURE = re.compile(r"^signature:[ \t]*\n[ \t]+(inputs|outputs|params):", re.MULTILINE)


def facts(means: Means, version: Version, roots: Collection[str], now_ms: int) -> Facts:
    """Return what is known of a version, as far as conditions that read these roots (`metrics`, ...) need it.

    Nothing raises: what cannot be read is unknown, with the reason, and no gate passes on it.
    """
    run = _run(means, version) if {"metrics", "params", "run.status"} & {*roots} else _NOT_ASKED
    return Facts(
        ref=version.ref,
        sources=_sources(means, version, run),
        tags=visible(version.tags),
        run_status=run.status if isinstance(run, Run) else run,
        signature=_signature(means, version) if "signature" in roots else _NOT_ASKED,
        age_s=Unknown("it has no date") if version.created is None else (now_ms - version.created) / 1000,
    )


def roots(conditions: Collection[Condition], *, holder: bool) -> set[str]:
    """What these conditions read of the version, or of the holder."""
    return {field.root for condition in conditions for field in condition.fields() if field.holder == holder}


def _run(means: Means, version: Version) -> Run | Unknown:
    if not version.run_id:
        return Unknown(f"{version.ref} has no run")
    try:
        return means.tracking.get_run(version.run_id)
    except MlregError as error:
        return Unknown(f"run {version.run_id} of {version.ref} cannot be read: {error.message}")


def _sources(means: Means, version: Version, run: Run | Unknown) -> tuple[Source, ...]:
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
        found.append(_logged(means, model_id))
    return tuple(found)


def _logged(means: Means, model_id: str) -> Source:
    name = f"logged model {model_id}"
    try:
        logged = means.tracking.get_logged_model(model_id)
    except MlregError as error:
        unknown = Unknown(f"{name} cannot be read: {error.message}")
        return Source(name=name, metrics=unknown, params=unknown)
    return Source(name=name, metrics=logged.metrics, params=logged.params)


def _signature(means: Means, version: Version) -> bool | Unknown:
    try:
        uri = uri_of(means.registry, means.tracking, version.name, version.number)
        text = b"".join(means.storage(uri).read(uri, "MLmodel")).decode()
    except MlregError as error:
        return Unknown(f"the MLmodel file of {version.ref} cannot be read: {error.message}")
    except UnicodeDecodeError:
        return Unknown(f"the MLmodel file of {version.ref} cannot be read: it is no text")
    return bool(_SIGNATURE.search(text))
