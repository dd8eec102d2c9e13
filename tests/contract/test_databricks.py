"""The registry contract on Databricks' two registries, of which a stand-in serves the paths and keeps the limits."""

from collections.abc import Iterator

import pytest

from mlreg.adapters import databricks
from mlreg.core.ports import Feature, Registry
from mlreg.core.secret import Secret
from mlreg.core.types import Tracker
from tests.contract.registry import Lab, RegistryContract
from tests.databricks import TOKEN, Workspace, standing_in
from tests.labs import RestLab, no_secrets
from tests.servers import Server


class DatabricksLab(RestLab):
    """A Lab whose registry is one of Databricks'; runs and prompts are made on the server behind it.

    That server also stands in for MLflow's client, which alone can copy a model's files into Unity Catalog.
    """

    def __init__(self, workspace: Workspace, registry_uri: str | None) -> None:
        super().__init__(workspace.server)
        tracker = Tracker(
            name="t",
            tracking_uri="databricks",
            databricks_host=workspace.uri,
            tracking_token=Secret(TOKEN),
            registry_uri=registry_uri,
        )
        behind = self.registry
        self.registry = self.tracking = databricks.connect(
            tracker, no_secrets, timeout_s=120, notify=lambda text: None, with_mlflow=lambda: behind
        )


@pytest.fixture
def workspace(plain_server: Server) -> Iterator[Workspace]:
    """Databricks, in front of the session's plain server."""
    with standing_in(plain_server) as running:
        yield running


class DatabricksContract(RegistryContract):
    """What both of Databricks' registries do otherwise."""

    def told(self, ref: str, place: str) -> str:
        """Files are only to be had through MLflow's client, by the name of the version."""
        return f"models:/{ref}"

    def test_where_an_absent_versions_files_are(self, registry: Registry, model: str) -> None:
        """Nothing is asked: whoever follows the URI finds out."""
        assert registry.artifact_uri(model, 99) == f"models:/{model}/99"


class TestWorkspaceRegistry(DatabricksContract):
    """`--registry-uri databricks`: stages, and no aliases; a filter has one condition."""

    features = frozenset({Feature.STAGES, Feature.FILTERS, Feature.WHOLE_HITS, Feature.RENAMES, Feature.PARALLEL})

    @pytest.fixture
    def lab(self, workspace: Workspace) -> Lab:
        """The registry of a workspace."""
        return DatabricksLab(workspace, "databricks")


class TestUnityCatalog(DatabricksContract):
    """MLflow 3's default: aliases, names of three levels, and no stages; searches know no filter and show little."""

    features = frozenset({Feature.ALIASES, Feature.LEVELS, Feature.RENAMES, Feature.PARALLEL})

    @pytest.fixture
    def lab(self, workspace: Workspace) -> Lab:
        """Unity Catalog."""
        return DatabricksLab(workspace, None)
