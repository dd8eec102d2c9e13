"""`tracker` beyond registering: show, update, rename, copy and delete, and what they write."""

import shlex
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.servers import Server

URI = "https://mlflow.example.com"
FIELDS = [
    "name",
    "flavor",
    "kind",
    "tracking_uri",
    "auth",
    "tracking_username",
    "tracking_password",
    "tracking_token",
    "databricks_client_id",
    "databricks_client_secret",
    "no_auth",
    "tracking_headers",
    "tracking_insecure_tls",
    "tracking_ca_cert",
    "tracking_client_cert",
    "allow_http",
    "workspace",
    "registry_uri",
    "databricks_host",
    "client",
    "labels",
    "description",
    "active",
]

SERVER_FIELDS = ["server_state", "server_uri", "server_pid", "server_version", "server_log"]


@pytest.fixture
def team(cli: Cli) -> Cli:
    """A command line with one tracker, `team`, which has a token."""
    done = cli("tracker", "register", "team", URI, "--tracking-token={{team.token}}", "--label", "env=prod")
    assert done.code == 0
    return cli


def test_the_fields_of_a_tracker(team: Cli) -> None:
    """Every verb shows the same fields in the same order: scripts rely on them."""
    for args in (["update", "team", "-d", "x"], ["copy", "team", "b"], ["rename", "b", "c"]):
        assert list(team("tracker", *args, "-o", "json").json) == FIELDS
    assert list(team("tracker", "show", "team", "-o", "json").json) == [*FIELDS, *SERVER_FIELDS]
    assert all(list(row) == FIELDS for row in team("tracker", "list", "-o", "json").json)


def test_show_without_a_name(team: Cli) -> None:
    """The active stack's tracker."""
    assert team("tracker", "show", "-o", "json").json["name"] == "team"


def test_update_changes_only_what_is_named(team: Cli, home: Path) -> None:
    """Labels are added to; comments and what mlreg does not know stay."""
    file = home / "components.yaml"
    file.write_text(file.read_text().replace("    flavor: mlflow\n", "    flavor: mlflow  # ours\n    newer: 1\n"))
    done = team("tracker", "update", "team", "--label", "owner=ml", "--workspace", "risk", "-o", "json")
    assert done.json["labels"] == {"env": "prod", "owner": "ml"}
    assert done.json["tracking_token"] == "{{team.token}}"
    assert "updated tracker team (labels, workspace)" in done.stderr
    assert "# ours\n    newer: 1" in file.read_text()


def test_update_looks_at_the_whole_again(team: Cli) -> None:
    """A second way of authenticating is refused until the first one goes."""
    pair = ("--tracking-username={{team.username}}", "--tracking-password={{team.password}}")
    refused = team("tracker", "update", "team", *pair)
    assert (refused.code, "exclude each other" in refused.stderr) == (2, True)
    assert "--replace" in refused.stderr
    assert team("tracker", "update", "team", *pair, "--unset", "tracking-token").code == 0
    assert team("tracker", "show", "team", "-o", "json").json["auth"] == "basic"


@pytest.mark.parametrize(
    ("unset", "field", "value"),
    [
        ("label", "labels", {}),
        ("label.env", "labels", {}),
        ("labels", "labels", {}),
        ("--label.x", "labels", {"env": "prod"}),
    ],
)
def test_unset(team: Cli, unset: str, field: str, value: object) -> None:
    """A field is called as its option, one entry of several KEY after a dot."""
    done = team("tracker", "update", "team", "--unset", unset, "-o", "json")
    assert (done.code, done.json[field]) == (0, value)


def test_unset_what_is_not_there(team: Cli) -> None:
    """Not having it is no error; a name that is no field is, with the nearest one."""
    same = team("tracker", "update", "team", "--unset", "tracking-ca-cert")
    assert (same.code, "unchanged" in same.stderr) == (0, True)
    wrong = team("tracker", "update", "team", "--unset", "tracking-tokn")
    assert (wrong.code, "did you mean 'tracking-token'?" in wrong.stderr) == (2, True)
    for field in ("tracking-uri", "name", "layer"):
        assert team("tracker", "update", "team", "--unset", field).code == 2
    assert team("tracker", "update", "team").code == 2


def test_update_keeps_stacks_whole(team: Cli) -> None:
    """A tracker does not turn local under a stack whose artifacts are in a bucket."""
    team("stack", "register", "prod", "-t", "team", "-a", "s3://bucket")
    refused = team("tracker", "update", "team", "sqlite:////srv/x.db", "--unset", "tracking-token")
    assert (refused.code, "needs a local artifact store" in refused.stderr) == (2, True)


def test_rename_follows(team: Cli, home: Path) -> None:
    """Stacks keep their tracker and the active stack its place; unknown keys go along."""
    file = home / "components.yaml"
    file.write_text(file.read_text().replace("    flavor: mlflow\n", "    flavor: mlflow\n    newer: 1\n"))
    team("stack", "register", "prod", "-t", "team", "-r", "team")
    done = team("tracker", "rename", "team", "crew")
    assert (done.code, "also in the stack prod" in done.stderr) == (0, True)
    shown = team("stack", "show", "prod", "-o", "json").json
    assert (shown["tracker"], shown["registry"]) == ("crew", "crew")
    assert team("stack", "current").stdout == "crew\n"
    assert "newer: 1" in file.read_text()
    assert team("tracker", "show", "team").code == 3


