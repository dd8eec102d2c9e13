"""A registry in memory, for tests above the port; it passes the same contract as the real ones."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mlreg.core.errors import AlreadyExists, ModelNotFound, SourceNotFound, VersionNotFound
from mlreg.core.features import MLFLOW, OF_MLFLOW
from mlreg.core.models.browse import with_aliases
from mlreg.core.types import LoggedModel, Model, NewVersion, Run, ServerInfo, Version

NOW_MS = 1_700_000_000_000


@dataclass
class FakeRegistry:
    """Registry, Tracking and the contract's Lab in one."""

    models: dict[str, Model] = field(default_factory=dict)
    stored: dict[str, dict[int, Version]] = field(default_factory=dict)
    runs: dict[str, tuple[Run, set[str]]] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    logged: dict[str, LoggedModel] = field(default_factory=dict)
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
        stages: dict[str, int] = {}
        for number, version in sorted(versions.items()):
            if version.stage != "None":
                stages[version.stage] = number
        return replace(self.models[name], latest=max(versions, default=None), stages=stages)

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """Yield models by name; of MLflow's filters it knows equality of the name."""
        wanted = re.fullmatch(r"name = '(.*)'", filter)
        for name in sorted(self.models):
            if not self.models[name].is_prompt and (not wanted or wanted[1] == name):
                yield self.get_model(name)

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        """Create a model."""
        if name in self.models:
            raise AlreadyExists(f"model '{name}' exists")
        self.models[name] = Model(name=name, description=description, tags=dict(tags or {}), created=NOW_MS)
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

    def search_versions(self, name: str | None = None, *, filter: str = "") -> Iterator[Version]:
        """Yield versions without aliases, as MLflow does."""
        for each in sorted(self.stored) if name is None else [name]:
            if each in self.models and not self.models[each].is_prompt:
                yield from (self.stored[each][number] for number in sorted(self.stored[each], reverse=True))

    def create_version(self, new: NewVersion) -> Version:
        """Add a version."""
        self.get_model(new.name)
        pointed = re.fullmatch(r"models:/([^/]+)/(\d+)", new.source)
        if pointed and int(pointed[2]) not in self.stored.get(pointed[1], {}):
            raise SourceNotFound(f"the source {new.source} does not exist")
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
            created=NOW_MS,
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

    def run_has_artifacts(self, run_id: str, path: str) -> bool:
        """Look among the files of a run."""
        return any(file.startswith(f"{path}/") for file in self.runs[run_id][1])

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """Return what a run has logged."""
        return [model for model in self.logged.values() if model.source_run_id == run.run_id]

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model."""
        if model_id not in self.logged:
            raise SourceNotFound(f"there is no logged model '{model_id}'")
        return self.logged[model_id]

    def run(self, files: Mapping[str, str] | None = None) -> str:
        """Make a run."""
        run_id = next(self._ids)
        made = Run(run_id=run_id, experiment_id="1", artifact_uri=f"mlflow-artifacts:/1/{run_id}", status="FINISHED")
        self.runs[run_id] = (made, set(files or {}))
        return run_id

    def logged_model(self, run_id: str, name: str) -> str | None:
        """Let a run log a model."""
        model_id = f"m-{next(self._ids)}"
        self.logged[model_id] = LoggedModel(
            model_id=model_id, name=name, artifact_uri=f"mlflow-artifacts:/1/models/{model_id}", source_run_id=run_id
        )
        return model_id

    def prompt(self, name: str) -> None:
        """Make a prompt."""
        self.create_model(name)
        self.create_version(NewVersion(name=name, source="dummy-source"))
        self.models[name] = replace(self.models[name], is_prompt=True)
        self._change(name, 1, is_prompt=True)

    def _change(self, name: str, number: int, **fields: Any) -> Version:
        self.stored[name][number] = replace(self.get_version(name, number), aliases=(), **fields)
        return self.get_version(name, number)


def _without(tags: Mapping[str, str], key: str) -> dict[str, str]:
    return {other: value for other, value in tags.items() if other != key}
