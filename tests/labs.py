"""The contract's Lab over a real server: what mlreg does not make (runs, logged models, prompts) is made over REST."""

import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import urllib3

from mlreg.adapters import mlflow_client, rest
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Measurement, Tracker
from tests.servers import Server


def no_secrets(placeholder: Placeholder) -> Secret:
    """Look nothing up: these trackers hold no placeholders."""
    raise AssertionError(placeholder)


class RestLab:
    """A Lab whose registry is mlreg's REST adapter."""

    def __init__(self, server: Server, workspace: str | None = None) -> None:
        self.server = server
        self.workspace = workspace
        self.registry = self.tracking = rest.connect(
            tracker_of(server, workspace=workspace), no_secrets, timeout_s=120, notify=lambda text: None
        )
        authority = str(server.ca_cert) if server.ca_cert else None
        login = f"{server.username}:{server.password}" if server.username else None
        headers = urllib3.make_headers(basic_auth=login) if login else {}
        if workspace:
            headers["X-MLFLOW-WORKSPACE"] = workspace
        self._pool = urllib3.PoolManager(headers=headers, ca_certs=authority)

    def run(
        self,
        files: Mapping[str, str] | None = None,
        *,
        name: str = "",
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Make a finished run that logged these."""
        experiment = self.call("POST", "experiments/create", name=uuid4().hex)["experiment_id"]
        begun: dict[str, Any] = {"experiment_id": experiment, "start_time": now_ms(), "tags": pairs(tags)}
        info = self.call("POST", "runs/create", **begun, **({"run_name": name} if name else {}))["run"]["info"]
        run_id = str(info["run_id"])
        logged = [{"key": key, "value": as_json(value), "timestamp": 0} for key, value in (metrics or {}).items()]
        if logged or params:
            self.call("POST", "runs/log-batch", run_id=run_id, metrics=logged, params=pairs(params))
        for path, text in (files or {}).items():
            place = info["artifact_uri"].partition(":/")[2]
            url = f"{self.server.uri}/api/2.0/mlflow-artifacts/artifacts/{place}/{path}"
            assert self._pool.request("PUT", url, body=text.encode()).status == 200
        self.call("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=now_ms())
        return run_id

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self.call("POST", "runs/delete", run_id=run_id)

    def logged_model(self, run_id: str, name: str, params: Mapping[str, str] | None = None) -> str | None:
        """Let a run log a model; None from MLflow 2."""
        experiment = self.tracking.get_run(run_id).experiment_id
        made = {"experiment_id": experiment, "name": name, "source_run_id": run_id, "params": pairs(params)}
        answer = self._request("POST", "logged-models", **made)
        if answer.status == 404:
            return None
        model_id = str(json.loads(answer.data)["model"]["info"]["model_id"])
        self.call("PATCH", f"logged-models/{model_id}", model_id=model_id, status="LOGGED_MODEL_READY")
        return model_id

    def measure(
        self, run_id: str, key: str, measured: Sequence[Measurement], *, model_id: str | None = None, dataset: str = ""
    ) -> None:
        """Let a run log a metric again and again."""
        about = {"model_id": model_id, "dataset_name": dataset, "dataset_digest": dataset}
        given = {name: value for name, value in about.items() if value}
        logged = [
            {"key": key, "value": as_json(each.value), "step": each.step, "timestamp": each.time, **given}
            for each in measured
        ]
        self.call("POST", "runs/log-batch", run_id=run_id, metrics=logged)

    def prompt(self, name: str) -> None:
        """Make a prompt as MLflow's client does: a model and a version with its tag.

        An MLflow that is older than prompts wants the version's source to be real.
        """
        tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}
        self.call("POST", "registered-models/create", name=name, tags=[tag])
        made: dict[str, Any] = {"name": name, "tags": [tag, {"key": "mlflow.prompt.text", "value": "Say hi"}]}
        if self._request("POST", "model-versions/create", source="dummy-source", **made).status != 200:
            self.call("POST", "model-versions/create", source="s3://bucket/prompt", **made)

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Send a request that must succeed; return its JSON."""
        answer = self._request(method, path, **body)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    def _request(self, method: str, path: str, **body: Any) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, f"{self.server.uri}/api/2.0/mlflow/{path}", json=body)


def pairs(items: Mapping[str, str] | None) -> list[dict[str, str]]:
    """A mapping as MLflow's JSON has it."""
    return [{"key": key, "value": value} for key, value in (items or {}).items()]


def as_json(value: float) -> float | str:
    """A number as MLflow's JSON has it: NaN and infinities are texts."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def now_ms() -> int:
    """The time as MLflow has it."""
    return int(time.time() * 1000)


def make_workspace(server: Server, name: str) -> str:
    """Make a workspace, which may exist, on a server that has them; return its name."""
    answer = urllib3.request("POST", f"{server.uri}/api/3.0/mlflow/workspaces", json={"name": name})
    assert answer.status == 201 or b"RESOURCE_ALREADY_EXISTS" in answer.data, answer.data
    return name


def tracker_of(server: Server, name: str = "t", workspace: str | None = None) -> Tracker:
    """The tracker that reaches a server."""
    return Tracker(
        name=name,
        tracking_uri=server.uri,
        tracking_username=Secret(server.username) if server.username else None,
        tracking_password=Secret(server.password) if server.password else None,
        no_auth=not server.username,
        tracking_ca_cert=str(server.ca_cert) if server.ca_cert else None,
        workspace=workspace,
    )


class MlflowLab:
    """A Lab whose registry is mlreg's MlflowClient adapter on a local store or a server without credentials."""

    def __init__(self, uri: str, workspace: str | None = None) -> None:
        tracker = Tracker(name="t", tracking_uri=uri, no_auth=True, workspace=workspace)
        self.registry = self.tracking = mlflow_client.connect(
            tracker, no_secrets, timeout_s=120, notify=lambda text: None
        )

    def run(
        self,
        files: Mapping[str, str] | None = None,
        *,
        name: str = "run",
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Make a finished run that logged these."""
        run_id = self.tracking.log_run(uuid4().hex, name, metrics or {}, files or {}).run_id

        def log_more(client: Any) -> None:
            for key, value in (params or {}).items():
                client.log_param(run_id, key, value)
            for key, value in (tags or {}).items():
                client.set_tag(run_id, key, value)

        self.registry._ask(log_more)
        return run_id

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self.registry._ask(lambda client: client.delete_run(run_id))

    def logged_model(self, run_id: str, name: str, params: Mapping[str, str] | None = None) -> str | None:
        """Let a run log a model."""
        import mlflow

        experiment = self.tracking.get_run(run_id).experiment_id
        client = mlflow.MlflowClient()
        made = client.create_logged_model(experiment, name=name, source_run_id=run_id, params=dict(params or {}))
        client.finalize_logged_model(made.model_id, "READY")
        return str(made.model_id)

    def measure(
        self, run_id: str, key: str, measured: Sequence[Measurement], *, model_id: str | None = None, dataset: str = ""
    ) -> None:
        """Let a run log a metric again and again."""
        from mlflow.entities import Metric

        about = {"model_id": model_id, "dataset_name": dataset or None, "dataset_digest": dataset or None}
        given = {name: value for name, value in about.items() if value}
        logged = [Metric(key, each.value, each.time, each.step, **given) for each in measured]
        self.registry._ask(lambda client: client.log_batch(run_id, logged))

    def prompt(self, name: str) -> None:
        """Make a prompt."""
        self.registry._ask(lambda client: client.register_prompt(name, "Say hi"))
