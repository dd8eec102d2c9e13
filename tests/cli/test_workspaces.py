"""Workspaces: the models of each apart, on a real server that has them, and never elsewhere on one that has none."""

from uuid import uuid4

import pytest

from tests.cli.conftest import Cli
from tests.labs import make_workspace
from tests.servers import Server

SOURCE = "s3://bucket/model"


@pytest.fixture
def two(workspaces_server: Server) -> tuple[str, str]:
    """Two workspaces of their own."""
    first, second = (make_workspace(workspaces_server, f"w-{uuid4().hex[:8]}") for _ in range(2))
    return first, second


@pytest.fixture
def lab(cli: Cli, workspaces_server: Server, two: tuple[str, str]) -> Cli:
    """A command line with a tracker in the first workspace, a stack in the second, and a tracker in neither."""
    for name, *workspace in ("first", "--workspace", two[0]), ("plain",):
        assert cli("tracker", "register", name, workspaces_server.uri, "--no-auth", *workspace).code == 0
    assert cli("stack", "register", "second", "-t", "first", "--workspace", two[1]).code == 0
    return cli


def names(cli: Cli, *options: str) -> list[str]:
    """The models that are listed."""
    done = cli("model", "list", "-o", "name", *options)
    assert done.code == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("client", ["rest", "mlflow"])
@pytest.mark.usefixtures("mlflow_state")
def test_models_are_kept_apart(lab: Cli, client: str) -> None:
    """A model is seen where it was made; a stack's workspace beats its tracker's; one name may stand for two."""
    assert lab("tracker", "update", "first", "--client", client).code == 0
    assert lab("model", "register", "churn", SOURCE, "--tracker", "first").code == 0
    assert lab("model", "register", "fraud", SOURCE, "--stack", "second").code == 0
    assert lab("model", "register", "fraud", SOURCE, "--stack", "second").stdout == "fraud/2\n"
    assert names(lab, "--tracker", "first") == ["churn"]
    assert names(lab, "--stack", "second") == ["fraud"]
    assert not {"churn", "fraud"} & set(names(lab, "--tracker", "plain"))
    assert lab("model", "show", "churn", "--stack", "second").code == 3
    assert lab("model", "show", "second::fraud/2", "--tracker", "first").code == 0


def test_mlflows_own_variable(
    cli: Cli, workspaces_server: Server, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLFLOW_WORKSPACE is obeyed where MLflow's variables lead."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", workspaces_server.uri)
    for workspace, name in zip(two, ("churn", "fraud"), strict=True):
        monkeypatch.setenv("MLFLOW_WORKSPACE", workspace)
        assert cli("model", "create", name).code == 0
        assert names(cli) == [name]


def test_mlflows_own_registry_variable(
    cli: Cli, plain_server: Server, workspaces_server: Server, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a workspace of the registry too, where MLFLOW_REGISTRY_URI names one."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", plain_server.uri)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", workspaces_server.uri)
    monkeypatch.setenv("MLFLOW_WORKSPACE", two[0])
    assert names(cli) == []


@pytest.mark.parametrize(
    "args",
    [
        ("list",),
        ("show", "churn"),
        ("show", "churn/1"),
        ("create", "churn"),
        ("register", "churn", SOURCE),
        ("register", "churn", f"runs:/{'0' * 32}/model"),
        ("register", "churn", f"models:/m-{'0' * 32}"),
        ("alias", "set", "churn/1", "champion"),
        ("delete", "churn", "--confirm", "churn"),
    ],
)
@pytest.mark.parametrize("client", ["rest", "mlflow"])
@pytest.mark.usefixtures("mlflow_state")
def test_an_unknown_workspace(lab: Cli, args: tuple[str, ...], client: str) -> None:
    """Exit 3, and it is the workspace that is not found, whatever was asked for."""
    assert lab("tracker", "update", "first", "--workspace", "nobody", "--client", client).code == 0
    done = lab("model", *args, "--tracker", "first")
    assert (done.code, done.stdout) == (3, "")
    assert "has no workspace 'nobody'" in done.stderr
    assert "--workspace" in done.stderr


def test_status_of_an_unknown_workspace(lab: Cli) -> None:
    """It is no sound server."""
    assert lab("tracker", "update", "first", "--workspace", "nobody").code == 0
    done = lab("status", "--tracker", "first")
    assert done.code == 3
    assert "has no workspace 'nobody'" in done.stdout + done.stderr


@pytest.fixture(params=["plain_server", "legacy_server"])
def without(request: pytest.FixtureRequest, cli: Cli) -> Cli:
    """A command line whose tracker names a workspace of a server that has none; an older one ignores the header."""
    uri = request.getfixturevalue(request.param).uri
    for name, *workspace in ("risk", "--workspace", "risk"), ("plain",):
        assert cli("tracker", "register", name, uri, "--no-auth", *workspace).code == 0
    return cli


@pytest.mark.parametrize("client", ["rest", "mlflow"])
@pytest.mark.usefixtures("mlflow_state")
def test_a_server_without_workspaces(without: Cli, client: str) -> None:
    """Exit 2 before anything is done: what was meant for a workspace must not go where everybody's models are."""
    name = f"apart-{uuid4().hex[:8]}"
    assert without("tracker", "update", "risk", "--client", client).code == 0
    for args in ("create", name), ("register", name, SOURCE), ("list",), ("show", name):
        done = without("model", *args, "--tracker", "risk")
        assert (done.code, done.stdout) == (2, "")
        assert "has no workspaces" in done.stderr
        assert "mlreg tracker update NAME --unset workspace" in done.stderr
    assert without("model", "show", name, "--tracker", "plain").code == 3
