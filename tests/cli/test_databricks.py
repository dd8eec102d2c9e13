"""Databricks at the command line: what a tracker may say, how it authenticates, and what is refused unsent."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mlreg.adapters import rest
from mlreg.core.types import NewVersion
from tests.cli.conftest import Cli
from tests.databricks import CLIENT, GRANTED, TOKEN, Workspace, standing_in
from tests.labs import no_secrets, tracker_of
from tests.servers import Server

HOST = "https://dbc-1.cloud.databricks.com"
ON_HOST = ("databricks", f"--databricks_host={HOST}")
WITH_TOKEN = "--tracking_token={{dbx.token}}"
WITH_CLIENT = ("--databricks-client-id={{dbx.client_id}}", "--databricks-client-secret={{dbx.client_secret}}")
PROFILES = f"""
[DEFAULT]
host = {HOST}
token = c4n4ry-default

[azure]
host = https://adb-1.azuredatabricks.net
auth_type = azure-cli
"""


@pytest.fixture
def workspace(plain_server: Server) -> Iterator[Workspace]:
    """Databricks, in front of the session's plain server."""
    with standing_in(plain_server) as running:
        yield running


@pytest.fixture
def profiles(clean_environ: None) -> Path:
    """This machine's profiles, of which one needs a cloud's command line."""
    file = Path.home() / ".databrickscfg"
    file.write_text(PROFILES)
    return file


@pytest.fixture
def catalog(cli: Cli, workspace: Workspace) -> Cli:
    """A command line whose tracker leads to Unity Catalog with a token."""
    with_token = (f"--databricks-host={workspace.uri}", f"--tracking-token={TOKEN}")
    assert cli("tracker", "register", "dbx", "databricks", *with_token).code == 0
    return cli


@pytest.fixture
def classic(cli: Cli, workspace: Workspace) -> Cli:
    """A command line whose tracker leads to the workspace registry with a token."""
    options = (f"--databricks-host={workspace.uri}", f"--tracking-token={TOKEN}", "--registry-uri=databricks")
    assert cli("tracker", "register", "dbx", "databricks", *options).code == 0
    return cli


def stored(workspace: Workspace, *, levels: bool) -> str:
    """A new model with two versions, made behind the stand-in."""
    name = f"{'main.ml.' if levels else ''}churn-{uuid4().hex[:8]}"
    behind = rest.connect(tracker_of(workspace.server), no_secrets, timeout_s=60, notify=lambda _: None)
    behind.create_model(name)
    for _ in range(2):
        behind.create_version(NewVersion(name=name, source="s3://bucket/model"))
    return name


