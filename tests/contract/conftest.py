"""Stores that the contract's adapters share within a process."""

import pytest


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sqlite store that nobody has made yet."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture(autouse=True)
def settings_put_back(mlflow_state: None) -> None:
    """What MLflow's client sets does not outlive a test."""
