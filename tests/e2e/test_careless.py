"""What careless users, odd servers and closed streams do: one clear error, the right exit code, nothing leaked."""

import base64
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli_runner import Mlreg
from tests.scripted import Asked, Reply, scripted

PASSWORD = "c4n4ry-pass"


def shell(mlreg: Mlreg, line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell in which $M is mlreg."""
    env = {**mlreg.env, "M": f"{sys.executable} -m mlreg"}
    return subprocess.run(
        ["bash", "-c", line], env=env, cwd=mlreg.home, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$M stack list >&-", 0),
        ("$M --help >&-", 0),
        ("$M --version >&-", 0),
        ("$M tracker show nope >&-", 3),
        ("$M nope 2>&-", 2),
        ("$M secret register q -k a <&-", 2),
        ("$M secret register q -f - <&-", 2),
        ("$M stack list <&- >&- 2>&-", 0),
        ("$M help secrets >/dev/full", 1),
        ("$M --version >/dev/full", 0),
        ("$M --version | true; exit ${PIPESTATUS[0]}", 0),
    ],
)
def test_closed_and_full_streams(mlreg: Mlreg, line: str, code: int) -> None:
    """A closed stream is empty or takes everything; a full one is an error of its own; never a traceback."""
    done = shell(mlreg, line)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_head_ends_a_long_listing(mlreg: Mlreg) -> None:
    """A pipe that is closed early ends the command silently with 141."""
    many = [{"name": f"model-{number}"} for number in range(5000)]
    with scripted(lambda _: Reply(200, {"registered_models": many})) as server:
        mlreg.env.update(MLFLOW_TRACKING_URI=server.uri, PYTHONUNBUFFERED="1")
        done = shell(mlreg, "$M model list -o name | head -1; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stdout, done.stderr) == (141, "model-0\n", "")


def test_a_forgotten_scheme(mlreg: Mlreg) -> None:
    """A host without https:// is not an empty directory: a CI job must not pass without having reached a server."""
    done = mlreg("model", "list", "-o", "json", env={"MLFLOW_TRACKING_URI": "mlflow.example.com"})
    assert (done.code, done.stdout) == (2, "")
    assert "https://mlflow.example.com" in done.stderr
    assert mlreg("tracker", "register", "t", "mlflow.example.com").code == 2
    assert mlreg("tracker", "register", "t", "localhost:5000").code == 2
    for address in "mlflow.example.com", "http://[::1", "":
        refused = mlreg("login", address)
        assert (refused.code, "hint: mlreg login https://mlflow.example.com" in refused.stderr) == (2, True)


def test_a_login_in_mlflows_uri(mlreg: Mlreg) -> None:
    """MLflow's client sends it; so does mlreg, and shows it nowhere."""
    with scripted(lambda _: Reply(200, {})) as server:
        uri = server.uri.replace("http://", f"http://ada:{PASSWORD}@")
        done = mlreg("model", "list", "-o", "json", env={"MLFLOW_TRACKING_URI": uri})
        shown = mlreg("status", "-o", "json", env={"MLFLOW_TRACKING_URI": uri})
    assert done.code == 0
    sent = server.asked[0].headers["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"ada:{PASSWORD}"
    assert PASSWORD not in done.stderr + shown.stdout + shown.stderr


@pytest.mark.parametrize("quoted", ["{header}", "{token}", "login {login}"])
@pytest.mark.parametrize("media", ["application/json", "text/plain"])
def test_a_server_that_quotes_the_request(mlreg: Mlreg, quoted: str, media: str) -> None:
    """What was sent is taken out of what is shown, whether the server quotes the header, the token or the login."""

    def answer(asked: Asked) -> Reply:
        header = asked.headers.get("Authorization", "")
        token = header.partition(" ")[2]
        text = quoted.format(header=header, token=token, login=base64.b64decode(token).decode())
        body = {"error_code": "INVALID_PARAMETER_VALUE", "message": text} if media == "application/json" else text
        return Reply(400 if media == "application/json" else 401, body, media)

    settings = {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
    with scripted(answer) as server:
        for output in "table", "json":
            done = mlreg("model", "list", "-o", output, env={"MLFLOW_TRACKING_URI": server.uri, **settings})
            assert done.code in (2, 4)
            encoded = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
            assert PASSWORD not in done.stderr
            assert encoded not in done.stderr


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"registered_models": [{"name": "m"}], "next_page_token": "same"}, "same page"),
        ({"registered_models": [{"name": None}]}, "not answer as MLflow"),
        ({"registered_models": ["m"]}, "not answer as MLflow"),
        ({"registered_models": [{"name": "m", "aliases": [{"alias": "a", "version": "x"}]}]}, "not answer as MLflow"),
    ],
)
def test_answers_that_mlflow_would_not_give(mlreg: Mlreg, body: object, says: str) -> None:
    """Each ends in one error, soon."""
    with scripted(lambda _: Reply(200, body)) as server:
        done = mlreg("model", "list", env={"MLFLOW_TRACKING_URI": server.uri}, timeout=20)
    assert (done.code, says in done.stderr) == (6, True)
    assert "did not expect" not in done.stderr