@pytest.mark.parametrize(
    ("options", "says", "hint"),
    [
        ((WITH_TOKEN,), "which Databricks workspace is not said", "--databricks-host=https://"),
        ((f"--databricks-host={HOST}",), "how to authenticate is not said", "--tracking-token={{dbx.token}}"),
        ((f"--databricks-host={HOST}", WITH_TOKEN, *WITH_CLIENT), "exclude each other", f"--databricks-host={HOST}"),
        ((f"--databricks-host={HOST}", WITH_CLIENT[0]), "only work together", "--databricks-client-secret="),
        ((f"--databricks-host={HOST}", WITH_CLIENT[1]), "only work together", "--databricks-client-id="),
        ((f"--databricks-host={HOST}", "--no-auth"), "--no-auth does not go with Databricks", "--tracking-token="),
        (
            (f"--databricks-host={HOST}", "--tracking-username=u", "--tracking-password={{dbx.password}}"),
            "--tracking-username does not go with Databricks",
            "--tracking-token=",
        ),
        (("--databricks-host=http://example.com", WITH_TOKEN), "is no https:// address", "https://example.com"),
        (("--databricks-host=dbc-1.cloud.databricks.com", WITH_TOKEN), "is no https:// address", HOST),
        ((f"--databricks-host={HOST}/?o=1", WITH_TOKEN), "says more than a host", f"--databricks-host={HOST}"),
        (
            (f"--databricks-host={HOST}", WITH_TOKEN, "--registry-uri=https://mlflow.example.com"),
            "is no registry of Databricks",
            "-r OTHER",
        ),
        (
            (f"--databricks-host={HOST}", WITH_TOKEN, "--registry-uri=databricks-uc://prod"),
            "names the profile 'prod'",
            "--registry-uri=databricks-uc",
        ),
    ],
)
def test_what_is_refused(cli: Cli, options: tuple[str, ...], says: str, hint: str) -> None:
    """A tracker that could never reach Databricks is exit 2, with the option that mends it."""
    done = cli("tracker", "register", "dbx", "databricks", *options)
    assert (done.code, done.stdout) == (2, "")
    assert says in done.stderr
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (f"--databricks-host={HOST}", "a profile and --databricks-host exclude each other"),
        (WITH_TOKEN, "a profile and --tracking-token exclude each other"),
        ("--no-auth", "a profile and --no-auth exclude each other"),
    ],
)
def test_a_profile_brings_its_own(cli: Cli, option: str, says: str) -> None:
    """Host and credentials beside a profile are refused."""
    done = cli("tracker", "register", "dbx", "databricks://prod", option)
    assert done.code == 2
    assert says in done.stderr


@pytest.mark.parametrize("option", [f"--databricks-host={HOST}", "--registry-uri=databricks", WITH_CLIENT[0]])
def test_elsewhere(cli: Cli, option: str) -> None:
    """Databricks' options want a Databricks URI."""
    done = cli("tracker", "register", "t", "https://mlflow.example.com", "--no-auth", option)
    assert done.code == 2
    assert f"{option.partition('=')[0]} only goes with a Databricks tracker" in done.stderr


def test_the_profiles_are_listed(cli: Cli, profiles: Path) -> None:
    """Without host and profile the hint names the profiles of this machine."""
    done = cli("tracker", "register", "dbx", "databricks")
    assert done.code == 2
    assert "mlreg tracker register dbx databricks://azure" in done.stderr
    assert "c4n4ry" not in done.stderr


def test_what_is_shown(cli: Cli) -> None:
    """Host and registry are shown, a literal client secret is masked, and the better commands are given."""
    secret = ("--databricks-client-id=c4n4ry-id", "--databricks-client-secret=c4n4ry-secret")
    done = cli("tracker", "register", "dbx", *ON_HOST, *secret, "--registry-uri=databricks")
    assert done.code == 0
    assert "mlreg secret register dbx -k client_id -k client_secret" in done.stderr
    assert f"--registry-uri=databricks --databricks-host={HOST} --replace" in done.stderr
    shown = cli("tracker", "show", "dbx", "-o", "json")
    assert {
        "auth": "oauth-m2m",
        "kind": "databricks",
        "registry_uri": "databricks",
        "databricks_host": HOST,
        "databricks_client_id": "***",
        "databricks_client_secret": "***",
    }.items() <= shown.json.items()
    assert "c4n4ry" not in done.stderr + done.stdout + shown.stdout


def test_a_token(catalog: Cli, workspace: Workspace) -> None:
    """A personal access token: models are read and aliases moved, and the token is in no output."""
    name = stored(workspace, levels=True)
    moved = catalog("model", "alias", "set", f"{name}/latest", "champion")
    assert (moved.code, moved.stdout) == (0, f"{name}@champion\n")
    shown = catalog("model", "show", f"{name}@champion", "-o", "json")
    assert (shown.json["version"], shown.json["aliases"]) == (2, ["champion"])
    listed = catalog("model", "list", "-o", "name")
    assert name in listed.stdout
    assert "without their aliases" in listed.stderr
    assert TOKEN not in "".join(done.stdout + done.stderr for done in (moved, shown, listed))


