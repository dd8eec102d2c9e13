"""The main job as a person does it: the real mlreg, a server behind TLS with a password, a real Secret Service."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli_runner import Mlreg, Result
from tests.labs import RestLab
from tests.secret_service import SecretService, resume, stop
from tests.servers import Server


def done(result: Result) -> Result:
    """The result of a command that must succeed."""
    assert result.code == 0, result.stderr
    return result


def register_tracker(desk: Mlreg, server: Server) -> Result:
    """Register the secure server in ZenML's spelling."""
    return done(
        desk(
            "tracker",
            "register",
            "prod",
            "--flavor=mlflow",
            f"--tracking_uri={server.uri}",
            "--tracking_username={{mlflow_secret.username}}",
            "--tracking_password={{mlflow_secret.password}}",
            f"--tracking-ca-cert={server.ca_cert}",
        )
    )


def main_job(desk: Mlreg, server: Server) -> list[Result]:
    """Create, register from a run, move, name and list a model."""
    name = f"churn-{uuid4().hex[:8]}"
    run_id = RestLab(server).run({"model/MLmodel": "flavors: {}\n"})
    results = [done(desk("stack", "register", "custom_stack", "-e", "prod", "--set"))]
    results += [
        done(desk("model", *args))
        for args in (
            ["create", name],
            ["register", name, f"runs:/{run_id}/model"],
            ["transition", f"{name}/1", "Production"],
            ["alias", "set", f"{name}/1", "champion"],
            ["versions", name, "-o", "json"],
        )
    ]
    (version,) = results[-1].json
    assert (version["stage"], version["aliases"], version["run_id"]) == ("Production", ["champion"], run_id)
    listed = done(desk("model", "list", "-o", "json"))
    assert name in [model["name"] for model in listed.json]
    return [*results, listed]


def nowhere(canary: str, home: Path, results: list[Result]) -> None:
    """Assert that a secret is in no file and in no output."""
    for file in home.rglob("*"):
        if file.is_file() and "keyrings" not in file.parts:
            assert canary.encode() not in file.read_bytes(), file
    assert all(canary not in result.stdout + result.stderr for result in results)


def test_with_the_secret_from_stdin(desk: Mlreg, secure_server: Server) -> None:
    """The password goes from standard input to the keyring to the server, and nowhere else."""
    text = f"username={secure_server.username}\npassword={secure_server.password}\n"
    stored = done(desk("secret", "register", "mlflow_secret", "-f", "-", stdin=text))
    assert stored.stdout == "mlflow_secret\n"
    results = [stored, register_tracker(desk, secure_server), *main_job(desk, secure_server)]
    results += [desk(noun, verb) for noun in ("secret", "tracker", "stack") for verb in ("list",)]
    results += [desk("secret", "show", "mlflow_secret", "-o", "json"), desk("tracker", "show", "prod", "-o", "json")]
    nowhere(str(secure_server.password), desk.home / "mlreg", results)


def test_with_a_hidden_prompt(desk: Mlreg, secure_server: Server) -> None:
    """What is typed at the prompt is not shown on the terminal, and arrives."""
    screen = desk.pty(
        "secret",
        "register",
        "mlflow_secret",
        "-k",
        "username",
        "-k",
        "password",
        typed=[("username: ", f"{secure_server.username}\r"), ("password: ", f"{secure_server.password}\r")],
    )
    assert screen.code == 0, screen.output
    assert str(secure_server.password).encode() not in screen.output
    register_tracker(desk, secure_server)
    main_job(desk, secure_server)


def test_a_free_value_works_with_a_warning(desk: Mlreg, secure_server: Server) -> None:
    """--key=value is accepted wherever the name stands, and the warning says what it costs and what to do instead."""
    stored = done(
        desk("secret", "register", "--username=admin", "mlflow_secret", f"--password={secure_server.password}")
    )
    assert "visible to others" in stored.stderr
    assert "mlreg secret register mlflow_secret -k username -k password" in stored.stderr
    assert str(secure_server.password) not in stored.stderr
    register_tracker(desk, secure_server)
    assert done(desk("model", "list", "-o", "json")).code == 0


def test_secrets_are_changed_and_forgotten(desk: Mlreg) -> None:
    """The same again is unchanged, another needs --replace, and deleting takes the keyring's item too."""
    for expected in "stored", "unchanged":
        assert expected in done(desk("secret", "register", "s", "-f", "-", stdin="token: one\n")).stderr
    assert desk("secret", "register", "s", "-f", "-", stdin='{"token": "two"}').code == 7
    assert desk("secret", "register", "s", "--replace", "--more=-", stdin="three\n").code == 0
    assert desk("secret", "show", "s", "-o", "json").json["keys"] == ["token", "more"]
    assert desk("secret", "delete", "s").code == 2
    done(desk("secret", "delete", "s", "--yes"))
    assert desk("secret", "show", "s").code == 3
    assert "stored" in done(desk("secret", "register", "s", "-f", "-", stdin="token: four\n")).stderr


