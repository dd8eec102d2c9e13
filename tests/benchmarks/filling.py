"""A registry filled by MLflow's own store, in one process: `python -m tests.benchmarks.filling URI MODELS VERSIONS`.

The rows go to the store's database in one transaction: 10,000 models take 2 s, and a minute by `create_*` for each.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.cli_runner import CHECKOUT

SOURCE: Final = "s3://bucket/model"


def model_name(number: int) -> str:
    """The name of each model, in the order of numbers."""
    return f"bench-{number:05}"


def fill(database: Path, models: int, versions: int = 1) -> str:
    """Make a database with so many models of so many versions each, and return its URI; MLflow is loaded elsewhere."""
    uri = f"sqlite:///{database}"
    command = [sys.executable, "-m", "tests.benchmarks.filling", uri, str(models), str(versions)]
    done = subprocess.run(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{database} is not filled: {done.stderr[-3000:]}")
    return uri


def main(uri: str, models: int, versions: int) -> None:
    """Fill the registry at a URI."""
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy.orm import Session

    with Session(SqlAlchemyStore(uri).engine) as session, session.begin():
        for rows in of_models(models), of_versions(models, versions):
            session.add_all(rows)
            session.flush()


def of_models(models: int) -> Iterator[Any]:
    """Yield the rows of models, as `create_registered_model` writes them."""
    from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel

    now = int(time.time() * 1000)
    for number in range(models):
        yield SqlRegisteredModel(name=model_name(number), creation_time=now, last_updated_time=now)


def of_versions(models: int, versions: int) -> Iterator[Any]:
    """Yield the rows of versions, as `create_model_version` writes them."""
    from mlflow.store.model_registry.dbmodels.models import SqlModelVersion

    now = int(time.time() * 1000)
    written = {"creation_time": now, "last_updated_time": now, "source": SOURCE, "storage_location": SOURCE}
    for number in range(models):
        for version in range(1, versions + 1):
            yield SqlModelVersion(name=model_name(number), version=version, **written)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
