"""MLFLOW_TRACKING_AUTH=mlreg: what MLflow's requests carry, to whom, and what a program is told when they cannot."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from mlreg.core import errors
from mlreg.mlflow_plugin import Auth, AuthProvider
from tests.cli_runner import CHECKOUT, Mlreg, clean_environment, run
from tests.e2e.test_run import TRAINING
from tests.labs import RestLab
from tests.plugin import entry_points
from tests.scripted import Asked, Reply, Scripted, scripted
from tests.secret_service import SecretService, lock
from tests.servers import Server

TOKEN = "c4n4ry-token"
GATEWAY = "c4n4ry-gateway"

# Asks the server at argv[1], once for each of the lines on stdin: NAME=VALUE pairs of the environment, and the URI.
ASKING = """
import json, os, sys
import mlflow

before = dict(os.environ)
for line in sys.stdin:
    case = json.loads(line)
    os.environ.update(case["environ"])
    try:
        mlflow.MlflowClient(case["uri"]).search_registered_models()
        print(json.dumps("fine"))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
    os.environ.clear()
    os.environ.update(before)
"""


@pytest.fixture
def own(mlreg: Mlreg, monkeypatch: pytest.MonkeyPatch) -> Mlreg:
    """The home of mlreg's programs is also that of the plugin in this process."""
    monkeypatch.setenv("MLREG_HOME", mlreg.env["MLREG_HOME"])
    return mlreg


@pytest.fixture
def server() -> Iterator[Scripted]:
    """A server that lets in whoever shows the token, and sends to the host in the path of a redirect."""

    def answer(asked: Asked) -> Reply:
        place, _, rest = asked.path.partition("/to/")
        if rest:
            return Reply(
                307, headers={"Location": f"{place or ''}{rest}" if rest.startswith("/") else f"http://{rest}"}
            )
        return Reply(200 if TOKEN in asked.headers.get("Authorization", "") else 401, {})

    with scripted(answer) as running:
        yield running


def keep_token(own: Mlreg, name: str, uri: str, token: str = TOKEN, *more: str) -> None:
    """Register a tracker whose token, literally kept, is this one."""
    done = own("tracker", "register", name, uri, f"--tracking-token={token}", *more)
    assert done.code == 0, done.stderr


def get(url: str, auth: Auth | None = None) -> requests.Response:
    """Ask as MLflow does."""
    return requests.get(url, auth=auth or Auth(), timeout=10)


def sent(asked: Asked) -> tuple[str | None, str | None]:
    """The credentials in a request."""
    return asked.headers.get("Authorization"), asked.headers.get("X-Gateway")


def test_credentials_and_headers_go_to_the_trackers_host(own: Mlreg, server: Scripted) -> None:
    """A request to the tracker carries both, at any path; one to another port of the same machine nothing."""
    keep_token(own, "lab", server.uri, TOKEN, f"--tracking-header=X-Gateway={GATEWAY}")
    assert get(f"{server.uri}/api/2.0/mlflow/experiments/search").status_code == 200
    assert sent(server.asked[-1]) == (f"Bearer {TOKEN}", GATEWAY)
    with scripted(lambda _: Reply(200, {})) as other:
        assert get(f"{other.uri}/bucket/model.pkl").status_code == 200
        assert sent(other.asked[-1]) == (None, None)


def test_no_redirect_takes_them_elsewhere(own: Mlreg, server: Scripted) -> None:
    """On the same host they stay; to another neither the token nor a gateway's header follows."""
    keep_token(own, "lab", server.uri, TOKEN, f"--tracking-header=X-Gateway={GATEWAY}")
    assert get(f"{server.uri}/to//here").status_code == 200
    assert sent(server.asked[-1]) == (f"Bearer {TOKEN}", GATEWAY)
    with scripted(lambda _: Reply(200, {})) as other:
        assert get(f"{server.uri}/to/{urlsplit(other.uri).netloc}/there").status_code == 200
        assert [sent(asked) for asked in other.asked] == [(None, None)]


