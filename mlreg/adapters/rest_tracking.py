"""The tracking side of MLflow's REST API: runs, what they logged, and places for new models."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from mlreg.adapters import mlflow_errors, rest_entities
from mlreg.adapters.mlflow_errors import told_as
from mlreg.adapters.rest_api import Json, RestApi
from mlreg.core.errors import AlreadyExists, ComponentNotFound, NotFound, NotMlflow, SourceNotFound
from mlreg.core.measured import in_order
from mlreg.core.references import logged_model_name
from mlreg.core.types import LoggedModel, Measurement, NewRun, Run, ServerInfo, Upload

RUNS_PER_REQUEST = 100
EXPERIMENTS_PER_PAGE = 1000
VALUES_PER_PAGE = 25_000


class RestTracking:
    """Tracking over one MLflow server's REST API."""

    def __init__(self, tracking: RestApi) -> None:
        self._tracking = tracking
        self._experiment_ids: list[str] | None = None

    def server(self) -> ServerInfo:
        """GET /version, and users/current, which only a server with basic-auth has"""
        version = self._tracking.root("/version")
        try:
            answer = self._tracking.get("users/current", [])
        except ComponentNotFound:
            raise
        except (NotFound, NotMlflow):
            return ServerInfo(version=version)
        return ServerInfo(version=version, user=answer.get("user", answer).get("username"))

    def get_run(self, run_id: str) -> Run:
        """GET runs/get"""
        with told_as(mlflow_errors.no_run(run_id)):
            answer = self._tracking.get("runs/get", [("run_id", run_id)])
        return rest_entities.run(self._tracking.part(answer, "run"))

    def get_runs(self, run_ids: Collection[str]) -> dict[str, Run]:
        """POST runs/search, a hundred runs each; it wants to know the experiments, so they are read first, once"""
        wanted = sorted(set(run_ids))
        found: dict[str, Run] = {}
        for start in range(0, len(wanted), RUNS_PER_REQUEST):
            some = ", ".join(f"'{run_id}'" for run_id in wanted[start : start + RUNS_PER_REQUEST] if run_id.isalnum())
            body: Json = {
                "experiment_ids": self._experiments(),
                "filter": f"attributes.run_id IN ({some})",
                "run_view_type": "ALL",
                "max_results": RUNS_PER_REQUEST,
            }
            if some:
                answer = self._tracking.send("POST", "runs/search", body)
                found |= {run.run_id: run for run in map(rest_entities.run, answer.get("runs", []))}
        return found

    def run_artifacts(self, run_id: str, path: str = "") -> list[str]:
        """GET artifacts/list"""
        query = [("run_id", run_id), *([("path", path)] if path else [])]
        return [*map(rest_entities.artifact, self._tracking.get("artifacts/list", query).get("files", []))]

    def metric_history(self, run_id: str, key: str) -> list[Measurement]:
        """GET metrics/get-history, in pages where the server has them"""
        query = [("run_id", run_id), ("metric_key", key)]
        found: list[Json] = []
        with suppress(SourceNotFound), told_as(mlflow_errors.no_run(run_id)):
            found += self._tracking.pages("metrics/get-history", "metrics", query, VALUES_PER_PAGE)
        return in_order(map(rest_entities.measurement, found))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """POST logged-models/search (MLflow 3); a server that has no such endpoint has no logged models"""
        body: Json = {
            "experiment_ids": [run.experiment_id],
            "filter": self._logged_by(run),
            "max_results": 50,
        }
        found: list[LoggedModel] = []
        while True:
            try:
                answer = self._tracking.send("POST", "logged-models/search", body)
            except NotMlflow:
                return found
            models = map(rest_entities.logged_model, answer.get("models", []))
            found += [model for model in models if model.source_run_id == run.run_id]
            if not answer.get("next_page_token"):
                return found
            body["page_token"] = answer["next_page_token"]

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """GET logged-models/{id} (MLflow 3)"""
        try:
            with told_as(mlflow_errors.no_logged_model(model_id)):
                answer = self._tracking.get(f"logged-models/{model_id}", [])
        except NotMlflow as error:
            raise mlflow_errors.no_logged_model(model_id, older=True) from error
        return rest_entities.logged_model(self._tracking.part(answer, "model"))

    def open_upload(self, experiment: str | None, name: str, artifact_root: str | None = None) -> Upload:
        """POST logged-models (MLflow 3); on a server that has no such endpoint, POST runs/create"""
        experiment_id = self._experiment(experiment or "Default", artifact_root)
        body: Json = {"experiment_id": experiment_id, "name": logged_model_name(name)}
        try:
            made = self._tracking.send("POST", "logged-models", body)
        except NotMlflow:
            return self._open_run(experiment_id, name)
        logged = rest_entities.logged_model(self._tracking.part(made, "model"))
        return Upload(uri=logged.artifact_uri, source=f"models:/{logged.model_id}", model_id=logged.model_id)

    def close_upload(self, upload: Upload, *, complete: bool) -> None:
        """PATCH logged-models/{id} (MLflow 3), or POST runs/update"""
        if upload.model_id is not None:
            status = "LOGGED_MODEL_READY" if complete else "LOGGED_MODEL_UPLOAD_FAILED"
            body: Json = {"model_id": upload.model_id, "status": status}
            self._tracking.send("PATCH", f"logged-models/{upload.model_id}", body)
            return
        self.end_run(str(upload.run_id), "FINISHED" if complete else "FAILED")

    def start_run(self, new: NewRun) -> Run:
        """POST runs/create, after the requests that the experiment takes"""
        if new.experiment is None and new.beside:
            experiment_id = new.beside.experiment_id
        else:
            experiment_id = self._experiment(new.experiment or "Default", new.artifact_root)
        return self._create_run(experiment_id, new.name, new.tags)

    def end_run(self, run_id: str, status: str) -> None:
        """POST runs/update"""
        body: Json = {"run_id": run_id, "status": status, "end_time": _now_ms()}
        with told_as(mlflow_errors.no_run(run_id)):
            self._tracking.send("POST", "runs/update", body)

    def _create_run(self, experiment_id: str, name: str | None, tags: Mapping[str, str]) -> Run:
        body: Json = {"experiment_id": experiment_id, "start_time": _now_ms()}
        body |= {"run_name": name} if name else {}
        body |= {"tags": [{"key": key, "value": value} for key, value in tags.items()]} if tags else {}
        return rest_entities.run(self._tracking.part(self._tracking.send("POST", "runs/create", body), "run"))

    def _open_run(self, experiment_id: str, name: str) -> Upload:
        run = self._create_run(experiment_id, name, {})
        uri = f"{run.artifact_uri.rstrip('/')}/model"
        return Upload(uri=uri, source=uri, run_id=run.run_id)

    def _experiment(self, name: str, artifact_root: str | None) -> str:
        """The id of an experiment, which is made if need be, unless somebody else makes it at the same time."""
        body = {"name": name, "artifact_location": artifact_root and f"{artifact_root.rstrip('/')}/{name}"}
        given = {key: value for key, value in body.items() if value}
        with suppress(NotFound):
            return self._experiment_id(name)
        with suppress(AlreadyExists):
            return str(self._tracking.send("POST", "experiments/create", given)["experiment_id"])
        return self._experiment_id(name)

    def _experiment_id(self, name: str) -> str:
        answer = self._tracking.get("experiments/get-by-name", [("experiment_name", name)])
        return str(self._tracking.part(answer, "experiment")["experiment_id"])

    def _experiments(self) -> list[str]:
        """The ids of all experiments, deleted ones too."""
        if self._experiment_ids is None:
            self._experiment_ids = list(self._read_experiments())
        return self._experiment_ids

    def _read_experiments(self) -> Iterator[str]:
        body: Json = {"view_type": "ALL", "max_results": EXPERIMENTS_PER_PAGE}
        while True:
            answer = self._tracking.send("POST", "experiments/search", body)
            yield from (experiment["experiment_id"] for experiment in answer.get("experiments", []))
            if not answer.get("next_page_token"):
                return
            body["page_token"] = answer["next_page_token"]

    def _logged_by(self, run: Run) -> str:
        return f"source_run_id = '{run.run_id}'"


def _now_ms() -> int:
    return int(time.time() * 1000)
