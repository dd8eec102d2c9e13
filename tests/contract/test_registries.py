"""The registry contract on the fake, and over REST on a plain server, behind TLS and a password, and on MLflow 2."""

import pytest

from mlreg.core.features import OF_MLFLOW
from mlreg.core.ports import Feature, Registry
from tests.contract.registry import Lab, RegistryContract
from tests.fakes import FakeRegistry
from tests.labs import MlflowLab, RestLab
from tests.servers import Server


class TestFake(RegistryContract):
    """In memory."""

    @pytest.fixture
    def lab(self) -> Lab:
        """An empty registry."""
        return FakeRegistry()


class TestRest(RegistryContract):
    """Over http."""

    @pytest.fixture
    def lab(self, plain_server: Server) -> Lab:
        """The session's plain server."""
        return RestLab(plain_server)


class TestRestSecure(RegistryContract):
    """Over TLS with a private CA, with user and password."""

    @pytest.fixture
    def lab(self, secure_server: Server) -> Lab:
        """The session's secure server."""
        return RestLab(secure_server)


class TestRestLegacy(RegistryContract):
    """Over http, from MLflow 2."""

    @pytest.fixture
    def lab(self, legacy_server: Server) -> Lab:
        """The session's MLflow 2.22 server."""
        return RestLab(legacy_server)


class TestMlflowHttp(RegistryContract):
    """MlflowClient, over http."""

    @pytest.fixture
    def lab(self, plain_server: Server) -> Lab:
        """The session's plain server."""
        return MlflowLab(plain_server.uri)


class TestMlflowSqlite(RegistryContract):
    """MlflowClient, on a sqlite file."""

    @pytest.fixture
    def lab(self, sqlite_store: str) -> Lab:
        """The session's database file."""
        return MlflowLab(sqlite_store)

    def test_what_it_can_do(self, registry: Registry) -> None:
        """Everything of MLflow's, and paths on this machine."""
        assert registry.features == OF_MLFLOW | {Feature.PATHS}
