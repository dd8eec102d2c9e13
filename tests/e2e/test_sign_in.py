"""The shortest way in, at a real terminal, against a real server with a real keyring."""

from tests.cli_runner import Mlreg
from tests.servers import Server


def test_the_password_is_asked_for_tried_and_stored(desk: Mlreg, secure_server: Server) -> None:
    """A name and an address are enough: probe, hidden prompt, keyring, placeholders, active."""
    password = str(secure_server.password)
    screen = desk.pty(
        *("tracker", "register", "team", secure_server.uri, f"--tracking-ca-cert={secure_server.ca_cert}"),
        typed=[("user.*: ", f"{secure_server.username}\r"), ("password: ", f"{password}\r")],
    )
    assert screen.code == 0, screen.output
    assert password.encode() not in screen.output
    assert b"welcome, admin" in screen.output
    shown = desk("tracker", "show", "team", "-o", "json").json
    assert (shown["tracking_username"], shown["tracking_password"]) == ("{{team.username}}", "{{team.password}}")
    assert desk("model", "list", "-o", "json").code == 0
    assert desk("status", "-o", "json").json["server"] == "ok"
    report = desk("doctor", "-o", "json")
    assert (report.code, {item["state"] for item in report.json}) == (0, {"ok"})


def test_a_wrong_password_is_not_stored(desk: Mlreg, secure_server: Server) -> None:
    """Exit 4, and neither secret nor tracker is there afterwards."""
    screen = desk.pty(
        *("tracker", "register", "team", secure_server.uri, f"--tracking-ca-cert={secure_server.ca_cert}"),
        typed=[("user.*: ", "admin\r"), ("password: ", "c4n4ry\r")],
    )
    assert screen.code == 4
    assert b"c4n4ry" not in screen.output
    assert desk("secret", "list", "-o", "json").json == []
    assert desk("tracker", "list", "-o", "json").json == []


def test_a_server_without_passwords(mlreg: Mlreg, plain_server: Server) -> None:
    """Nothing is asked; `login` is a synonym that finds a name by itself."""
    screen = mlreg.pty("login", plain_server.uri)
    assert screen.code == 0, screen.output
    assert b"it asks for none" in screen.output
    assert mlreg("tracker", "list", "-o", "json").json[0]["name"] == "local"


def test_without_a_terminal_nothing_is_asked(mlreg: Mlreg, plain_server: Server) -> None:
    """Neither the person nor the server: exit 2 with the ways to say it."""
    refused = mlreg("tracker", "register", "team", plain_server.uri)
    assert (refused.code, "--no-auth" in refused.stderr) == (2, True)
    screen = mlreg.pty("tracker", "register", "team", plain_server.uri, env={"CI": "true"})
    assert screen.code == 2


def test_a_server_that_is_down(mlreg: Mlreg) -> None:
    """The error says so, and how to register it all the same."""
    screen = mlreg.pty("tracker", "register", "team", "http://127.0.0.1:9")
    assert screen.code == 6
    assert b"to register it all the same" in screen.output


def test_interrupting_the_prompt(desk: Mlreg, secure_server: Server) -> None:
    """Ctrl-C ends it with 130, without a traceback, with nothing stored."""
    screen = desk.pty(
        *("tracker", "register", "team", secure_server.uri, f"--tracking-ca-cert={secure_server.ca_cert}"),
        typed=[("user.*: ", "admin\r"), ("password: ", "\x03")],
    )
    assert screen.code == 130
    assert b"Traceback" not in screen.output
    assert desk("tracker", "list", "-o", "json").json == []


def test_from_mlflows_settings(desk: Mlreg, secure_server: Server) -> None:
    """--from-env takes address, credentials and CA from MLflow's variables and stores the password in the keyring."""
    settings = {
        "MLFLOW_TRACKING_URI": secure_server.uri,
        "MLFLOW_TRACKING_USERNAME": str(secure_server.username),
        "MLFLOW_TRACKING_PASSWORD": str(secure_server.password),
        "MLFLOW_TRACKING_SERVER_CERT_PATH": str(secure_server.ca_cert),
    }
    done = desk("tracker", "register", "team", "--from-env", env=settings)
    assert done.code == 0, done.stderr
    assert str(secure_server.password) not in (desk.home / "mlreg" / "components.yaml").read_text()
    assert desk("model", "list", "-o", "json").code == 0
    assert desk("tracker", "register", "other", "--from-env").code == 3
