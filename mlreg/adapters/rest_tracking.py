"""The tracking side of MLflow's REST API: runs, and what they logged."""

from mlreg.adapters import rest_entities
from mlreg.adapters.rest_api import Json, RestApi
from mlreg.core.errors import NotFound, NotMlflow, SourceNotFound
from mlreg.core.types import LoggedModel, Run, ServerInfo


class RestTracking:
    """Tracking over one MLflow server's REST API."""

    def __init__(self, tracking: RestApi) -> None:
        self._tracking = tracking

    def server(self) -> ServerInfo:
        """GET /version, and users/current, which only a server with basic-auth has"""
        version = self._tracking.root("/version")
        try:
            answer = self._tracking.get("users/current", [])
        except (NotFound, NotMlflow):
            return ServerInfo(version=version)
        return ServerInfo(version=version, user=answer.get("user", answer).get("username"))

    def get_run(self, run_id: str) -> Run:
        """GET runs/get"""
        try:
            answer = self._tracking.get("runs/get", [("run_id", run_id)])
        except NotFound as error:
            raise SourceNotFound(f"there is no run '{run_id}'", cause=error.cause) from error
        return rest_entities.run(self._tracking.part(answer, "run")["info"])

    def run_has_artifacts(self, run_id: str, path: str) -> bool:
        """GET artifacts/list"""
        return bool(self._tracking.get("artifacts/list", [("run_id", run_id), ("path", path)]).get("files"))

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
            answer = self._tracking.get(f"logged-models/{model_id}", [])
        except (NotFound, NotMlflow) as error:
            raise SourceNotFound(f"there is no logged model '{model_id}'", cause=error.cause) from error
        return rest_entities.logged_model(self._tracking.part(answer, "model"))

    def _logged_by(self, run: Run) -> str:
        return f"source_run_id = '{run.run_id}'"
