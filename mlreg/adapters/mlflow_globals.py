"""What MLflow keeps for a whole process (URIs, credentials, experiment): one thread at a time, and put back after."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from mlreg.core.environment import RUN
from mlreg.core.errors import Conflict

_WRITTEN_BY_MLFLOW: Final = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", *RUN)


class _Turn:
    """Whose turn it is. Within its turn a thread may come again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None
        self.depth = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take the turn for a block of any length; raises Conflict while it is another thread's."""
        with self._lock:
            self._check()
            self._thread = threading.get_ident()
            self.depth += 1
        try:
            yield
        finally:
            with self._lock:
                self.depth -= 1

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Have MLflow for one call: others that want it wait. Raises Conflict while it is another thread's turn."""
        with self._lock:
            self._check()
            yield

    def _check(self) -> None:
        if self.depth and self._thread != threading.get_ident():
            raise Conflict(
                "another thread has a stack activated",
                cause="MLflow has one tracking URI and one set of credentials for the whole process",
                hint="activate once, around the threads; in them mlreg.connect leads to other servers, "
                "and so does MlflowClient(URI, registry_uri=URI)",
            )


turn: Final = _Turn()


@contextmanager
def preserved(names: Iterable[str]) -> Iterator[None]:
    """Put MLflow's URIs and experiment back after a block, and these variables of the environment."""
    import mlflow
    from mlflow.tracking import fluent
    from mlflow.tracking._model_registry import utils as registry
    from mlflow.tracking._tracking_service import utils as tracking
    from mlflow.utils.rest_utils import get_workspace_client

    # As they were set, not as MLflow would answer for one that was not: that must stay unset.
    uris = tracking._tracking_uri, registry._registry_uri
    experiment_id = fluent._active_experiment_id
    environ = {name: os.environ.get(name) for name in {*names, *_WRITTEN_BY_MLFLOW}}
    get_workspace_client.cache_clear()  # Databricks' clients are kept by host, whoever has logged in there
    try:
        yield
    finally:
        mlflow.set_tracking_uri(uris[0])
        mlflow.set_registry_uri(uris[1])
        fluent._active_experiment_id = experiment_id
        get_workspace_client.cache_clear()
        apply(environ)


def apply(changes: Mapping[str, str | None]) -> None:
    """Change the environment of this process; None takes a variable away."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