@pytest.mark.parametrize(
    ("args", "stdin", "says"),
    [
        (["s"], None, "nobody to ask"),
        (["s", "-k", "token"], None, "nobody to ask"),
        (["s", "--password", "c4n4ry"], None, "--password has no value"),
        (["s", "c4n4ry", "--token=c4n4ry"], None, "more than one secret"),
        (["--token=c4n4ry"], None, "names no secret"),
        (["s", "--replac=c4n4ry"], None, "there is no option --replac"),
        (["s", "-x"], None, "option that does not exist"),
        (["s", "-f", "-"], "", "no keys"),
        (["s", "-f", "-"], '{"token": ["c4n4ry"]}', "is not a text"),
        (["s", "-f", "-"], '{"token": "c4n4ry"', "not valid JSON"),
        (["s", "-f", "-"], "c4n4ry", "no keys"),
        (["s", "-f", "-"], "a.b: c4n4ry", "cannot name a key"),
        (["s", "-f", "-"], "token=\n", "is empty"),
        (["s", "-f", "/no/such/file"], None, "cannot read /no/such/file"),
        (["s", "--a=-", "--b=-"], "c4n4ry", "only one value"),
        (["a b", "--token=c4n4ry"], None, "cannot name a secret"),
    ],
)
def test_mistakes_show_no_value(mlreg: Mlreg, args: list[str], stdin: str | None, says: str) -> None:
    """Each is exit 2 with its text, before a keyring is asked; the value is in no output."""
    failed = mlreg("secret", "register", *args, stdin=stdin)
    assert (failed.code, failed.stdout) == (2, "")
    assert says in failed.stderr
    assert "c4n4ry" not in failed.stderr


def test_a_missing_secret_or_key(desk: Mlreg, secure_server: Server) -> None:
    """Exit 4 names the secret, then the key, and the command that fills it; nothing is sent."""
    register_tracker(desk, secure_server)
    absent = desk("model", "list")
    assert (absent.code, "'mlflow_secret' is needed" in absent.stderr) == (4, True)
    done(desk("secret", "register", "mlflow_secret", "-f", "-", stdin="username: admin\n"))
    half = desk("model", "list")
    assert (half.code, "has no key 'password'" in half.stderr) == (4, True)


def test_a_refused_password(desk: Mlreg, secure_server: Server) -> None:
    """Exit 4, and the error does not repeat what was sent."""
    done(desk("secret", "register", "mlflow_secret", "-f", "-", stdin="username: admin\npassword: c4n4ry\n"))
    register_tracker(desk, secure_server)
    refused = desk("model", "list")
    assert (refused.code, "does not accept the credentials" in refused.stderr) == (4, True)
    assert "c4n4ry" not in refused.stderr


def test_without_a_keyring(mlreg: Mlreg) -> None:
    """Exit 75 where a secret is needed; what needs none works."""
    failed = mlreg("secret", "register", "s", "-f", "-", stdin="token: c4n4ry\n")
    assert failed.code == 75
    assert "c4n4ry" not in failed.stderr
    assert "MLREG_SECRET_S__TOKEN" in failed.stderr
    assert "mlreg secret register s -k token --backend command -- COMMAND" in failed.stderr
    assert mlreg("secret", "list").code == 0
    assert mlreg("stack", "list").code == 0


def test_a_silent_keyring(desk: Mlreg, secret_service: SecretService) -> None:
    """A keyring that does not answer is given up at the deadline."""
    stop(secret_service)
    try:
        failed = desk(
            "secret", "register", "s", "-f", "-", stdin="a: b\n", env={"MLREG_KEYRING_TIMEOUT": "1"}, timeout=20
        )
    finally:
        resume(secret_service)
    assert failed.code == 75


def test_mlflows_variables_alone(mlreg: Mlreg, secure_server: Server) -> None:
    """With an empty home and MLFLOW_TRACKING_* only, models are registered, moved, listed; the move alone is kept."""
    mlreg.env.update(
        MLFLOW_TRACKING_URI=secure_server.uri,
        MLFLOW_TRACKING_USERNAME=str(secure_server.username),
        MLFLOW_TRACKING_PASSWORD=str(secure_server.password),
        MLFLOW_TRACKING_SERVER_CERT_PATH=str(secure_server.ca_cert),
    )
    name = f"env-{uuid4().hex[:8]}"
    done(mlreg("model", "register", name, "s3://bucket/model"))
    done(mlreg("model", "transition", f"{name}/1", "Staging"))
    assert name in done(mlreg("model", "list", "-o", "name")).stdout.split()
    assert [file.name for file in mlreg.home.rglob("*") if file.is_file()] == ["journal.jsonl"]


def test_the_credentials_file_of_mlflow(mlreg: Mlreg, secure_server: Server) -> None:
    """~/.mlflow/credentials is read where the variables say nothing."""
    folder = mlreg.home / ".mlflow"
    folder.mkdir()
    login = (
        f"mlflow_tracking_username = {secure_server.username}\nmlflow_tracking_password = {secure_server.password}\n"
    )
    (folder / "credentials").write_text(f"[mlflow]\n{login}")
    mlreg.env.update(MLFLOW_TRACKING_URI=secure_server.uri, MLFLOW_TRACKING_SERVER_CERT_PATH=str(secure_server.ca_cert))
    done(mlreg("model", "list", "-o", "json"))


def test_a_terminal_gets_a_table_a_pipe_gets_text(mlreg: Mlreg, plain_server: Server) -> None:
    """Drawn and coloured on a terminal; plain, complete and without escapes in a pipe and with NO_COLOR."""
    done(mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth"))
    name = f"a-model-whose-name-is-long-{uuid4().hex}"
    done(mlreg("model", "create", name))
    drawn = mlreg.pty("model", "list").output
    assert b"\x1b[" in drawn
    assert "─".encode() in drawn
    plain = mlreg.pty("model", "list", env={"NO_COLOR": "1"}).output
    assert not re.search(rb"\x1b\[\d+(;\d+)*m", plain)
    piped = done(mlreg("model", "list")).stdout
    assert name in piped
    assert "\x1b" not in piped
    assert json.loads(done(mlreg("model", "list", "-o", "json", env={"FORCE_COLOR": "1"})).stdout)
