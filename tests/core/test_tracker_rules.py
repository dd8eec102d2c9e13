"""Every kind of URI with every combination of credentials: what may be registered; each refusal mends itself."""

import itertools
import shlex
from collections.abc import Mapping

import pytest

from mlreg.core import databricks, local, tracker_rules
from mlreg.core.commands import register_tracker
from mlreg.core.errors import Usage
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.tracker_rules import Machine
from mlreg.core.types import Tracker

URIS = {
    "none": local.default_uri("/data", "t"),
    "path": "store",
    "database path": "mlflow.db",
    "sqlite": "sqlite:///mlflow.db",
    "file": "file:///srv/mlruns",
    "postgresql": "postgresql+psycopg://db/mlflow",
    "http": "http://mlflow.example.com",
    "http loopback": "http://127.0.0.1:5000",
    "https": "https://mlflow.example.com",
    "upper case": "HTTPS://mlflow.example.com",
    "databricks": "databricks",
    "profile": "databricks://prod",
    "catalog": "databricks-uc",
    "unknown": "ftp://mlflow.example.com",
    "plugin": "elastic://mlflow.example.com",
}
USER = {"tracking_username": Placeholder("t", "username")}
PASSWORD = {"tracking_password": Placeholder("t", "password")}
TOKEN = {"tracking_token": Placeholder("t", "token")}
NO_AUTH = {"no_auth": True}
CLIENT_ID = {"databricks_client_id": Placeholder("t", "client_id")}
CLIENT_SECRET = {"databricks_client_secret": Placeholder("t", "client_secret")}
CREDENTIALS: dict[str, Mapping[str, object]] = {
    "none": {},
    "user": USER,
    "password": PASSWORD,
    "both": {**USER, **PASSWORD},
    "token": TOKEN,
    "token and both": {**TOKEN, **USER, **PASSWORD},
    "no-auth": NO_AUTH,
    "no-auth and token": {**NO_AUTH, **TOKEN},
    "oauth": {**CLIENT_ID, **CLIENT_SECRET},
    "half an oauth": CLIENT_ID,
}
LOCAL = {"none", "no-auth"}
# The whole table: for each kind of URI, the credentials with which it works. Everything else is refused.
WORKS = {
    "none": LOCAL,
    "path": LOCAL,
    "database path": LOCAL,
    "sqlite": LOCAL,
    "file": LOCAL,
    "postgresql": LOCAL,
    "http": {"no-auth"},
    "http loopback": {"both", "token", "no-auth"},
    "https": {"both", "token", "no-auth"},
    "upper case": {"both", "token", "no-auth"},
    "databricks": {"token", "oauth"},
    "profile": {"none"},
    "catalog": {"token", "oauth"},
    "unknown": set(),
    "plugin": {"none", "both", "token", "no-auth"},
}
MACHINE = Machine(opens=lambda scheme: scheme == "elastic", profiles=lambda: ["prod"])


def tracker(uri: str, **fields: object) -> Tracker:
    """A tracker as the command line would make it; a Databricks one has its host."""
    made = databricks.plain(Tracker(name="t", tracking_uri=local.absolute_uri(URIS.get(uri, uri), "/work"), **fields))  # type: ignore[arg-type]
    return made if uri not in ("databricks", "catalog") else with_host(made)


def with_host(made: Tracker) -> Tracker:
    """The tracker with a workspace's address."""
    from dataclasses import replace

    return replace(made, databricks_host="https://dbc-1.cloud.databricks.com")


@pytest.mark.parametrize(("uri", "credentials"), list(itertools.product(URIS, CREDENTIALS)))
def test_the_whole_table(uri: str, credentials: str) -> None:
    """Each combination works or is exit 2 with what, and the exact command that mends it."""
    made = tracker(uri, **CREDENTIALS[credentials])
    if credentials in WORKS[uri]:
        tracker_rules.check(made, MACHINE)
        return
    with pytest.raises(Usage) as refused:
        tracker_rules.check(made, MACHINE)
    assert refused.value.exit == 2
    assert refused.value.hint


@pytest.mark.parametrize(
    ("uri", "credentials"),
    [pair for pair in itertools.product(URIS, CREDENTIALS) if pair[0] != "unknown" and pair[1] not in WORKS[pair[0]]],
)
def test_hints_mend(uri: str, credentials: str) -> None:
    """The first command of a hint is a whole one, with the user's own name, and names no value but placeholders."""
    with pytest.raises(Usage) as refused:
        tracker_rules.check(tracker(uri, **CREDENTIALS[credentials]), MACHINE)
    hint = refused.value.hint or ""
    command = next(line for line in hint.splitlines() if "mlreg tracker register t " in line)
    assert shlex.split(command)


