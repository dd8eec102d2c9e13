"""The contract of Artifacts: this machine's files, a server's proxied ones, and MLflow's own repositories."""

from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from mlreg.adapters import local_files, mlflow_artifacts, proxied_artifacts
from mlreg.core.errors import MlregError, SourceNotFound
from mlreg.core.ports import Artifacts
from mlreg.core.types import File, Tracker
from tests.labs import no_secrets, tracker_of
from tests.servers import Server

FILES = {
    "MLmodel": b"flavors: {}\n",
    "empty": b"",
    "data/a b+\xc3\xa9.bin".encode("latin-1").decode(): b"\x00\x01" * 1000,
    "data/deep/er/x.txt": b"xy",
}


class ArtifactsContract:
    """The behaviours of the Artifacts port."""

    @pytest.fixture
    def uri(self, artifacts: Artifacts, root: str) -> str:
        """A place that holds FILES."""
        uri = f"{root}/{uuid4().hex}"
        for path, content in FILES.items():
            artifacts.write(uri, path, partial(iter, (content[:3], content[3:])), len(content))
        return uri

    def test_what_was_written_is_listed(self, artifacts: Artifacts, uri: str) -> None:
        """All files at any depth, by path, with their sizes."""
        assert artifacts.files(uri) == [File(path=path, size=len(FILES[path])) for path in sorted(FILES)]

    @pytest.mark.parametrize("path", FILES)
    def test_what_was_written_is_read(self, artifacts: Artifacts, uri: str, path: str) -> None:
        """Byte for byte, and from the middle on."""
        assert b"".join(artifacts.read(uri, path)) == FILES[path]
        if FILES[path]:
            assert b"".join(artifacts.read(uri, path, 1)) == FILES[path][1:]

    def test_a_file_is_replaced(self, artifacts: Artifacts, uri: str) -> None:
        """The second writing counts."""
        artifacts.write(uri, "MLmodel", lambda: [b"other"], 5)
        assert b"".join(artifacts.read(uri, "MLmodel")) == b"other"

    def test_nothing_there(self, artifacts: Artifacts, uri: str, root: str) -> None:
        """A file that is not there is an error; a place without files has none, or is not found."""
        with pytest.raises(MlregError):
            b"".join(artifacts.read(uri, "nothing"))
        with suppress(SourceNotFound):
            assert artifacts.files(f"{root}/{uuid4().hex}") == []


class TestLocal(ArtifactsContract):
    """This machine's files."""

    @pytest.fixture
    def artifacts(self) -> Artifacts:
        """The disk."""
        return local_files.connect()

    @pytest.fixture
    def root(self, tmp_path: Path) -> str:
        """A path."""
        return str(tmp_path)


class TestLocalUri(TestLocal):
    """This machine's files, by `file:` URI."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> str:
        """A URI with a space in it."""
        return (tmp_path / "a place").as_uri()


class TestProxied(ArtifactsContract):
    """A plain server's."""

    @pytest.fixture
    def artifacts(self, plain_server: Server) -> Artifacts:
        """Over http."""
        return proxied_artifacts.connect(tracker_of(plain_server), no_secrets, timeout_s=60, notify=lambda _: None)

    @pytest.fixture
    def root(self) -> str:
        """A place in the server's store."""
        return "mlflow-artifacts:/contract"


class TestProxiedSecure(ArtifactsContract):
    """Behind TLS and a password; only an experiment's own artifacts may be touched there."""

    @pytest.fixture
    def artifacts(self, secure_server: Server) -> Artifacts:
        """Over https."""
        return proxied_artifacts.connect(tracker_of(secure_server), no_secrets, timeout_s=60, notify=lambda _: None)

    @pytest.fixture
    def root(self) -> str:
        """The Default experiment's artifacts."""
        return "mlflow-artifacts:/0/contract"


class TestMlflow(ArtifactsContract):
    """MLflow's repositories, of which the one for proxied artifacts can be had here."""

    @pytest.fixture
    def artifacts(self, plain_server: Server, mlflow_state: None) -> Artifacts:
        """Over MLflow's client."""
        tracker = Tracker(name="t", tracking_uri=plain_server.uri, no_auth=True)
        return mlflow_artifacts.connect(tracker, no_secrets, timeout_s=60, notify=lambda _: None)

    @pytest.fixture
    def root(self) -> str:
        """A place in the server's store."""
        return "mlflow-artifacts:/contract"
