"""What a local server may see, where its artifacts go, and which trackers have one."""

import pytest

from mlreg.core.errors import Usage
from mlreg.core.local_server import artifact_root, check, environment
from mlreg.core.types import Tracker

DEFAULT = "sqlite:////data/stores/t/mlflow.db"


def tracker(uri: str) -> Tracker:
    """A tracker that leads there."""
    return Tracker(name="t", tracking_uri=uri)


def test_the_environment_of_a_server() -> None:
    """Nothing of MLflow's clients, other servers, or mlreg's secrets; the store in a variable, telemetry off."""
    foreign = ["MLFLOW_WORKSPACE", "_MLFLOW_SERVER_FILE_STORE", "DATABRICKS_TOKEN", "MLREG_SECRET_S__K", "UVICORN_PORT"]
    seen = environment({**dict.fromkeys(foreign, "x"), "PATH": "/bin", "AWS_PROFILE": "p"}, "sqlite:////x.db")
    assert not [name for name, value in seen.items() if value == "x"]
    assert (seen["PATH"], seen["AWS_PROFILE"]) == ("/bin", "p")
    assert seen["MLFLOW_BACKEND_STORE_URI"] == "sqlite:////x.db"
    assert (seen["MLFLOW_DISABLE_TELEMETRY"], seen["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"]) == ("true", "false")


@pytest.mark.parametrize(
    ("uri", "root"),
    [
        ("sqlite:////srv/x.db", "file:///srv/artifacts"),
        ("file:///srv/runs", "file:///srv/runs"),
        ("postgresql://db/mlflow", "file:///data/stores/t/artifacts"),
    ],
)
def test_artifact_roots(uri: str, root: str) -> None:
    """Files of this machine, where MLflow's client puts them; a database server's in mlreg's data directory."""
    assert artifact_root(tracker(uri), lambda: DEFAULT) == root


@pytest.mark.parametrize("uri", ["https://mlflow.example.com", "databricks", "sqlite:///relative.db"])
def test_trackers_without_a_server(uri: str) -> None:
    """A server needs none, and a store must be the same from everywhere."""
    with pytest.raises(Usage):
        check(tracker(uri))


def test_a_tracker_of_the_environment_has_no_name() -> None:
    """A server that could not be stopped by name is not started."""
    with pytest.raises(Usage) as refused:
        check(Tracker(name="env", tracking_uri="sqlite:////srv/x.db", layer="environment"))
    assert refused.value.hint == "mlreg tracker register NAME URI"
    check(tracker("sqlite:////srv/x.db"))
