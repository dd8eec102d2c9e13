"""Artifacts in stores that only MLflow's own repositories reach: S3, Azure, GCS, Databricks, ..."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlreg.adapters import mlflow_process
from mlreg.core import credentials
from mlreg.core.errors import SourceNotFound
from mlreg.core.types import File, Tracker

PIECE = 1 << 20


def connect(
    tracker: Tracker, look_up: credentials.LookUp, *, timeout_s: float, notify: Callable[[str], None]
) -> "MlflowArtifacts":
    """Open the artifacts that a tracker's URIs lead to. Nothing is imported or looked up before the first request."""
    return MlflowArtifacts(mlflow_process.Settings(tracker, look_up, timeout_s))


class MlflowArtifacts:
    """Artifacts over `mlflow.store.artifact`.

    Listings have mlreg's deadline. Transfers have those of the store's own library, which alone sees their progress.
    """

    def __init__(self, settings: mlflow_process.Settings) -> None:
        self._settings = settings
        self._repositories: dict[str, Any] = {}

    def files(self, uri: str) -> list[File]:
        """`ArtifactRepository.list_artifacts`, one level each"""
        fresh = replace(self._settings, deadline=0.0)
        found = mlflow_process.run(fresh, lambda: list(_below(self._repository(uri), None)))
        if not found:
            raise SourceNotFound(f"there is nothing at {uri}")
        return sorted(found, key=lambda file: file.path)

    def read(self, uri: str, path: str, start: int = 0) -> Iterator[bytes]:
        """`ArtifactRepository.download_artifacts`, to a temporary directory"""
        with TemporaryDirectory(prefix="mlreg-") as directory:
            fetch = self._repository(uri).download_artifacts
            fetched = mlflow_process.transfer(self._settings, lambda: fetch(path, dst_path=directory))
            with Path(fetched).open("rb") as opened:
                opened.seek(start)
                while piece := opened.read(PIECE):
                    yield piece

    def write(self, uri: str, path: str, pieces: Callable[[], Iterable[bytes]], size: int) -> None:
        """`ArtifactRepository.log_artifact`, from a temporary directory"""
        directory, _, name = path.rpartition("/")
        with TemporaryDirectory(prefix="mlreg-") as temporary:
            file = Path(temporary) / name
            with file.open("wb") as opened:
                opened.writelines(pieces())
            store = self._repository(uri).log_artifact
            mlflow_process.transfer(self._settings, lambda: store(str(file), artifact_path=directory or None))

    def _repository(self, uri: str) -> Any:
        if uri not in self._repositories:
            mlflow_process.open_client(self._settings, for_files=True)
            from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

            self._repositories[uri] = get_artifact_repository(uri)
        return self._repositories[uri]


def _below(repository: Any, directory: str | None) -> Iterator[File]:
    for entry in repository.list_artifacts(directory):
        if entry.is_dir:
            yield from _below(repository, entry.path)
        else:
            yield File(path=entry.path, size=entry.file_size or 0)