def test_all_versions_of_unity_catalog(catalog: Cli, workspace: Workspace) -> None:
    """They are asked for by model, and shown with their aliases."""
    name = stored(workspace, levels=True)
    assert catalog("model", "alias", "set", f"{name}/1", "champion").code == 0
    rows = [row for row in catalog("model", "versions", "-o", "json").json if row["name"] == name]
    assert [(row["version"], row["aliases"]) for row in rows] == [(2, []), (1, ["champion"])]


def test_a_wrong_token(cli: Cli, workspace: Workspace) -> None:
    """Databricks' refusal is exit 4 and does not repeat the token."""
    options = (f"--databricks-host={workspace.uri}", "--tracking-token=c4n4ry-wrong")
    assert cli("tracker", "register", "dbx", "databricks", *options).code == 0
    done = cli("model", "show", "main.ml.churn")
    assert done.code == 4
    assert "Invalid access token" in done.stderr
    assert "c4n4ry" not in done.stderr


def test_an_oauth_client(cli: Cli, workspace: Workspace) -> None:
    """The client's token is asked for once in a command, and only when a request needs it."""
    name = stored(workspace, levels=True)
    client = (f"--databricks-client-id={CLIENT[0]}", f"--databricks-client-secret={CLIENT[1]}")
    registered = cli("tracker", "register", "dbx", "databricks", f"--databricks-host={workspace.uri}", *client)
    assert (registered.code, workspace.granted) == (0, 0)
    shown = cli("model", "show", f"{name}/1")
    assert (shown.code, workspace.granted, len(workspace.asked)) == (0, 1, 2)
    assert "c4n4ry" not in shown.stdout + shown.stderr + registered.stderr
    assert GRANTED not in shown.stdout


def test_a_wrong_oauth_client(cli: Cli, workspace: Workspace) -> None:
    """Exit 4, before anything else is sent."""
    client = ("--databricks-client-id=c4n4ry-id", "--databricks-client-secret=c4n4ry-wrong")
    cli("tracker", "register", "dbx", "databricks", f"--databricks-host={workspace.uri}", *client)
    done = cli("model", "list")
    assert (done.code, workspace.asked) == (4, [])
    assert "does not accept the OAuth client" in done.stderr
    assert "invalid_client" in done.stderr
    assert "c4n4ry" not in done.stderr


@pytest.mark.parametrize(
    "fields", [f"token = {TOKEN}", f"client_id = {CLIENT[0]}\nclient_secret = {CLIENT[1]}"], ids=["token", "oauth"]
)
def test_a_profile(cli: Cli, workspace: Workspace, profiles: Path, fields: str) -> None:
    """A profile with a token or an OAuth client is used over REST, from wherever Databricks' tools keep it."""
    name = stored(workspace, levels=True)
    profiles.write_text(f"{PROFILES}\n[prod]\nhost = {workspace.uri}/\n{fields}\n")
    assert cli("tracker", "register", "dbx", "databricks://prod").code == 0
    assert cli("tracker", "show", "dbx", "-o", "json").json["auth"] == "profile"
    assert cli("model", "show", f"{name}/1", "-o", "name").stdout == f"{name}/1\n"
    assert all(sent.partition(" ")[2].startswith("/api/2.0/mlflow/unity-catalog/") for sent in workspace.asked)


def test_an_absent_profile(cli: Cli, profiles: Path) -> None:
    """Using it is exit 3 and names the nearest one."""
    assert cli("tracker", "register", "dbx", "databricks://azur").code == 0
    done = cli("model", "list")
    assert done.code == 3
    assert f"there is no profile 'azur' in {profiles}" in done.stderr
    assert "did you mean 'azure'?" in done.stderr