def test_a_time_without_a_date(mlreg: Mlreg) -> None:
    """A timestamp that no calendar has is shown as it came."""
    item = {"name": "m", "last_updated_timestamp": 99999999999999999999}
    with scripted(lambda _: Reply(200, {"registered_models": [item]})) as server:
        done = mlreg("model", "list", "-o", "json", env={"MLFLOW_TRACKING_URI": server.uri})
    assert done.json[0]["updated_at"] == "99999999999999999999"


def test_somebody_elses_quickstart(mlreg: Mlreg) -> None:
    """A tracker of that name that quickstart did not make is neither used nor deleted."""
    assert mlreg("tracker", "register", "quickstart", "https://h", "--no-auth").code == 0
    for args in ([], ["--remove"]):
        refused = mlreg("quickstart", *args)
        assert (refused.code, "quickstart did not make" in refused.stderr) == (7, True)
    assert mlreg("tracker", "list", "-o", "name").stdout == "quickstart\n"


def test_quickstart_without_doing_it(mlreg: Mlreg) -> None:
    """A dry run makes nothing."""
    done = mlreg("quickstart", "--dry-run")
    assert (done.code, "dry run" in done.stderr) == (0, True)
    assert list(mlreg.home.rglob("*")) == []


def test_a_pipe_in_place_of_the_store(mlreg: Mlreg) -> None:
    """It is not waited for."""
    home = mlreg.home / "mlreg"
    home.mkdir()
    os.mkfifo(home / "components.yaml")
    done = mlreg("stack", "list", timeout=10)
    assert (done.code, "is no file" in done.stderr) == (5, True)


def test_the_lock_is_waited_for_no_longer_than_said(mlreg: Mlreg) -> None:
    """--timeout bounds this wait too."""
    import fcntl

    (mlreg.home / "mlreg").mkdir()
    with Path(mlreg.home / "mlreg" / "components.yaml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        done = mlreg("tracker", "register", "t", "--timeout", "1s")
        assert time.monotonic() - began < 8
    assert done.code == 5


def test_names_with_an_at_sign_and_numbers_beyond_counting(mlreg: Mlreg) -> None:
    """`a@b` is an alias unless a model is called that: then the hint says so; no database counts to 10^20."""

    def answer(asked: Asked) -> Reply:
        if "name=a%40b" in asked.path or "name=m" in asked.path:
            name = "a@b" if "a%40b" in asked.path else "m"
            return Reply(200, {"registered_model": {"name": name}})
        return Reply(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"})

    with scripted(answer) as server:
        mlreg.env["MLFLOW_TRACKING_URI"] = server.uri
        missed = mlreg("model", "show", "a@b")
        assert (missed.code, "there is a model 'a@b'" in missed.stderr) == (3, True)
        assert mlreg("model", "transition", f"m/{10**20}", "Staging").code == 3


def test_mlreg_alone(mlreg: Mlreg) -> None:
    """Shows its help, and that is no mistake."""
    done = mlreg()
    assert (done.code, done.stderr) == (0, "")
    assert "Commands:" in done.stdout


@pytest.mark.parametrize("value", ["abc #def", " spaced", "spaced "])
def test_a_password_that_dotenv_would_cut(mlreg: Mlreg, value: str) -> None:
    """It is refused rather than stored as another one, and not shown."""
    done = mlreg("secret", "register", "s", "-f", "-", stdin=f"token={value}\n")
    assert (done.code, "would cut it" in done.stderr) == (2, True)
    assert value.strip() not in done.stderr
