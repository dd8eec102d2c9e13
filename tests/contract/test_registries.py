"""The registry contract on the fake, over REST on every kind of server, and over MLflow's own client."""

import pytest

from mlreg.core.errors import Usage
from mlreg.core.features import OF_MLFLOW, OVER_REST
from mlreg.core.ports import Feature
from tests.contract.registry import Lab, RegistryContract
from tests.fakes import FakeRegistry
from tests.labs import MlflowLab, RestLab, make_workspace
from tests.servers import Server


class TestFake(RegistryContract):
    """In memory."""

    @pytest.fixture
    def lab(self) -> Lab:
        """An empty registry."""
        return FakeRegistry()


class RestContract(RegistryContract):
    """What all of MLflow's servers can do over REST."""

    features = OVER_REST


class TestRest(RestContract):
    """Over http."""

    @pytest.fixture
    def lab(self, plain_server: Server) -> Lab:
        """The session's plain server."""
        return RestLab(plain_server)


class TestRestSecure(RestContract):
    """Over TLS with a private CA, with user and password."""

    @pytest.fixture
    def lab(self, secure_server: Server) -> Lab:
        """The session's secure server."""
        return RestLab(secure_server)


class TestRestLegacy(RestContract):
    """Over http, from MLflow 2."""

    @pytest.fixture
    def lab(self, legacy_server: Server) -> Lab:
        """The session's MLflow 2.22 server."""
        return RestLab(legacy_server)


class TestRestOldest(RestContract):
    """Over http, from the oldest MLflow that mlreg supports."""

    @pytest.fixture
    def lab(self, oldest_server: Server) -> Lab:
        """The session's MLflow 2.9 server."""
        return RestLab(oldest_server)


class WorkspaceContract(RegistryContract):
    """What a server with workspaces does otherwise."""

    def test_an_upload_below_a_root(self, lab: Lab) -> None:
        """Such a server decides where artifacts are: the refusal says what to take away."""
        with pytest.raises(Usage) as caught:
            lab.tracking.open_upload("below a root", "net", "s3://bucket/root")
        assert "workspaces" in str(caught.value.cause)
        assert "--unset artifact-store" in str(caught.value.hint)


class TestRestWorkspaces(WorkspaceContract, RestContract):
    """Over http, in a workspace that is not the server's default one."""

    @pytest.fixture
    def lab(self, workspaces_server: Server) -> Lab:
        """A workspace of the session's server that has them."""
        return RestLab(workspaces_server, make_workspace(workspaces_server, "risk"))


class TestMlflowHttp(RegistryContract):
    """MlflowClient, over http."""

    @pytest.fixture
    def lab(self, plain_server: Server) -> Lab:
        """The session's plain server."""
        return MlflowLab(plain_server.uri)


class TestMlflowWorkspaces(WorkspaceContract):
    """MlflowClient, over http, in a workspace."""

    @pytest.fixture
    def lab(self, workspaces_server: Server) -> Lab:
        """A workspace of the session's server that has them."""
        return MlflowLab(workspaces_server.uri, make_workspace(workspaces_server, "team"))


class TestMlflowSqlite(RegistryContract):
    """MlflowClient, on a sqlite file, beside which paths are sources."""

    features = OF_MLFLOW | {Feature.PATHS}

    @pytest.fixture
    def lab(self, sqlite_store: str) -> Lab:
        """The session's database file."""
        return MlflowLab(sqlite_store)