@pytest.mark.parametrize("uri", ["databricks", "databricks-uc", "DATABRICKS"])
def test_databricks_in_any_spelling(uri: str) -> None:
    """`databricks-uc` names a registry; upper case is no directory."""
    made = databricks.plain(Tracker(name="t", tracking_uri=local.absolute_uri(uri, "/work")))
    assert made.tracking_uri == "databricks"
    assert made.registry_uri == ("databricks-uc" if uri.endswith("uc") else None)


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("https://mlflow.example.com/#/models/churn", "register t https://mlflow.example.com --no-auth"),
        ("https://mlflow.example.com/ml?o=1", "register t https://mlflow.example.com/ml --no-auth"),
        (
            "https://ada:c4n4ry@mlflow.example.com",
            "--tracking-username={{t.username}} --tracking-password={{t.password}}",
        ),
        ("https://mlflow.example.com:port", "https://mlflow.example.com"),
        ("https://[::1", "https://mlflow.example.com"),
        ("localhost:5000", "register t https://localhost:5000 --no-auth"),
        ("htps://mlflow.example.com", "did you mean 'https'?"),
    ],
)
def test_addresses(uri: str, instead: str) -> None:
    """What is no server's address is refused with the address that was meant, and without a password in it."""
    with pytest.raises(Usage) as refused:
        tracker_rules.check(tracker(uri, no_auth=True), MACHINE)
    assert instead in (refused.value.hint or "")
    assert "c4n4ry" not in f"{refused.value.message} {refused.value.cause} {refused.value.hint}"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tracking_headers": {"Authorization": Secret("x")}}, "Authorization comes from --tracking-token"),
        ({"tracking_headers": {"HOST": Secret("x")}}, "HTTP itself decides"),
        ({"tracking_headers": {"a b": Secret("x")}}, "letters, digits"),
        ({"tracking_headers": {"X-Key": Secret("a\nb")}}, "line breaks"),
        ({"tracking_headers": {"X-Key": Secret("x")}, "client": "mlflow"}, "sends no headers"),
        ({"tracking_headers": {"X-Mlflow-Workspace": Secret("x")}}, "--workspace"),
        ({"tracking_headers": {"X-Key": Secret("")}}, "--tracking-header has no value"),
        ({"client": "requests"}, "--client takes auto, rest, mlflow"),
    ],
)
def test_headers_and_clients(fields: dict[str, object], says: str) -> None:
    """A gateway's header is no way around authenticating, and is sent only where something can send it."""
    with pytest.raises(Usage) as refused:
        tracker_rules.check(tracker("https", no_auth=True, **fields), MACHINE)
    assert says in (refused.value.cause or "")


def test_headers_are_credentials() -> None:
    """One is not sent over http to another machine, and no local store takes one."""
    header = {"tracking_headers": {"X-Key": Placeholder("t", "key")}}
    for uri in ("http", "sqlite"):
        with pytest.raises(Usage):
            tracker_rules.check(tracker(uri, no_auth=uri == "http", **header), MACHINE)


@pytest.mark.parametrize(("uri", "fields"), [("sqlite", {"client": "rest"}), ("sqlite", {"workspace": "w"})])
def test_only_for_servers(uri: str, fields: dict[str, object]) -> None:
    """A local store has neither a REST API nor workspaces."""
    with pytest.raises(Usage):
        tracker_rules.check(tracker(uri, **fields), MACHINE)


def test_everything_at_once() -> None:
    """`problems` tells all that is wrong, not only the first."""
    made = tracker("http", **TOKEN, **NO_AUTH, client="requests")
    told = [problem.message for problem in tracker_rules.problems(made, MACHINE)]
    assert len(told) == 3
    assert "exclude each other" in told[0]
    assert "over http" in told[1]


def test_commands_show_no_value() -> None:
    """The command that makes a tracker again has placeholders for literals, and quotes what a shell would eat."""
    made = Tracker(
        name="t",
        tracking_uri="https://mlflow.example.com",
        tracking_token=Secret("c4n4ry"),
        tracking_headers={"X-Key": Secret("c4n4ry")},
        description="it's ours",
        labels={"env": "prod"},
    )
    command = register_tracker(made)
    assert "c4n4ry" not in command
    assert shlex.split(command)[4:] == [
        "https://mlflow.example.com",
        "--tracking-token={{t.token}}",
        "--tracking-header=X-Key={{t.x-key}}",
        "--description=it's ours",
        "--label=env=prod",
    ]