def test_rename_into_what_is_there(team: Cli) -> None:
    """Exit 7; and a stack elsewhere does not take over by a tracker's new name."""
    team("tracker", "register", "b", URI, "--no-auth")
    assert team("tracker", "rename", "team", "b").code == 7
    team("stack", "register", "c", "-t", "b")
    refused = team("tracker", "rename", "team", "c")
    assert (refused.code, "leads elsewhere" in refused.stderr) == (7, True)


def test_copy(team: Cli) -> None:
    """The same again is unchanged; another of that name needs --replace."""
    assert team("tracker", "copy", "team", "b").stdout == "b\n"
    assert "unchanged" in team("tracker", "copy", "team", "b").stderr
    team("tracker", "update", "b", "-d", "other")
    assert team("tracker", "copy", "team", "b").code == 7
    assert team("tracker", "copy", "team", "b", "--replace").code == 0


def test_delete_says_how_to_undo(team: Cli) -> None:
    """The command brings the same tracker back; a literal credential is in it by a placeholder only."""
    before = team("tracker", "show", "team", "-o", "json").json
    said = team("tracker", "delete", "team").stderr.splitlines()[0]
    command = shlex.split(said.partition("to undo: mlreg ")[2])
    assert team(*command).code == 0
    assert team("tracker", "show", "team", "-o", "json").json == before
    team("tracker", "register", "lit", URI, "--tracking-token=c4n4ry")
    gone = team("tracker", "delete", "lit").stderr
    assert "--tracking-token={{lit.token}}" in gone
    assert "its literal token is gone for good" in gone
    assert "c4n4ry" not in gone


def test_dry_run(team: Cli, home: Path) -> None:
    """Every write decides and says all, and writes nothing."""
    before = (home / "components.yaml").read_text()
    for args in (["update", "team", "-d", "x"], ["rename", "team", "b"], ["copy", "team", "b"], ["delete", "team"]):
        done = team("tracker", *args, "--dry-run")
        assert (done.code, done.stderr.startswith("dry run, nothing is changed")) == (0, True)
    assert (home / "components.yaml").read_text() == before


def test_headers(cli: Cli, home: Path) -> None:
    """A header's literal is stored with a warning and masked; a placeholder is shown."""
    options = ("--tracking-header", "X-Key=c4n4ry", "--tracking-header", "X-Team={{gate.team}}")
    done = cli("tracker", "register", "t", URI, "--no-auth", *options)
    assert done.code == 0
    assert "mlreg secret register t -k x-key" in done.stderr
    assert "mlreg secret register gate -k team" in done.stderr
    shown = cli("tracker", "show", "t", "-o", "json")
    assert shown.json["tracking_headers"] == {"X-Key": "***", "X-Team": "{{gate.team}}"}
    assert "c4n4ry" in (home / "components.yaml").read_text()
    assert "c4n4ry" not in done.stderr + done.stdout + shown.stdout
    wrong = cli("tracker", "register", "u", URI, "--no-auth", "--tracking-header", "c4n4ry")
    assert (wrong.code, "c4n4ry" in wrong.stderr) == (2, False)


def test_a_host_is_no_directory(cli: Cli) -> None:
    """A forgotten https:// does not make a local store of that name; a directory is written ./NAME."""
    refused = cli("tracker", "register", "t", "mlflow.example.com", "--no-auth")
    assert refused.code == 2
    assert "mlreg tracker register t https://mlflow.example.com --no-auth" in refused.stderr
    assert cli("tracker", "register", "t", "./mlflow.example.com").code == 0


def test_an_unknown_scheme_needs_a_plugin(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow's entry points decide: without one it is refused, with one the tracker goes through MLflow's client."""
    assert cli("tracker", "register", "t", "elastic://db").code == 2
    info = tmp_path / "site" / "elastic_store-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: elastic-store\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[mlflow.tracking_store]\nelastic = elastic:Store\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert cli("tracker", "register", "t", "elastic://db").code == 0


def test_zenmls_remove_attribute(team: Cli) -> None:
    """ZenML's verb is `--unset`; what does not work without the field is refused."""
    assert team("tracker", "remove-attribute", "team", "label").code == 0
    refused = team("tracker", "remove-attribute", "team", "tracking_token")
    assert (refused.code, "how to authenticate is not said" in refused.stderr) == (2, True)
    assert "remove-attribute" not in team("tracker", "--help").stdout


def test_headers_are_sent(cli: Cli, plain_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each request, to the tracker's host."""
    sent: list[dict[str, str]] = []
    real = HTTPConnection.request

    def request(self: HTTPConnection, method: str, url: str, body: Any, headers: Any) -> Any:
        sent.append(headers)
        return real(self, method, url, body, headers)

    monkeypatch.setattr(HTTPConnection, "request", request)
    cli("tracker", "register", "t", plain_server.uri, "--no-auth", "--tracking-header", "X-Key=c4n4ry")
    assert cli("model", "list").code == 0
    assert sent
    assert all(headers["X-Key"] == "c4n4ry" for headers in sent)