def test_a_short_lived_token_is_fetched_again(own: Mlreg, server: Scripted, tmp_path: Path) -> None:
    """A refused request is sent once more with a new one, its body from the beginning; the server sees no third."""
    token = tmp_path / "token"
    token.write_text("old")
    fetch = ("--backend", "command", "-k", "token", "--", "cat", str(token))
    assert own("secret", "register", "gw", *fetch).code == 0
    keep_token(own, "lab", server.uri, "{{gw.token}}")
    auth = Auth()
    with pytest.raises(requests.HTTPError):
        get(server.uri, auth).raise_for_status()
    token.write_text(TOKEN)
    body = io.BytesIO(b"skipped, then this")
    body.seek(9)
    answer = requests.put(server.uri, data=body, auth=auth, timeout=10)
    assert answer.status_code == 200
    assert [asked.body for asked in server.asked[-2:]] == [b"then this"] * 2
    assert [sent(asked)[0] for asked in server.asked[-2:]] == ["Bearer old", f"Bearer {TOKEN}"]


def test_a_changed_secret_is_noticed(own: Mlreg, server: Scripted) -> None:
    """A program that runs for days need not be started again when its token has been replaced."""
    keep_token(own, "lab", server.uri, "old")
    auth = Auth()
    assert get(server.uri, auth).status_code == 401
    keep_token(own, "lab", server.uri, TOKEN, "--replace")
    assert get(server.uri, auth).status_code == 200


def test_threads_share_one_look(own: Mlreg, server: Scripted, tmp_path: Path) -> None:
    """Eight threads that ask at once run the command that gives the token one time."""
    ran = tmp_path / "ran"
    program = f"echo x >>{ran}; echo {TOKEN}"
    fetch = ("--backend", "command", "-k", "token", "--", "sh", "-c", program)
    assert own("secret", "register", "gw", *fetch).code == 0
    keep_token(own, "lab", server.uri, "{{gw.token}}")
    auth, together = Auth(), threading.Barrier(8)

    def ask(_: int) -> int:
        together.wait(10)
        return get(server.uri, auth).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [200] * 8
    assert ran.read_text() == "x\n"


