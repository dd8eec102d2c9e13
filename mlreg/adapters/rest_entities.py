"""From MLflow's JSON to mlreg's types: absent lists, numbers as text, empty strings, all made alike."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from mlreg.core.errors import NotMlflow
from mlreg.core.measured import last_values
from mlreg.core.types import Logged, LoggedModel, Measurement, Model, Run, Version

Json = Mapping[str, Any]
T = TypeVar("T")

PROMPT_TAG = "mlflow.prompt.is_prompt"


def _strict(read: Callable[[Json], T]) -> Callable[[Json], T]:
    """An entity without what it must have, or of another shape, was not sent by MLflow."""

    @wraps(read)
    def strictly(item: Json) -> T:
        try:
            return read(item)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotMlflow(
                "the server does not answer as MLflow does", cause=f"what it calls a {read.__name__} is none"
            ) from error

    return strictly


@_strict
def model(item: Json) -> Model:
    """A `RegisteredModel`. `latest_versions` holds the newest version of each stage, so its highest is the latest."""
    latest = [
        (int(entry["version"]), entry.get("current_stage") or "None", entry.get("run_id") or "")
        for entry in item.get("latest_versions", [])
    ]
    newest = max(latest, default=(None, "", ""))
    tags = pairs(item.get("tags"))
    return Model(
        name=_name(item),
        description=item.get("description") or "",
        tags=tags,
        aliases={entry["alias"]: int(entry["version"]) for entry in item.get("aliases", [])},
        stages={stage: number for number, stage, _ in sorted(latest, key=_by_stage) if stage != "None"},
        latest=newest[0],
        latest_run=newest[2],
        created=integer(item.get("creation_timestamp")),
        updated=integer(item.get("last_updated_timestamp")),
        is_prompt=is_prompt(tags),
    )


@_strict
def version(item: Json) -> Version:
    """A `ModelVersion`; on Unity Catalog the stage is missing, and an alias is an object."""
    aliases = [entry["alias"] if isinstance(entry, Mapping) else entry for entry in item.get("aliases") or ()]
    tags = pairs(item.get("tags"))
    return Version(
        name=_name(item),
        number=int(item["version"]),
        stage=item.get("current_stage") or "None",
        aliases=tuple(sorted(aliases)),
        status=item.get("status") or "READY",
        status_message=item.get("status_message") or "",
        source=item.get("source") or "",
        run_id=item.get("run_id") or "",
        model_id=item.get("model_id") or "",
        description=item.get("description") or "",
        user=item.get("user_id") or "",
        tags=tags,
        created=integer(item.get("creation_timestamp")),
        updated=integer(item.get("last_updated_timestamp")),
        is_prompt=is_prompt(tags),
    )


@_strict
def run(item: Json) -> Run:
    """A `Run`. Its metrics are the last values; NaN and infinities come as texts."""
    info, data = item["info"], item.get("data") or {}
    return Run(
        run_id=info["run_id"],
        experiment_id=info["experiment_id"],
        artifact_uri=info.get("artifact_uri") or "",
        name=info.get("run_name") or "",
        status=info.get("status") or "",
        metrics={metric["key"]: float(metric.get("value", 0.0)) for metric in data.get("metrics", [])},
        params=pairs(data.get("params")),
        tags=pairs(data.get("tags")),
        started=integer(info.get("start_time")),
        ended=integer(info.get("end_time")),
        lifecycle_stage=info.get("lifecycle_stage") or "active",
    )


@_strict
def artifact(item: Json) -> str:
    """The path of a `FileInfo`, a directory's with a slash at its end."""
    return f"{item['path']}/" if item.get("is_dir") else str(item["path"])


@_strict
def logged_model(item: Json) -> LoggedModel:
    """A `LoggedModel` of MLflow 3. Its status is PENDING, READY or FAILED, as MLflow's client calls them."""
    info, data = item["info"], item.get("data") or {}
    measured = [*map(_logged, data.get("metrics", []))]
    return LoggedModel(
        model_id=info["model_id"],
        name=info.get("name") or "",
        artifact_uri=info.get("artifact_uri") or "",
        source_run_id=info.get("source_run_id") or "",
        status=(info.get("status") or "").removeprefix("LOGGED_MODEL_").removeprefix("UPLOAD_"),
        metrics=last_values((each.key, each.dataset, each.found) for each in measured),
        measured=measured,
        params=pairs(data.get("params")),
        tags=pairs(info.get("tags")),
    )


@_strict
def measurement(item: Json) -> Measurement:
    """A `Metric`; NaN and infinities come as texts."""
    step, time = integer(item.get("step")) or 0, integer(item.get("timestamp")) or 0
    return Measurement(step, time, float(item.get("value", 0.0)))


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Tell a prompt, which MLflow keeps in the same tables, from a model."""
    return tags.get(PROMPT_TAG, "").lower() == "true"


def pairs(items: list[Json] | None) -> dict[str, str]:
    """A list of {key, value} as a dict; an unset value is ''."""
    return {item["key"]: item.get("value") or "" for item in items or ()}


def integer(value: Any) -> int | None:
    """An int64, which JSON may carry as a number or as a text."""
    return None if value is None else int(value)


def _logged(item: Json) -> Logged:
    dataset, run_id = item.get("dataset_name") or "", item.get("run_id") or ""
    return Logged(key=item["key"], found=measurement(item), dataset=dataset, run_id=run_id)


def _name(item: Json) -> str:
    if not isinstance(item["name"], str):
        raise TypeError("a name is a text")
    return item["name"]


def _by_stage(newest: tuple[int, str, str]) -> tuple[str, int]:
    number, stage, _ = newest
    return stage, number
