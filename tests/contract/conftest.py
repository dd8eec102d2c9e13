"""Stores that the contract's adapters share within a process."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sqlite store that nobody has made yet."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture(autouse=True)
def mlflow_state() -> Iterator[None]:
    """MLflow's process-wide settings are put back: its client reads and writes the environment."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
