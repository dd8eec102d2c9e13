"""The tracking side of mlflow.MlflowClient: runs, what they logged, and the client, made at the first request."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from mlreg.adapters import mlflow_entities, mlflow_errors, mlflow_process
from mlreg.adapters.mlflow_errors import told_as
from mlreg.core import local
from mlreg.core.errors import AlreadyExists, NotMlflow, SourceNotFound
from mlreg.core.measured import in_order
from mlreg.core.references import logged_model_name
from mlreg.core.types import LoggedModel, Measurement, NewRun, Run, ServerInfo, Upload

T = TypeVar("T")
RUNS_PER_REQUEST = 100


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
        if self._absent():
            raise mlflow_errors.no_run(run_id)
        with told_as(mlflow_errors.no_run(run_id)):
            return mlflow_entities.run(self._ask(lambda client: client.get_run(run_id)))

    def get_runs(self, run_ids: Collection[str]) -> dict[str, Run]:
        """`MlflowClient.search_runs`, a hundred runs each; to search a store of files reads all it has, so not there"""
        wanted = sorted({run_id for run_id in run_ids if run_id.isalnum()})
        if not wanted or self._absent():
            return {}
        if self._uri.lower().startswith("file:"):
            return dict(self._read_each(wanted))
        return {run.info.run_id: mlflow_entities.run(run) for run in self._ask(lambda client: _search(client, wanted))}

    def open_upload(self, experiment: str | None, name: str, artifact_root: str | None = None) -> Upload:
        """`MlflowClient.create_logged_model` (MLflow 3), or `create_run`"""
        experiment_id = self._experiment(experiment or "Default", artifact_root)
        try:
            made = self._ask_mlflow_3("create_logged_model", experiment_id, logged_model_name(name))
        except NotMlflow:
            info = self._ask(lambda client: client.create_run(experiment_id, run_name=name)).info
            uri = f"{info.artifact_uri.rstrip('/')}/model"
            return Upload(uri=uri, source=uri, run_id=info.run_id)
        return Upload(uri=made.artifact_location, source=f"models:/{made.model_id}", model_id=made.model_id)

    def close_upload(self, upload: Upload, *, complete: bool) -> None:
        """`MlflowClient.finalize_logged_model` (MLflow 3), or `set_terminated`"""
        if upload.model_id is not None:
            status = "READY" if complete else "FAILED"
            self._ask(lambda client: client.finalize_logged_model(upload.model_id, status))
        else:
            self.end_run(str(upload.run_id), "FINISHED" if complete else "FAILED")

    def start_run(self, new: NewRun) -> Run:
        """`MlflowClient.create_run`"""
        if new.experiment is None and new.beside:
            experiment_id = new.beside.experiment_id
        else:
            experiment_id = self._experiment(new.experiment or "Default", new.artifact_root)
        made = self._ask(lambda client: client.create_run(experiment_id, tags=dict(new.tags), run_name=new.name))
        return mlflow_entities.run(made)

    def end_run(self, run_id: str, status: str) -> None:
        """`MlflowClient.set_terminated`"""
        with told_as(mlflow_errors.no_run(run_id)):
            self._ask(lambda client: client.set_terminated(run_id, status))

    def run_artifacts(self, run_id: str, path: str = "") -> list[str]:
        """`MlflowClient.list_artifacts`"""
        found = self._ask(lambda client: client.list_artifacts(run_id, path or None))
        return [f"{entry.path}/" if entry.is_dir else str(entry.path) for entry in found]

    def metric_history(self, run_id: str, key: str) -> list[Measurement]:
        """`MlflowClient.get_metric_history`"""
        found: list[Any] = []
        with suppress(SourceNotFound), told_as(mlflow_errors.no_run(run_id)):
            found += [] if self._absent() else self._ask(lambda client: client.get_metric_history(run_id, key))
        return in_order(map(mlflow_entities.measurement, found))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """`MlflowClient.search_logged_models` (MLflow 3)"""
        wanted = f"source_run_id = '{run.run_id}'"
        try:
            found = self._ask_mlflow_3("search_logged_models", [run.experiment_id], wanted)
        except NotMlflow:
            return []
        return [mlflow_entities.logged_model(item) for item in found]

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """`MlflowClient.get_logged_model` (MLflow 3)"""
        if self._absent():
            raise mlflow_errors.no_logged_model(model_id)
        try:
            with told_as(mlflow_errors.no_logged_model(model_id)):
                return mlflow_entities.logged_model(self._ask_mlflow_3("get_logged_model", model_id))
        except NotMlflow as error:
            raise mlflow_errors.no_logged_model(model_id, older=True) from error

    def log_run(self, experiment: str, name: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> Run:
        """Make a finished run in an experiment (made if need be, its artifacts beside the store)."""
        experiment_id = self._experiment(experiment, None)

        def log(client: Any) -> Any:
            run_id = client.create_run(experiment_id, run_name=name).info.run_id
            for key, value in metrics.items():
                client.log_metric(run_id, key, value)
            for path, text in files.items():
                client.log_text(run_id, text, path)
            client.set_terminated(run_id, "FINISHED")
            return client.get_run(run_id)

        return mlflow_entities.run(self._ask(log))

    def _read_each(self, run_ids: Iterable[str]) -> Iterator[tuple[str, Run]]:
        for run_id in run_ids:
            with suppress(SourceNotFound):
                yield run_id, self.get_run(run_id)

    def _experiment(self, name: str, artifact_root: str | None) -> str:
        """The id of an experiment, which is made if need be, a local store's beside it unless told otherwise."""
        known = self._ask(lambda client: client.get_experiment_by_name(name))
        if known:
            return str(known.experiment_id)
        root = artifact_root or local.artifact_root(self._uri)
        place = f"{root.rstrip('/')}/{name}" if root else None
        with suppress(AlreadyExists):
            return str(self._ask(lambda client: client.create_experiment(name, place)))
        return str(self._ask(lambda client: client.get_experiment_by_name(name)).experiment_id)

    def _absent(self) -> bool:
        """Tell whether this is a local store that nobody has made yet: looking must not make it."""
        where = local.place(self._uri)
        return self._client is None and where is not None and not Path(where).exists()

    def _ask_mlflow_3(self, method: str, *arguments: object) -> Any:
        """Call what MLflow 3 brought; raises NotMlflow where the client or the server is older."""

        def call(client: Any) -> Any:
            if not hasattr(client, method):
                raise NotMlflow("this MLflow keeps no logged models")
            return getattr(client, method)(*arguments)

        return self._ask(call)

    def _ask(self, act: Callable[[Any], T]) -> T:
        """Let MLflow do something: quietly, within the deadline, its exceptions translated."""

        def work() -> T:
            if self._client is None:
                self._client = mlflow_process.open_client(self._settings)
            return act(self._client)

        return mlflow_process.run(self._settings, work)


def _search(client: Any, run_ids: Sequence[str]) -> list[Any]:
    """The runs of these ids, deleted ones too; a search wants to know the experiments."""
    from mlflow.entities import ViewType

    experiments, page = [], None
    while page is None or page.token:
        page = client.search_experiments(view_type=ViewType.ALL, page_token=page and page.token)
        experiments += [experiment.experiment_id for experiment in page]
    found: list[Any] = []
    for start in range(0, len(run_ids), RUNS_PER_REQUEST):
        some = ", ".join(f"'{run_id}'" for run_id in run_ids[start : start + RUNS_PER_REQUEST])
        wanted = f"attributes.run_id IN ({some})"
        found += client.search_runs(experiments, wanted, run_view_type=ViewType.ALL, max_results=RUNS_PER_REQUEST)
    return found
