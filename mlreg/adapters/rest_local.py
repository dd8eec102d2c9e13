"""A local store behind the server that mlreg runs for it: REST to loopback, and the files of this machine."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlreg.adapters.http import Answer, Endpoint, Transport
from mlreg.adapters.rest_api import RestApi
from mlreg.adapters.rest_registry import RestRegistry
from mlreg.core import credentials, features, local, local_server
from mlreg.core.errors import Unreachable, Unsupported
from mlreg.core.types import Run, Tracker


def connect(
    tracker: Tracker,
    look_up: credentials.LookUp,
    *,
    timeout_s: float,
    notify: Callable[[str], None],
    address: str,
    patient: bool = False,
) -> "LocalRegistry":
    """Open a local tracker's store by way of its server at this address, whatever proxies the environment names."""
    endpoint = Endpoint(uri=address, direct=True)
    transport = _Loopback(tracker.name, endpoint, timeout_s=timeout_s, notify=notify, patient=patient)
    return LocalRegistry(RestApi(transport, address), tracker)


class _Loopback(Transport):
    """The way to a server of mlreg's own: if it does not answer, there is something to do about it."""

    def __init__(self, name: str, endpoint: Endpoint, **how: Any) -> None:
        super().__init__(endpoint, **how)
        self._name = name

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Answer:
        with self._hinting():
            return super().get(path, query)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        with self._hinting():
            return super().send(method, path, body)

    @contextmanager
    def _hinting(self) -> Iterator[None]:
        try:
            yield
        except Unreachable as error:
            error.hint = "; ".join(filter(None, [error.hint, local_server.no_answer(self._name)]))
            raise


class LocalRegistry(RestRegistry):
    """Registry, Tracking and RunLog. What the store cannot do, it cannot do behind a server either."""

    def __init__(self, api: RestApi, tracker: Tracker) -> None:
        super().__init__(api)
        self._uri = tracker.tracking_uri
        self.features = features.served(tracker)
        self.kind = features.title(tracker)

    def log_run(self, experiment: str, name: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> Run:
        """POST runs/create, runs/log-batch and runs/update; the artifacts, which are on this machine, are written"""
        experiment_id = self._experiment(experiment, local.artifact_root(self._uri))
        run = self._create_run(experiment_id, name, {})
        now = int(time.time() * 1000)
        logged = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in metrics.items()]
        self._tracking.send("POST", "runs/log-batch", {"run_id": run.run_id, "metrics": logged})
        self._write(run.artifact_uri, files)
        self.end_run(run.run_id, "FINISHED")
        return self.get_run(run.run_id)

    def _write(self, artifact_uri: str, files: Mapping[str, str]) -> None:
        root = local.place(artifact_uri)
        if root is None:
            raise Unsupported(f"the artifacts of a run are elsewhere: {artifact_uri}")
        for path, text in files.items():
            file = Path(root, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
