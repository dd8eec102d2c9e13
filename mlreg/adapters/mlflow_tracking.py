"""The tracking side of mlflow.MlflowClient: runs, what they logged, and the client, made at the first request."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mlreg.adapters import mlflow_entities, mlflow_process
from mlreg.core import local
from mlreg.core.errors import NotFound, SourceNotFound
from mlreg.core.types import LoggedModel, Run, ServerInfo

T = TypeVar("T")


class MlflowTracking:
    """Tracking over `mlflow.MlflowClient`."""

    def __init__(self, settings: mlflow_process.Settings) -> None:
        self._settings = settings
        self._uri = settings.tracker.tracking_uri
        self._client: Any = None

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

    def _absent(self) -> bool:
        """Tell whether this is a local store that nobody has made yet: looking must not make it."""
        where = local.place(self._uri)
        return self._client is None and where is not None and not Path(where).exists()

    def _ask(self, act: Callable[[Any], T]) -> T:
        """Let MLflow do something: quietly, within the deadline, its exceptions translated."""

        def work() -> T:
            if self._client is None:
                self._client = mlflow_process.open_client(self._settings)
            return act(self._client)

        return mlflow_process.run(self._settings, work)
