"""A cloned repository is somebody else's: its mlreg.yaml gets no credential and no command out of its reader."""

import json
from pathlib import Path

import pytest

from tests.cli_runner import Mlreg
from tests.scripted import Reply, Scripted, scripted

SECRET = "c4n4ry"
LOGIN = {"MLREG_SECRET_T__TOKEN": SECRET}


@pytest.fixture
def victim(mlreg: Mlreg) -> Mlreg:
    """A person with a secret, a netrc, MLflow's credentials file and a Databricks profile, in a cloned repository."""
    mlreg.env.update(LOGIN)
    (mlreg.home / ".git").mkdir()
    (mlreg.home / ".netrc").write_text(f"default login ada password {SECRET}\n")
    (mlreg.home / ".netrc").chmod(0o600)
    (mlreg.home / ".mlflow").mkdir()
    login = f"[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = {SECRET}\n"
    (mlreg.home / ".mlflow" / "credentials").write_text(login)
    profile = f"[prof]\nhost = https://dbc.example.com\ntoken = {SECRET}\n"
    (mlreg.home / ".databrickscfg").write_text(profile)
    return mlreg


def clone(victim: Mlreg, tracker: dict[str, object], **more: object) -> None:
    """Lay down the repository's file."""
    content = {"active_stack": "ev", "trackers": {"ev": tracker}, **more}
    (victim.home / "mlreg.yaml").write_text(json.dumps(content))


def sent(server: Scripted) -> str:
    """Everything that reached the server."""
    return repr(server.asked)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"no_auth": True, "client": "mlflow"}, 4),
        ({"tracking_token": "{{t.token}}"}, 4),
        ({"no_auth": True, "tracking_headers": {"X-Key": "{{t.token}}"}}, 4),
        ({"tracking_token": "{{t.token}}", "allow_http": True}, 4),
        ({"tracking_uri": "databricks://prof", "databricks_host": "URI"}, 2),
        ({"tracking_uri": "databricks", "databricks_host": "URI"}, 2),
        ({"tracking_uri": "databricks", "databricks_host": "URI", "tracking_token": "{{t.token}}"}, 4),
        ({"tracking_uri": "https://x$(touch PWN);id", "tracking_token": "{{t.token}}"}, 2),
    ],
)
def test_nothing_is_sent(victim: Mlreg, fields: dict[str, object], code: int) -> None:
    """Whatever its file says, nothing reaches its server, and no hint carries a command of its own."""
    with scripted(lambda _: Reply(200, {})) as server:
        named = {key: server.uri if value == "URI" else value for key, value in fields.items()}
        clone(victim, {"tracking_uri": server.uri, **named})
        for command in ["model", "list"], ["status"], ["doctor", "ev"]:
            done = victim(*command)
            assert SECRET not in done.stdout + done.stderr
            assert "$(touch" not in done.stderr.partition("hint:")[2].replace("'https://x$(touch PWN);id'", "")
            if command == ["model", "list"]:
                assert (done.code, done.stdout) == (code, ""), done.stderr
        assert not server.asked


def test_a_stack_called_like_a_tracker_of_yours(victim: Mlreg) -> None:
    """It does not slip between the name and your server: exit 7, both files named."""
    assert victim("tracker", "register", "me", "https://mlflow.example.com", "--no-auth").code == 0
    clone(victim, {"tracking_uri": "http://127.0.0.1:9", "no_auth": True}, stacks={"me": {"tracker": "ev"}})
    for command in ["model", "list"], ["model", "list", "-s", "me"], ["status"]:
        refused = victim(*command)
        assert refused.code == 7
        assert "mlreg.yaml" in refused.stderr


def test_copying_its_tracker_would_bind_your_secret(victim: Mlreg) -> None:
    """So it is refused, with the command for who trusts it; without a secret it can be copied."""
    clone(victim, {"tracking_uri": "http://127.0.0.1:9", "tracking_token": "{{t.token}}"})
    refused = victim("tracker", "copy", "ev", "mine")
    assert (refused.code, "if you trust it: mlreg tracker register mine" in refused.stderr) == (4, True)


def test_a_file_that_is_no_text(victim: Mlreg) -> None:
    """One clear error that names it."""
    (victim.home / "mlreg.yaml").write_bytes(b"\xff\xfe\x00")
    done = victim("stack", "list")
    assert (done.code, "mlreg.yaml cannot be read" in done.stderr) == (5, True)


def test_mlflows_client_sends_no_login_of_another_place(victim: Mlreg) -> None:
    """Through MLflow's client, without authentication: neither netrc nor MLflow's own file is sent."""
    with scripted(lambda _: Reply(200, {})) as server:
        assert victim("tracker", "register", "own", server.uri, "--no-auth", "--client", "mlflow").code == 0
        assert victim("model", "list", "-o", "json").code == 0
        assert server.asked
        assert "Authorization" not in sent(server)


def test_a_password_in_a_query(mlreg: Mlreg, tmp_path: Path) -> None:
    """It is masked, warned about, and not exported."""
    uri = f"postgresql://h/db?user=u&password={SECRET}&sslmode=require"
    done = mlreg("tracker", "register", "q", uri)
    shown = mlreg("tracker", "list").stdout + mlreg("stack", "export", "q").stdout
    assert done.code == 0
    assert "unprotected" in done.stderr
    assert SECRET not in done.stdout + done.stderr + shown


def test_use_for_short(mlreg: Mlreg) -> None:
    """`mlreg use` is `mlreg stack use`."""
    for name in "a", "b":
        mlreg("tracker", "register", name, "https://h", "--no-auth")
    assert mlreg("use", "b").stdout == "b\n"
    assert mlreg("use", "-").stdout == "a\n"