def test_two_trackers_at_one_address(own: Mlreg, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLREG_STACK decides which credentials are sent; without it nothing is, and the error says what to set."""
    keep_token(own, "lab", server.uri)
    keep_token(own, "same", f"{server.uri}/")
    assert get(server.uri).status_code == 200
    keep_token(own, "other", server.uri, "other")
    before = len(server.asked)
    with pytest.raises(errors.Usage, match=r"lab, same, other are trackers at .* MLREG_STACK=lab"):
        get(server.uri)
    assert len(server.asked) == before
    assert own("stack", "register", "team", "-t", "other").code == 0
    monkeypatch.setenv("MLREG_STACK", "team")
    assert get(server.uri).status_code == 401
    assert sent(server.asked[-1])[0] == "Bearer other"
    monkeypatch.setenv("MLREG_STACK", "lab")
    assert get(server.uri).status_code == 200


def test_servers_behind_one_address(own: Mlreg, server: Scripted) -> None:
    """The longest path that a request is below tells them apart."""
    keep_token(own, "a", f"{server.uri}/a", "for-a")
    keep_token(own, "ab", f"{server.uri}/a/b", "for-b")
    for path, expected in {"/a/api": "for-a", "/a/b/api": "for-b", "/a/bc": "for-a"}.items():
        get(f"{server.uri}{path}")
        assert sent(server.asked[-1])[0] == f"Bearer {expected}", path


def test_no_secret_goes_where_only_a_project_sends_it(own: Mlreg, server: Scripted, tmp_path: Path) -> None:
    """A repository's mlreg.yaml cannot have a program send a person's secret to its host."""
    assert own("secret", "register", "mine", "--backend", "env", "-k", "token").code == 0
    (tmp_path / ".git").mkdir()
    lines = ["trackers:", "  evil:", f"    tracking_uri: {server.uri}", '    tracking_token: "{{mine.token}}"', ""]
    (tmp_path / "mlreg.yaml").write_text("\n".join(["version: 1", *lines]))
    code = f"import requests; from mlreg.mlflow_plugin import Auth; requests.get({server.uri!r}, auth=Auth())"
    env = {**own.env, "MLREG_SECRET_MINE__TOKEN": TOKEN}
    failed = run("-c", code, env=env, cwd=tmp_path, program=[sys.executable])
    assert "the secret 'mine' is not sent to 127.0.0.1" in failed.stderr.splitlines()[-1]
    assert server.asked == []


def test_what_mlflow_programs_are_told(
    office: Mlreg, secure_server: Server, secret_service: SecretService, tmp_path: Path
) -> None:
    """One line that says what is wrong and what mends it, whatever is; importing mlflow and asking again still work."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "components.yaml").write_text("trackers: [\n")
    elsewhere = secure_server.uri.replace("127.0.0.1", "localhost")
    lock(secret_service)
    login = {"MLREG_SECRET_ADMIN__USERNAME": "admin", "MLREG_SECRET_ADMIN__PASSWORD": str(secure_server.password)}
    expected: dict[str, tuple[str, dict[str, str]]] = {
        "components.yaml:2:1 cannot be read": (secure_server.uri, {"MLREG_HOME": str(broken)}),
        "there is no stack 'gone'": (secure_server.uri, {"MLREG_STACK": "gone"}),
        "the keyring is locked": (secure_server.uri, {}),
        "mlreg tracker register NAME URL": (elsewhere, {}),
        "fine": (secure_server.uri, login),
    }
    given = "".join(json.dumps({"uri": uri, "environ": environ}) + "\n" for uri, environ in expected.values())
    env = {"MLFLOW_TRACKING_AUTH": "mlreg", "MLFLOW_TRACKING_SERVER_CERT_PATH": str(secure_server.ca_cert)}
    asked = run("-c", ASKING, env={**office.env, **env}, stdin=given, program=[sys.executable])
    assert asked.code == 0, asked.stderr
    for line, text in zip(map(json.loads, asked.stdout.splitlines()), expected, strict=True):
        assert text in line
        assert "\n" not in line
        assert line == "fine" or line.startswith("MlflowException: API request to https://")


def test_the_stock_command_line(office: Mlreg, secure_server: Server) -> None:
    """`mlflow experiments search` is let in, with no password in its environment."""
    env = {**office.env, "MLFLOW_TRACKING_URI": secure_server.uri, "MLFLOW_TRACKING_AUTH": "mlreg"}
    env["MLFLOW_TRACKING_SERVER_CERT_PATH"] = str(secure_server.ca_cert)
    listed = run("-m", "mlflow", "experiments", "search", env=env, program=[sys.executable])
    assert (listed.code, "Default" in listed.stdout) == (0, True), listed.stderr


def test_the_module_costs_next_to_nothing() -> None:
    """It imports the package itself and nothing that Python has not loaded already: no typing, no requests, no yaml."""
    code = "import sys; before = {*sys.modules}; import mlreg.mlflow_plugin; print(*{*sys.modules} - before)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert {*done.stdout.split()} <= {"mlreg", "mlreg.mlflow_plugin", "__future__"}


def test_a_mutilated_installation_does_not_break_mlflow(tmp_path: Path) -> None:
    """Without what mlreg depends on the provider is made all the same; a request says what is missing."""
    code = (
        "import sys; sys.modules['mlreg.runtime'] = None\n"
        "from types import SimpleNamespace as Request\n"
        "from mlreg.mlflow_plugin import AuthProvider\n"
        "provider = AuthProvider(); print(provider.get_name()); provider.get_auth()(Request(url='https://h'))"
    )
    failed = run("-c", code, env=clean_environment(tmp_path), program=[sys.executable])
    assert failed.stdout == "mlreg\n"
    assert "a part of it is not installed here" in failed.stderr.splitlines()[-1]


def test_the_entry_point_is_the_provider() -> None:
    """What pyproject.toml names for MLflow can be loaded."""
    from importlib.metadata import EntryPoint

    line = entry_points().splitlines()[1]
    name, _, place = line.partition(" = ")
    assert EntryPoint(name, place, "mlflow.request_auth_provider").load() is AuthProvider


def test_a_training_script(office: Mlreg, secure_server: Server) -> None:
    """It logs, autologs and registers as it is after `eval "$(mlreg env)"`, and the password is in no environment."""
    name = f"net-{uuid4().hex[:8]}"
    (office.home / "train.py").write_text(TRAINING)
    words = f'eval "$("{sys.executable}" -m mlreg env)" && "{sys.executable}" train.py {name} && env'
    env = {**office.env, "MLFLOW_TRACKING_TOKEN": "other", "VIRTUAL_ENV": sys.prefix, "SHELL": "/bin/bash"}
    trained = run("-eu", "-c", words, env=env, cwd=office.home, program=["bash"], timeout=120)
    assert trained.code == 0, trained.stderr
    assert "MLFLOW_TRACKING_AUTH=mlreg" in trained.stdout
    assert not [text for text in (str(secure_server.password), "MLFLOW_TRACKING_TOKEN") if text in trained.stdout]
    lab = RestLab(secure_server)
    (version,) = lab.registry.search_versions(name)
    assert lab.tracking.get_run(version.run_id).params["fit_intercept"] == "True"
