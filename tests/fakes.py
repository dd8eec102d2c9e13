"""A registry in memory, for tests above the port; it passes the same contract as the real ones."""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mlreg.core.errors import AlreadyExists, ModelNotFound, SourceNotFound, VersionNotFound
from mlreg.core.features import MLFLOW, OF_MLFLOW
from mlreg.core.measured import in_order, last_values
from mlreg.core.models.browse import with_aliases
from mlreg.core.types import (
    Logged,
    LoggedModel,
    Measurement,
    Model,
    NewRun,
    NewVersion,
    Run,
    ServerInfo,
    Upload,
    Version,
)
from tests import fake_search

NOW_MS = 1_700_000_000_000
POINTER = re.compile(r"models:/([^/]+)/(\d+)")


@dataclass
class FakeRegistry:
    """Registry, Tracking and the contract's Lab in one."""

    models: dict[str, Model] = field(default_factory=dict)
    stored: dict[str, dict[int, Version]] = field(default_factory=dict)
    runs: dict[str, tuple[Run, set[str]]] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    logged: dict[str, LoggedModel] = field(default_factory=dict)
    measured: dict[tuple[str, str], list[Measurement]] = field(default_factory=dict)
    measured_models: dict[str, list[Logged]] = field(default_factory=dict)
    experiments: dict[str, str] = field(default_factory=dict)
    now: int = NOW_MS
    features = OF_MLFLOW
    kind = MLFLOW

    def __post_init__(self) -> None:
        self._ids = (f"{number:032x}" for number in itertools.count(1))
        self.registry = self.tracking = self

    def get_model(self, name: str) -> Model:
        """Return a model as it is now."""
        if name not in self.models:
            raise ModelNotFound(f"there is no model '{name}'")
        versions = self.stored[name]
        stages = {version.stage: number for number, version in sorted(versions.items()) if version.stage != "None"}
        latest = max(versions, default=None)
        latest_run = versions[latest].run_id if latest else ""
        return replace(self.models[name], latest=latest, latest_run=latest_run, stages=stages)

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """Yield the models that match."""
        models = [self.get_model(name) for name in sorted(self.models) if not self.models[name].is_prompt]
        yield from fake_search.search(models, filter, order_by, fake_search.MODEL_KEYS, fake_search.MODEL_ORDERS)

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        """Create a model."""
        if name in self.models:
            raise AlreadyExists(f"model '{name}' exists")
        now = self.now
        self.models[name] = Model(name=name, description=description, tags=dict(tags or {}), created=now, updated=now)
        self.stored[name] = {}
        return self.get_model(name)

    def update_model(self, name: str, *, description: str) -> Model:
        """Describe a model."""
        self.models[name] = replace(self.get_model(name), description=description)
        return self.get_model(name)

    def rename_model(self, name: str, new_name: str) -> Model:
        """Move a model with its versions."""
        self.get_model(name)
        if new_name in self.models:
            raise AlreadyExists(f"model '{new_name}' exists")
        self.models[new_name] = replace(self.models.pop(name), name=new_name)
        versions = self.stored.pop(name)
        self.highest[new_name] = self.highest.pop(name, 0)
        self.stored[new_name] = {number: replace(version, name=new_name) for number, version in versions.items()}
        return self.get_model(new_name)

    def delete_model(self, name: str) -> None:
        """Forget a model."""
        self.get_model(name)
        del self.models[name], self.stored[name]
        self.highest.pop(name, None)

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """Tag a model."""
        self.models[name] = replace(self.get_model(name), tags={**self.get_model(name).tags, key: value})

    def delete_model_tag(self, name: str, key: str) -> None:
        """Take a model's tag away."""
        self.models[name] = replace(self.get_model(name), tags=_without(self.get_model(name).tags, key))

    def get_version(self, name: str, number: int) -> Version:
        """Return a version with its aliases."""
        if number not in self.stored.get(name, {}):
            raise VersionNotFound(f"there is no version {number} of '{name}'")
        return with_aliases(self.stored[name][number], self.models[name])

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        """Yield the versions that match, without aliases, as MLflow does."""
        names = [each for each in self.stored if name in (None, each) and not self.models[each].is_prompt]
        versions = [version for each in names for version in self.stored[each].values()]
        order = order_by or ("name ASC", "version_number DESC")
        yield from fake_search.search(versions, filter, order, fake_search.VERSION_KEYS, fake_search.VERSION_ORDERS)

    def artifact_uri(self, name: str, number: int) -> str:
        """Where a version's files are."""
        version = self.get_version(name, number)
        if pointed := POINTER.fullmatch(version.source):
            return self.artifact_uri(pointed[1], int(pointed[2]))
        return self.logged[version.model_id].artifact_uri if version.model_id else version.source

    def create_version(self, new: NewVersion) -> Version:
        """Add a version."""
        self.get_model(new.name)
        pointed = POINTER.fullmatch(new.source)
        if pointed and int(pointed[2]) not in self.stored.get(pointed[1], {}):
            raise SourceNotFound(f"the source {new.source} does not exist")
        self._touch(new.name)
        number = self.highest.get(new.name, 0) + 1
        self.highest[new.name] = number
        self.stored[new.name][number] = Version(
            name=new.name,
            number=number,
            source=new.source,
            run_id=new.run_id or "",
            model_id=new.model_id or "",
            description=new.description,
            tags=dict(new.tags),
            created=self.now,
            updated=self.now,
        )
        return self.stored[new.name][number]

    def update_version(self, name: str, number: int, *, description: str) -> Version:
        """Describe a version."""
        return self._change(name, number, description=description)

    def delete_version(self, name: str, number: int) -> None:
        """Forget a version and its aliases."""
        for alias in self.get_version(name, number).aliases:
            self.delete_alias(name, alias)
        del self.stored[name][number]

    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        """Tag a version."""
        self._change(name, number, tags={**self.get_version(name, number).tags, key: value})

    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        """Take a version's tag away."""
        self._change(name, number, tags=_without(self.get_version(name, number).tags, key))

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """Move a version to a stage."""
        self.get_version(name, number)
        versions = self.stored[name]
        for other in versions:
            if archive_existing and versions[other].stage == stage:
                versions[other] = replace(versions[other], stage="Archived")
        self._touch(name)
        return self._change(name, number, stage=stage)

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """Move an alias."""
        self.get_version(name, number)
        self.models[name] = replace(self.models[name], aliases={**self.models[name].aliases, alias: number})

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away."""
        kept = {key: number for key, number in self.get_model(name).aliases.items() if key != alias}
        self.models[name] = replace(self.models[name], aliases=kept)

    def server(self) -> ServerInfo:
        """Say what a server without passwords says."""
        return ServerInfo(version="3.17.2")

    def get_run(self, run_id: str) -> Run:
        """Return a run."""
        if run_id not in self.runs:
            raise SourceNotFound(f"there is no run '{run_id}'")
        return self.runs[run_id][0]

    def get_runs(self, run_ids: Collection[str]) -> dict[str, Run]:
        """Return the runs that there are."""
        return {run_id: self.runs[run_id][0] for run_id in run_ids if run_id in self.runs}

    def open_upload(self, experiment: str | None, name: str, artifact_root: str | None = None) -> Upload:
        """Make a logged model without a run, where its experiment has its artifacts."""
        experiment = experiment or "Default"
        place = self.experiments.setdefault(experiment, f"{artifact_root or 'mlflow-artifacts:'}/{experiment}")
        model_id = str(self.logged_model("", name))
        self.logged[model_id] = replace(self.logged[model_id], artifact_uri=f"{place}/models/{model_id}/artifacts")
        return Upload(uri=self.logged[model_id].artifact_uri, source=f"models:/{model_id}", model_id=model_id)

    def close_upload(self, upload: Upload, *, complete: bool) -> None:
        """Set the logged model's status."""
        model_id = str(upload.model_id)
        self.logged[model_id] = replace(self.logged[model_id], status="READY" if complete else "FAILED")

    def start_run(self, new: NewRun) -> Run:
        """Open a run; an experiment has no number here."""
        run_id = next(self._ids)
        experiment = new.experiment or (new.beside.experiment_id if new.beside else "Default")
        made = Run(
            run_id=run_id,
            experiment_id=experiment,
            artifact_uri=f"mlflow-artifacts:/{experiment}/{run_id}",
            name=new.name or run_id,
            status="RUNNING",
            tags=dict(new.tags),
            started=self.now,
        )
        self.runs[run_id] = (made, set())
        return made

    def end_run(self, run_id: str, status: str) -> None:
        """Note how a run has ended."""
        self.runs[run_id] = (replace(self.get_run(run_id), status=status, ended=self.now), self.runs[run_id][1])

    def run_artifacts(self, run_id: str, path: str = "") -> list[str]:
        """List one directory of a run's files."""
        below = f"{path}/" if path else ""
        rest = (file.removeprefix(below) for file in self.runs[run_id][1] if file.startswith(below))
        names = {f"{name.partition('/')[0]}/" if "/" in name else name for name in rest}
        return sorted(f"{below}{name}" for name in names)

    def metric_history(self, run_id: str, key: str) -> list[Measurement]:
        """Return what was measured; a metric that a run came with was measured once."""
        metrics = self.runs[run_id][0].metrics if run_id in self.runs else {}
        once = [Measurement(0, NOW_MS, metrics[key])] if key in metrics else []
        return in_order(self.measured.get((run_id, key), once))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """Return what a run has logged."""
        return [model for model in self.logged.values() if model.source_run_id == run.run_id]

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model."""
        if model_id not in self.logged:
            raise SourceNotFound(f"there is no logged model '{model_id}'")
        return self.logged[model_id]

    def run(
        self,
        files: Mapping[str, str] | None = None,
        *,
        name: str = "",
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Make a run."""
        run_id = next(self._ids)
        made = Run(
            run_id=run_id,
            experiment_id="1",
            artifact_uri=f"mlflow-artifacts:/1/{run_id}",
            name=name or run_id,
            status="FINISHED",
            metrics=dict(metrics or {}),
            params=dict(params or {}),
            tags=dict(tags or {}),
            started=NOW_MS,
            ended=NOW_MS,
        )
        self.runs[run_id] = (made, set(files or {}))
        return run_id

    def delete_run(self, run_id: str) -> None:
        """MLflow keeps what it deletes, and so does this."""
        run, files = self.runs[run_id]
        self.runs[run_id] = (replace(run, lifecycle_stage="deleted"), files)

    def logged_model(self, run_id: str, name: str, params: Mapping[str, str] | None = None) -> str | None:
        """Let a run log a model."""
        model_id = f"m-{next(self._ids)}"
        self.logged[model_id] = LoggedModel(
            model_id=model_id,
            name=name,
            artifact_uri=f"mlflow-artifacts:/1/models/{model_id}",
            source_run_id=run_id,
            params=dict(params or {}),
        )
        return model_id

    def measure(
        self, run_id: str, key: str, measured: Sequence[Measurement], *, model_id: str | None = None, dataset: str = ""
    ) -> None:
        """Let a run log a metric again and again."""
        run, files = self.runs[run_id]
        known = self.measured.setdefault((run_id, key), [])
        known += measured
        last = last_values((key, "", each) for each in known)
        self.runs[run_id] = (replace(run, metrics={**run.metrics, **last}), files)
        if model_id is not None:
            of_model = self.measured_models.setdefault(model_id, [])
            of_model += [Logged(key=key, found=each, dataset=dataset, run_id=run_id) for each in measured]
            last = last_values((each.key, each.dataset, each.found) for each in of_model)
            self.logged[model_id] = replace(self.logged[model_id], metrics=last, measured=tuple(of_model))

    def prompt(self, name: str) -> None:
        """Make a prompt."""
        self.create_model(name)
        self.create_version(NewVersion(name=name, source="dummy-source"))
        self.models[name] = replace(self.models[name], is_prompt=True)
        self._change(name, 1, is_prompt=True)

    def _touch(self, name: str) -> None:
        """Versions that come or move are what MLflow takes for an update of their model."""
        self.models[name] = replace(self.models[name], updated=self.now)

    def _change(self, name: str, number: int, **fields: Any) -> Version:
        self.stored[name][number] = replace(self.get_version(name, number), aliases=(), **fields)
        return self.get_version(name, number)


def _without(tags: Mapping[str, str], key: str) -> dict[str, str]:
    return {other: value for other, value in tags.items() if other != key}
