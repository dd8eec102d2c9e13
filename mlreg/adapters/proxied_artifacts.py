"""Artifacts that a tracking server keeps for its clients (`mlflow-artifacts:`), over its own HTTP address."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from mlreg.adapters.endpoint import endpoint
from mlreg.adapters.http import Answer, Transport
from mlreg.adapters.rest_api import RestApi
from mlreg.core import credentials
from mlreg.core.errors import MlregError, NotMlflow, SourceNotFound, Unsupported
from mlreg.core.types import File, Tracker

PREFIX = "/api/2.0/mlflow-artifacts/"


def connect(
    tracker: Tracker,
    look_up: credentials.LookUp,
    *,
    timeout_s: float,
    notify: Callable[[str], None],
    renew: Callable[[], bool] = lambda: False,
) -> "ProxiedArtifacts":
    """Open the artifacts of a tracking server; `timeout_s` is time without progress."""
    transport = Transport(endpoint(tracker, look_up, renew), timeout_s=timeout_s, notify=notify, patient=True)
    return ProxiedArtifacts(transport, RestApi(transport, tracker.tracking_uri, PREFIX), tracker.tracking_uri)


class ProxiedArtifacts:
    """Artifacts over `/api/2.0/mlflow-artifacts` (`mlflow/server/handlers.py`, `_list_artifacts_mlflow_artifacts`)."""

    def __init__(self, transport: Transport, api: RestApi, server: str) -> None:
        self._transport = transport
        self._api = api
        self._server = server

    def files(self, uri: str) -> list[File]:
        """GET artifacts?path=, which lists one level: a request for each directory"""
        return sorted(self._below(self._root(uri), ""), key=lambda file: file.path)

    def read(self, uri: str, path: str, start: int = 0) -> Iterator[bytes]:
        """GET artifacts/<path>, with a Range when not from the beginning"""
        return self._transport.stream(self._address(uri, path), self._refused, start)

    def write(self, uri: str, path: str, pieces: Callable[[], Iterable[bytes]], size: int) -> None:
        """PUT artifacts/<path>"""
        answer = self._transport.put(self._address(uri, path), pieces, size)
        if answer.status != 200:
            raise self._refused(answer)

    def _below(self, root: str, directory: str) -> Iterator[File]:
        place = "/".join(part for part in (root, directory) if part)
        for entry in self._api.get("artifacts", [("path", place)]).get("files", []):
            path = "/".join(part for part in (directory, _name(entry)) if part)
            if entry.get("is_dir"):
                yield from self._below(root, path)
            else:
                yield File(path=path, size=int(entry.get("file_size") or 0))

    def _address(self, uri: str, path: str) -> str:
        return f"{PREFIX}artifacts/{quote(f'{self._root(uri)}/{path}')}"

    def _root(self, uri: str) -> str:
        """The path within the server's store; raises Unsupported for artifacts that another server keeps."""
        parts = urlsplit(uri)
        if parts.netloc and parts.netloc != urlsplit(self._server).netloc.rpartition("@")[2]:
            raise Unsupported(
                f"the files are kept by another server, {parts.netloc}",
                hint=f"register a tracker for it: mlreg tracker register NAME https://{parts.netloc}",
            )
        return parts.path.strip("/")

    def _refused(self, answer: Answer) -> MlregError:
        if answer.status == 404:
            return SourceNotFound("the file is not there (any more)", cause=f"{self._api.where} answers 404")
        try:
            self._api.read(answer)
        except MlregError as error:
            return error
        return NotMlflow(f"{self._api.where} does not answer as MLflow does", cause=f"HTTP {answer.status}")


def _name(entry: dict[str, Any]) -> str:
    """The name of an entry, which must not lead elsewhere."""
    name = str(entry.get("path") or "")
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise NotMlflow("the server lists files as MLflow does not", cause=f"one is called {name!r}")
    return name
