"""The registry over mlflow.MlflowClient, for stores that only MLflow itself can open. Importing it takes seconds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar

from mlreg.adapters import mlflow_entities, mlflow_errors, mlflow_process
from mlreg.core import credentials, features, filters, local
from mlreg.core.errors import Failed, NotFound, SourceNotFound
from mlreg.core.ports import Feature
from mlreg.core.types import LoggedModel, Model, NewVersion, Run, ServerInfo, Tracker, Version

T = TypeVar("T")

PAGE = 200


def connect(
    tracker: Tracker, look_up: credentials.LookUp, *, timeout_s: float, notify: Callable[[str], None]
) -> "MlflowRegistry":
    """Open a registry through MLflow. Nothing is imported or looked up before the first request."""
    return MlflowRegistry(mlflow_process.Settings(tracker, look_up, timeout_s))


class MlflowRegistry:
    """Registry and Tracking over `mlflow.MlflowClient`.

    A local store that does not exist yet is empty to every read; the first write makes it.
    """

    def __init__(self, settings: mlflow_process.Settings) -> None:
        self.features = features.of(settings.tracker)
        self.kind = features.title(settings.tracker)
        self._settings = settings
        self._uri = settings.tracker.tracking_uri
        self._client: Any = None

    def get_model(self, name: str) -> Model:
        """`MlflowClient.get_registered_model`"""
        if self._absent():
            raise mlflow_errors.no_model(name)
        try:
            return mlflow_entities.model(self._ask(lambda client: client.get_registered_model(name)))
        except NotFound as error:
            prompt = self._prompt(name)
            if prompt is None:
                raise mlflow_errors.no_model(name) from error
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

    def get_version(self, name: str, number: int) -> Version:
        """`MlflowClient.get_model_version`"""
        if self._absent():
            raise mlflow_errors.no_version(name, number)
        try:
            return mlflow_entities.version(self._ask(lambda client: client.get_model_version(name, str(number))))
        except NotFound as error:
            raise mlflow_errors.no_version(name, number) from error

    def search_versions(self, name: str | None = None, *, filter: str = "") -> Iterator[Version]:
        """`MlflowClient.search_model_versions`, every page, newest first within a model"""
        if Feature.FILTERS not in self.features:
            yield from self._versions_by_model(name)
            return
        named = filters.equals("name", name) if name is not None else ""
        wanted = " AND ".join(part for part in (named, filter) if part)
        for item in self._pages("search_model_versions", wanted, ["name ASC", "version_number DESC"]):
            if name in (None, item.name) and not mlflow_entities.is_prompt(item):
                yield mlflow_entities.version(item)

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

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """`MlflowClient.transition_model_version_stage`"""
        try:
            moved = self._ask(
                lambda client: client.transition_model_version_stage(name, str(number), stage, archive_existing)
            )
        except NotFound as error:
            raise mlflow_errors.no_version(name, number) from error
        return mlflow_entities.version(moved)

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """`MlflowClient.set_registered_model_alias`"""
        try:
            self._ask(lambda client: client.set_registered_model_alias(name, alias, str(number)))
        except NotFound as error:
            raise mlflow_errors.no_version(name, number) from error

    def delete_alias(self, name: str, alias: str) -> None:
        """`MlflowClient.delete_registered_model_alias`"""
        try:
            self._ask(lambda client: client.delete_registered_model_alias(name, alias))
        except NotFound as error:
            raise mlflow_errors.no_model(name) from error

    def server(self) -> ServerInfo:
        """The MLflow that opens the store. A store that nobody has made yet is not made to answer this."""
        version = mlflow_process.installed_version()
        if not self._absent():
            self._ask(lambda client: client.search_registered_models(max_results=1))
        return ServerInfo(version=version)

    def get_run(self, run_id: str) -> Run:
        """`MlflowClient.get_run`"""
        try:
            if self._absent():
                raise NotFound("the store does not exist")
            return mlflow_entities.run(self._ask(lambda client: client.get_run(run_id)))
        except NotFound as error:
            raise SourceNotFound(f"there is no run '{run_id}'", cause=error.cause) from error

    def run_has_artifacts(self, run_id: str, path: str) -> bool:
        """`MlflowClient.list_artifacts`"""
        return bool(self._ask(lambda client: client.list_artifacts(run_id, path)))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """`MlflowClient.search_logged_models` (MLflow 3)"""

        def search(client: Any) -> list[Any]:
            if not hasattr(client, "search_logged_models"):
                return []
            wanted = f"source_run_id = '{run.run_id}'"
            return list(client.search_logged_models([run.experiment_id], filter_string=wanted))

        return [mlflow_entities.logged_model(item) for item in self._ask(search)]

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """`MlflowClient.get_logged_model` (MLflow 3)"""

        def get(client: Any) -> Any:
            if self._absent() or not hasattr(client, "get_logged_model"):
                raise NotFound("this MLflow keeps no logged models")
            return client.get_logged_model(model_id)

        try:
            return mlflow_entities.logged_model(self._ask(get))
        except NotFound as error:
            raise SourceNotFound(f"there is no logged model '{model_id}'", cause=error.cause) from error

    def log_run(self, experiment: str, name: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> Run:
        """Make a finished run in an experiment (made if need be, its artifacts beside the store)."""

        def log(client: Any) -> Any:
            known = client.get_experiment_by_name(experiment)
            root = local.artifact_root(self._uri)
            place = f"{root}/{experiment}" if root else None
            experiment_id = known.experiment_id if known else client.create_experiment(experiment, place)
            run_id = client.create_run(experiment_id, run_name=name).info.run_id
            for key, value in metrics.items():
                client.log_metric(run_id, key, value)
            for path, text in files.items():
                client.log_text(run_id, text, path)
            client.set_terminated(run_id, "FINISHED")
            return client.get_run(run_id)

        return mlflow_entities.run(self._ask(log))

    def _prompt(self, name: str) -> Model | None:
        """MLflow 3's client denies that a prompt exists when asked for a model of that name."""
        wanted = f"{filters.equals('name', name)} AND tag.`{mlflow_entities.PROMPT_TAG}` = 'true'"
        found = map(mlflow_entities.model, self._pages("search_registered_models", wanted, None))
        return next((model for model in found if model.name == name), None)

    def _absent(self) -> bool:
        """Tell whether this is a local store that nobody has made yet: looking must not make it."""
        where = local.place(self._uri)
        return self._client is None and where is not None and not Path(where).exists()

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

    def _ask(self, act: Callable[[Any], T]) -> T:
        """Let MLflow do something: quietly, within the deadline, its exceptions translated."""

        def work() -> T:
            if self._client is None:
                self._client = mlflow_process.open_client(self._settings)
            return act(self._client)

        return mlflow_process.run(self._settings, work)
