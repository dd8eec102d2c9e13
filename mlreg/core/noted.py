"""Names as they pass by: a connection that notes which models, versions, aliases and metrics a command has seen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from mlreg.core.ports import Connection, Feature
from mlreg.core.types import Model, NewVersion, Run, Target, Version

MOST_MODELS = 10_000
MOST_VERSIONS = 20_000
MOST_METRICS = 1000


class ModelNames:
    """The names of a model's aliases and versions. A version's stage is empty where it has none or none was told.

    `aliases` is None where they were not seen, `moved` are those that were set or (None) deleted. `whole` says that
    there are no other versions.
    """

    __slots__ = ("aliases", "moved", "versions", "whole")

    def __init__(self) -> None:
        self.aliases: Mapping[str, int] | None = None
        self.moved: dict[str, int | None] = {}
        self.versions: dict[int, str] = {}
        self.whole = False


class Names:
    """What was seen of the registry that a target leads to. `whole` says that there are no other models."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.models: dict[str, ModelNames] = {}
        self.gone: set[str] = set()
        self.metrics: dict[str, None] = {}
        self.whole = False
        self._room = MOST_VERSIONS

    def __bool__(self) -> bool:
        """Tell whether anything was seen."""
        return bool(self.models or self.gone or self.metrics or self.whole)

    def model(self, model: Model, *, with_aliases: bool = True) -> Model:
        """Note a model, with the versions that it names."""
        if not model.is_prompt:
            known = self.known(model.name)
            if with_aliases:
                known.aliases = model.aliases
            for number in (model.latest, *model.aliases.values()):
                if number is not None:
                    self._add(known, number, known.versions.get(number, ""))
            for stage, number in model.stages.items():
                self._add(known, number, stage)
        return model

    def version(self, version: Version) -> Version:
        """Note a version."""
        if not version.is_prompt:
            self._add(self.known(version.name), version.number, version.stage.replace("None", ""))
        return version

    def run(self, run: Run) -> Run:
        """Note what was measured in a run."""
        if len(self.metrics) < MOST_METRICS:
            self.metrics.update(dict.fromkeys(run.metrics))
        return run

    def known(self, name: str) -> ModelNames:
        """What is noted of a model; of one too many it is noted in vain."""
        if name not in self.models and len(self.models) >= MOST_MODELS:
            return ModelNames()
        self.gone.discard(name)
        return self.models.setdefault(name, ModelNames())

    def forget(self, name: str) -> None:
        """Note that a model is no more."""
        self.models.pop(name, None)
        self.gone.add(name)

    def _add(self, known: ModelNames, number: int, stage: str) -> None:
        if number not in known.versions:
            self._room -= 1
        if self._room > 0:
            known.versions[number] = stage


def noted(connection: Connection, names: Names) -> Connection:
    """The same connection, but what it answers is noted in `names`."""
    return cast(Connection, _Noted(connection, names))


class _Noted:
    """A Connection over another one, of which only what tells names is written out here."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self._real = connection
        self._names = names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def get_model(self, name: str) -> Model:
        return self._names.model(self._real.get_model(name))

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        return self._passing_models(self._real.search_models(filter, order_by), every=not filter)

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        return self._names.model(self._real.create_model(name, description=description, tags=tags))

    def rename_model(self, name: str, new_name: str) -> Model:
        model = self._real.rename_model(name, new_name)
        self._names.forget(name)
        return self._names.model(model)

    def delete_model(self, name: str) -> None:
        self._real.delete_model(name)
        self._names.forget(name)

    def get_version(self, name: str, number: int) -> Version:
        return self._names.version(self._real.get_version(name, number))

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        found = self._real.search_versions(name, filter=filter, order_by=order_by)
        return self._passing_versions(found, name, every=not filter)

    def create_version(self, new: NewVersion) -> Version:
        return self._names.version(self._real.create_version(new))

    def delete_version(self, name: str, number: int) -> None:
        self._real.delete_version(name, number)
        self._names.known(name).versions.pop(number, None)
        self._names.gone.add(f"{name}/{number}")

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        return self._names.version(self._real.transition(name, number, stage, archive_existing=archive_existing))

    def set_alias(self, name: str, alias: str, number: int) -> None:
        self._real.set_alias(name, alias, number)
        self._names.known(name).moved[alias] = number

    def delete_alias(self, name: str, alias: str) -> None:
        self._real.delete_alias(name, alias)
        self._names.known(name).moved[alias] = None

    def get_run(self, run_id: str) -> Run:
        return self._names.run(self._real.get_run(run_id))

    def get_runs(self, run_ids: Collection[str]) -> dict[str, Run]:
        return {run_id: self._names.run(run) for run_id, run in self._real.get_runs(run_ids).items()}

    def _passing_models(self, models: Iterator[Model], *, every: bool) -> Iterator[Model]:
        with_aliases = Feature.WHOLE_HITS in self._real.features
        for model in models:
            yield self._names.model(model, with_aliases=with_aliases)
        self._names.whole |= every

    def _passing_versions(self, versions: Iterator[Version], name: str | None, *, every: bool) -> Iterator[Version]:
        for version in versions:
            yield self._names.version(version)
        if every:
            for each in self._names.models if name is None else [name]:
                self._names.known(each).whole = True
