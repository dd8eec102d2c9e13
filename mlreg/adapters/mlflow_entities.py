"""From MLflow's Python entities to mlreg's types: `None`, numbers as text and absent fields, all made alike."""

from typing import Any

from mlreg.core.measured import last_values
from mlreg.core.types import Logged, LoggedModel, Measurement, Model, Run, Version

PROMPT_TAG = "mlflow.prompt.is_prompt"


def model(item: Any) -> Model:
    """An `mlflow.entities.model_registry.RegisteredModel`"""
    latest = [(each.current_stage or "None", int(each.version)) for each in item.latest_versions or ()]
    newest = max(item.latest_versions or (), key=lambda each: int(each.version), default=None)
    return Model(
        name=item.name,
        description=item.description or "",
        tags=dict(_known(item.tags) or {}),
        aliases={alias: int(number) for alias, number in (_known(item.aliases) or {}).items()},
        stages={stage: number for stage, number in sorted(latest) if stage != "None"},
        latest=None if newest is None else int(newest.version),
        latest_run=(newest and newest.run_id) or "",
        created=item.creation_timestamp,
        updated=item.last_updated_timestamp,
        is_prompt=is_prompt(item),
    )


def version(item: Any) -> Version:
    """An `mlflow.entities.model_registry.ModelVersion`"""
    return Version(
        name=item.name,
        number=int(item.version),
        stage=item.current_stage or "None",
        aliases=tuple(sorted(_known(item.aliases) or ())),
        status=item.status or "READY",
        status_message=item.status_message or "",
        source=item.source or "",
        run_id=item.run_id or "",
        model_id=getattr(item, "model_id", None) or "",
        description=item.description or "",
        user=item.user_id or "",
        tags=dict(_known(item.tags) or {}),
        created=item.creation_timestamp,
        updated=item.last_updated_timestamp,
        is_prompt=is_prompt(item),
    )


def run(item: Any) -> Run:
    """An `mlflow.entities.Run`"""
    info, data = item.info, item.data
    return Run(
        run_id=info.run_id,
        experiment_id=info.experiment_id,
        artifact_uri=info.artifact_uri,
        name=info.run_name or "",
        status=info.status,
        metrics=dict(data.metrics),
        params=dict(data.params),
        tags=dict(data.tags),
        started=info.start_time,
        ended=info.end_time,
        lifecycle_stage=info.lifecycle_stage or "active",
    )


def logged_model(item: Any) -> LoggedModel:
    """An `mlflow.entities.LoggedModel`"""
    measured = [*map(_logged, item.metrics or ())]
    return LoggedModel(
        model_id=item.model_id,
        name=item.name or "",
        artifact_uri=item.artifact_location or "",
        source_run_id=item.source_run_id or "",
        status=str(item.status),
        metrics=last_values((each.key, each.dataset, each.found) for each in measured),
        measured=measured,
        params=dict(item.params or {}),
        tags=dict(item.tags or {}),
    )


def measurement(item: Any) -> Measurement:
    """An `mlflow.entities.Metric`"""
    return Measurement(item.step, item.timestamp, item.value)


def is_prompt(item: Any) -> bool:
    """Tell a prompt, which MLflow keeps in the same tables, from a model; `tags` hides the one that tells."""
    told = getattr(item, "_is_prompt", None)
    return bool(told and told())


def _logged(item: Any) -> Logged:
    run_id = getattr(item, "run_id", None) or ""  # an older client's metrics have none
    return Logged(key=item.key, found=measurement(item), dataset=item.dataset_name or "", run_id=run_id)


def _known(value: Any) -> Any:
    """None for what a search hit of Unity Catalog does not know: there `tags` and `aliases` are methods that raise."""
    return None if callable(value) else value