@pytest.mark.parametrize(
    ("args", "instead"),
    [
        (("transition", "{}/1", "Production"), "mlreg model alias set {}/1 champion"),
        (("transition", "{}/1", "Production"), "--registry-uri databricks for the workspace registry"),
        (("show", "{}/Production"), "mlreg model alias set {}/7 champion"),
        (("alias", "set", "{}/Staging", "champion"), "mlreg model alias set {}/7 champion"),
    ],
)
def test_unity_catalog_has_no_stages(catalog: Cli, workspace: Workspace, args: tuple[str, ...], instead: str) -> None:
    """Exit 2 with what to use instead, and no request is sent."""
    done = catalog("model", *(word.format("main.ml.churn") for word in args))
    assert (done.code, done.stdout, workspace.asked) == (2, "", [])
    assert "Unity Catalog has no stages" in done.stderr
    assert instead.format("main.ml.churn") in done.stderr


@pytest.mark.parametrize(
    "args",
    [("show", "churn"), ("create", "churn"), ("register", "churn", "s3://bucket/model"), ("versions", "ml.churn")],
)
def test_unity_catalog_has_three_levels(catalog: Cli, workspace: Workspace, args: tuple[str, ...]) -> None:
    """A short name is refused unsent."""
    done = catalog("model", *args)
    assert (done.code, workspace.asked) == (2, [])
    assert "Unity Catalog names have three levels: catalog.schema.NAME" in done.stderr
    assert "catalog.schema.churn" in done.stderr


@pytest.mark.parametrize(
    "args",
    [("alias", "set", "{}/1", "champion"), ("alias", "delete", "{}@champion"), ("show", "{}@champion")],
)
def test_the_workspace_registry_has_no_aliases(classic: Cli, workspace: Workspace, args: tuple[str, ...]) -> None:
    """Exit 2 with what to use instead, and no request is sent."""
    done = classic("model", *(word.format("churn") for word in args))
    assert (done.code, done.stdout, workspace.asked) == (2, "", [])
    assert "the Databricks workspace registry has no aliases" in done.stderr
    assert "mlreg model transition churn/" in done.stderr
    assert "--registry-uri databricks-uc" in done.stderr


def test_the_workspace_registry_has_no_levels(classic: Cli, workspace: Workspace) -> None:
    """A name of Unity Catalog gets the way there."""
    done = classic("model", "show", "main.ml.churn")
    assert (done.code, workspace.asked) == (2, [])
    assert "--registry-uri databricks-uc for Unity Catalog" in done.stderr


def test_the_workspace_registry(classic: Cli, workspace: Workspace) -> None:
    """Models are registered and moved to stages."""
    name = f"churn-{uuid4().hex[:8]}"
    assert classic("model", "register", name, "s3://bucket/model").stdout == f"{name}/1\n"
    assert classic("model", "transition", f"{name}/1", "Staging").code == 0
    assert classic("model", "show", f"{name}/Staging", "-o", "json").json["version"] == 1
    assert not [sent for sent in workspace.asked if "unity-catalog" in sent]


@pytest.mark.parametrize("registry_uri", ["databricks", "databricks-uc"])
def test_databricks_own_variables(
    cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, registry_uri: str
) -> None:
    """Without a tracker MLflow's and Databricks' variables lead there; the registry URI chooses the registry."""
    name = stored(workspace, levels=registry_uri == "databricks-uc")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "databricks")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", registry_uri)
    monkeypatch.setenv("DATABRICKS_HOST", workspace.uri)
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
    assert cli("model", "show", f"{name}/1", "-o", "name").stdout == f"{name}/1\n"


def test_a_profile_in_the_environment(
    cli: Cli, workspace: Workspace, profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DATABRICKS_CONFIG_PROFILE and DATABRICKS_CONFIG_FILE are obeyed."""
    name = stored(workspace, levels=True)
    elsewhere = profiles.with_name("elsewhere.cfg")
    elsewhere.write_text(f"[prod]\nhost = {workspace.uri}\ntoken = {TOKEN}\n")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "databricks")
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "prod")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(elsewhere))
    assert cli("model", "show", f"{name}/1", "-o", "name").stdout == f"{name}/1\n"
