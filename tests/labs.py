"""The contract's Lab over a real server: what mlreg does not make (runs, logged models, prompts) is made over REST."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import urllib3

from mlreg.adapters import mlflow_client, rest
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Tracker
from tests.servers import Server


def no_secrets(placeholder: Placeholder) -> Secret:
    """Look nothing up: these trackers hold no placeholders."""
    raise AssertionError(placeholder)


class RestLab:
    """A Lab whose registry is mlreg's REST adapter."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.registry = self.tracking = rest.connect(
            tracker_of(server), no_secrets, timeout_s=120, notify=lambda text: None
        )
        authority = str(server.ca_cert) if server.ca_cert else None
        login = f"{server.username}:{server.password}" if server.username else None
        headers = urllib3.make_headers(basic_auth=login) if login else None
        self._pool = urllib3.PoolManager(headers=headers, ca_certs=authority)

    def run(self, files: Mapping[str, str] | None = None) -> str:
        """Make a finished run with these artifacts."""
        experiment = self.call("POST", "experiments/create", name=uuid4().hex)["experiment_id"]
        info = self.call("POST", "runs/create", experiment_id=experiment)["run"]["info"]
        for path, text in (files or {}).items():
            place = info["artifact_uri"].partition(":/")[2]
            url = f"{self.server.uri}/api/2.0/mlflow-artifacts/artifacts/{place}/{path}"
            assert self._pool.request("PUT", url, body=text.encode()).status == 200
        self.call("POST", "runs/update", run_id=info["run_id"], status="FINISHED")
        return str(info["run_id"])

    def logged_model(self, run_id: str, name: str) -> str | None:
        """Let a run log a model; None from MLflow 2."""
        experiment = self.tracking.get_run(run_id).experiment_id
        answer = self._request("POST", "logged-models", experiment_id=experiment, name=name, source_run_id=run_id)
        if answer.status == 404:
            return None
        model_id = str(json.loads(answer.data)["model"]["info"]["model_id"])
        self.call("PATCH", f"logged-models/{model_id}", model_id=model_id, status="LOGGED_MODEL_READY")
        return model_id

    def prompt(self, name: str) -> None:
        """Make a prompt as MLflow's client does: a model and a version with its tag."""
        tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}
        self.call("POST", "registered-models/create", name=name, tags=[tag])
        text = {"key": "mlflow.prompt.text", "value": "Say hi"}
        self.call("POST", "model-versions/create", name=name, source="dummy-source", tags=[tag, text])

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Send a request that must succeed; return its JSON."""
        answer = self._request(method, path, **body)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    def _request(self, method: str, path: str, **body: Any) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, f"{self.server.uri}/api/2.0/mlflow/{path}", json=body)


def tracker_of(server: Server, name: str = "t") -> Tracker:
    """The tracker that reaches a server."""
    return Tracker(
        name=name,
        tracking_uri=server.uri,
        tracking_username=Secret(server.username) if server.username else None,
        tracking_password=Secret(server.password) if server.password else None,
        no_auth=not server.username,
        tracking_ca_cert=str(server.ca_cert) if server.ca_cert else None,
    )


class MlflowLab:
    """A Lab whose registry is mlreg's MlflowClient adapter on a local store or a server without credentials."""

    def __init__(self, uri: str) -> None:
        tracker = Tracker(name="t", tracking_uri=uri, no_auth=True)
        self.registry = self.tracking = mlflow_client.connect(
            tracker, no_secrets, timeout_s=120, notify=lambda text: None
        )

    def run(self, files: Mapping[str, str] | None = None) -> str:
        """Make a finished run with these artifacts."""
        return self.tracking.log_run(uuid4().hex, "run", {}, files or {}).run_id

    def logged_model(self, run_id: str, name: str) -> str | None:
        """Let a run log a model."""
        import mlflow

        experiment = self.tracking.get_run(run_id).experiment_id
        client = mlflow.MlflowClient()
        made = client.create_logged_model(experiment, name=name, source_run_id=run_id)
        client.finalize_logged_model(made.model_id, "READY")
        return str(made.model_id)

    def prompt(self, name: str) -> None:
        """Make a prompt."""
        self.registry._ask(lambda client: client.register_prompt(name, "Say hi"))
