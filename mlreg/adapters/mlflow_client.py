"""The registry over mlflow.MlflowClient, for stores that only MLflow itself can open. Importing it takes seconds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import methodcaller
from typing import Any

from mlreg.adapters import mlflow_entities, mlflow_errors, mlflow_process
from mlreg.adapters.mlflow_errors import told_as
from mlreg.adapters.mlflow_tracking import MlflowTracking
from mlreg.core import credentials, features, filters, local
from mlreg.core.errors import Failed, ModelNotFound, NotFound, Unsupported
from mlreg.core.ports import Feature
from mlreg.core.types import Model, NewVersion, Tracker, Version

PAGE = 200


def connect(
    tracker: Tracker, look_up: credentials.LookUp, *, timeout_s: float, notify: Callable[[str], None]
) -> "MlflowRegistry":
    """Open a registry through MLflow. Nothing is imported or looked up before the first request."""
    return MlflowRegistry(mlflow_process.Settings(tracker, look_up, timeout_s))


class MlflowRegistry(MlflowTracking):
    """Registry and Tracking over `mlflow.MlflowClient`.

    A local store that does not exist yet is empty to every read; the first write makes it.
    """

    def __init__(self, settings: mlflow_process.Settings) -> None:
        super().__init__(settings)
        self.features = features.of(settings.tracker)
        self.kind = features.title(settings.tracker)

    def get_model(self, name: str) -> Model:
        """`MlflowClient.get_registered_model`"""
        if self._absent():
            raise mlflow_errors.no_model(name)
        try:
            return mlflow_entities.model(self._on_model(name, "get_registered_model"))
        except ModelNotFound:
            prompt = self._prompt(name)
            if prompt is None:
                raise
            return prompt

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """`MlflowClient.search_registered_models`, every page"""
        if Feature.FILTERS not in self.features:
            order_by = ()
        found = self._pages("search_registered_models", filter, list(order_by) or None)
        return (model for model in map(mlflow_entities.model, found) if not model.is_prompt)

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        """`MlflowClient.create_registered_model`"""
        return mlflow_entities.model(
            self._ask(lambda client: client.create_registered_model(name, dict(tags or {}), description))
        )

    def update_model(self, name: str, *, description: str) -> Model:
        """`MlflowClient.update_registered_model`"""
        return mlflow_entities.model(self._on_model(name, "update_registered_model", description))

    def rename_model(self, name: str, new_name: str) -> Model:
        """`MlflowClient.rename_registered_model`, which returns nothing"""
        self._on_model(name, "rename_registered_model", new_name)
        return self.get_model(new_name)

    def delete_model(self, name: str) -> None:
        """`MlflowClient.delete_registered_model`"""
        self._on_model(name, "delete_registered_model")

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """`MlflowClient.set_registered_model_tag`"""
        self._on_model(name, "set_registered_model_tag", key, value)

    def delete_model_tag(self, name: str, key: str) -> None:
        """`MlflowClient.delete_registered_model_tag`"""
        self._on_model(name, "delete_registered_model_tag", key)

    def get_version(self, name: str, number: int) -> Version:
        """`MlflowClient.get_model_version`"""
        if self._absent():
            raise mlflow_errors.no_version(name, number)
        return mlflow_entities.version(self._on_version(name, number, "get_model_version"))

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        """`MlflowClient.search_model_versions`, every page"""
        if Feature.FILTERS not in self.features:
            if filter or order_by:
                raise Unsupported(f"{self.kind} has no {Feature.FILTERS.value}")
            yield from self._versions_by_model(name)
            return
        named = filters.equals("name", name) if name is not None else ""
        wanted = " AND ".join(part for part in (named, filter) if part)
        order = list(order_by) or ["name ASC", "version_number DESC"]
        for item in self._pages("search_model_versions", wanted, order):
            if name in (None, item.name) and not mlflow_entities.is_prompt(item):
                yield mlflow_entities.version(item)

    def artifact_uri(self, name: str, number: int) -> str:
        """`MlflowClient.get_model_version_download_uri`; Databricks' is of no use without its client"""
        if self._settings.tracker.kind == "databricks":
            return f"models:/{name}/{number}"
        if self._absent():
            raise mlflow_errors.no_version(name, number)
        return str(self._on_version(name, number, "get_model_version_download_uri"))

    def create_version(self, new: NewVersion) -> Version:
        """`MlflowClient.create_model_version`"""
        given: dict[str, Any] = {"model_id": new.model_id} if new.model_id else {}
        source = new.source
        if Feature.LEVELS in self.features:
            # Having copied a `file:` source into Unity Catalog, MLflow deletes it as if it were its own; not a path.
            source = local.place(source) or source
        try:
            made = self._ask(
                lambda client: client.create_model_version(
                    new.name,
                    source,
                    run_id=new.run_id,
                    tags=dict(new.tags),
                    description=new.description or None,
                    await_creation_for=0,
                    **given,
                )
            )
        except (NotFound, Failed) as error:
            raise mlflow_errors.not_created(new, error) from error
        return mlflow_entities.version(made)

    def update_version(self, name: str, number: int, *, description: str) -> Version:
        """`MlflowClient.update_model_version`"""
        return mlflow_entities.version(self._on_version(name, number, "update_model_version", description))

    def delete_version(self, name: str, number: int) -> None:
        """`MlflowClient.delete_model_version`"""
        self._on_version(name, number, "delete_model_version")

    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        """`MlflowClient.set_model_version_tag`"""
        self._on_version(name, number, "set_model_version_tag", key, value)

    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        """`MlflowClient.delete_model_version_tag`"""
        self._on_version(name, number, "delete_model_version_tag", key)

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """`MlflowClient.transition_model_version_stage`"""
        moved = self._on_version(name, number, "transition_model_version_stage", stage, archive_existing)
        return mlflow_entities.version(moved)

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """`MlflowClient.set_registered_model_alias`"""
        with told_as(mlflow_errors.no_version(name, number)):
            self._ask(lambda client: client.set_registered_model_alias(name, alias, str(number)))

    def delete_alias(self, name: str, alias: str) -> None:
        """`MlflowClient.delete_registered_model_alias`"""
        self._on_model(name, "delete_registered_model_alias", alias)

    def _on_model(self, name: str, method: str, *arguments: object) -> Any:
        with told_as(mlflow_errors.no_model(name)):
            return self._ask(methodcaller(method, name, *arguments))

    def _on_version(self, name: str, number: int, method: str, *arguments: object) -> Any:
        with told_as(mlflow_errors.no_version(name, number)):
            return self._ask(methodcaller(method, name, str(number), *arguments))

    def _prompt(self, name: str) -> Model | None:
        """MLflow 3's client denies that a prompt exists when asked for a model of that name."""
        wanted = f"{filters.equals('name', name)} AND tag.`{mlflow_entities.PROMPT_TAG}` = 'true'"
        found = map(mlflow_entities.model, self._pages("search_registered_models", wanted, None))
        return next((model for model in found if model.name == name), None)

    def _versions_by_model(self, name: str | None) -> Iterator[Version]:
        """Every version where a search wants the name of a model and knows no order: Unity Catalog."""
        names = [name] if name is not None else (model.name for model in self.search_models())
        for each in names:
            found = self._pages("search_model_versions", filters.equals("name", each), None)
            yield from sorted(map(mlflow_entities.version, found), key=lambda version: -version.number)

    def _pages(self, method: str, wanted: str, order_by: list[str] | None) -> Iterator[Any]:
        token: str | None = None
        while not self._absent():
            arguments = {
                "filter_string": wanted or None,
                "max_results": PAGE,
                "order_by": order_by,
                "page_token": token,
            }
            page = self._ask(methodcaller(method, **arguments))
            yield from page
            token = page.token
            if not token:
                return
