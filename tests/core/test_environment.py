"""What the environment of an MLflow program must say, and must not."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from mlreg.core import environment
from mlreg.core.errors import Unsupported
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Stack, Target, Tracker

SERVER = Tracker(
    name="prod",
    tracking_uri="https://mlflow.example.com",
    tracking_username=Placeholder("s", "username"),
    tracking_password=Placeholder("s", "password"),
)
BRICKS = Tracker(
    name="dbx",
    tracking_uri="databricks",
    databricks_host="https://w.cloud.databricks.com",
    tracking_token=Placeholder("s", "token"),
)


def target(
    tracker: Tracker, registry: Tracker | None = None, *, origin: str = "--stack", experiment: str | None = None
) -> Target:
    """A stack of these servers."""
    stack = Stack(name="team", tracker=tracker.name, experiment=experiment)
    return Target(stack=stack, tracker=tracker, registry=registry or tracker, origin=origin)


def look_up(tracker: Tracker, placeholder: Placeholder) -> Secret:
    """A vault whose values say what they are."""
    return Secret(f"{tracker.name}'s {placeholder.key}")


def said(
    found: Target, *, plain: bool = True, inherited: Mapping[str, str] | None = None, address: str | None = None
) -> dict[str, str]:
    """What is set."""
    changes = environment.variables(found, look_up, plain=plain, inherited=inherited or {}, address=address)
    return {name: value for name, value in changes.items() if value is not None}


def test_a_server() -> None:
    """URIs, login, certificates and workspace; everything else that MLflow would take is removed."""
    tracker = replace(SERVER, tracking_ca_cert="/ca.pem", tracking_client_cert="/me.pem", workspace="risk")
    changes = environment.variables(target(tracker), look_up, plain=True)
    assert changes == {
        "MLFLOW_TRACKING_URI": "https://mlflow.example.com",
        "MLFLOW_REGISTRY_URI": "https://mlflow.example.com",
        "MLFLOW_TRACKING_USERNAME": "prod's username",
        "MLFLOW_TRACKING_PASSWORD": "prod's password",
        "MLFLOW_TRACKING_SERVER_CERT_PATH": "/ca.pem",
        "MLFLOW_TRACKING_CLIENT_CERT_PATH": "/me.pem",
        "MLFLOW_WORKSPACE": "risk",
        "MLREG_STACK": "team",
        "MLFLOW_TRACKING_TOKEN": None,
        "MLFLOW_TRACKING_INSECURE_TLS": None,
        "MLFLOW_TRACKING_AUTH": None,
        "MLFLOW_TRACKING_AWS_SIGV4": None,
        "MLFLOW_RUN_ID": None,
        "MLFLOW_EXPERIMENT_ID": None,
        "MLFLOW_EXPERIMENT_NAME": None,
        "MLFLOW_ACTIVE_MODEL_ID": None,
    }


def test_without_secrets() -> None:
    """The plugin's name stands in for every credential; a server that wants none needs no plugin."""

    def never(tracker: Tracker, placeholder: Placeholder) -> Secret:
        raise AssertionError(placeholder)

    changes = environment.variables(target(SERVER), never, plain=False)
    assert changes["MLFLOW_TRACKING_AUTH"] == "mlreg"
    assert changes["MLFLOW_TRACKING_PASSWORD"] is None
    free = Tracker(name="lab", tracking_uri="http://127.0.0.1:5000", no_auth=True)
    assert environment.variables(target(free), never, plain=False)["MLFLOW_TRACKING_AUTH"] is None


def test_databricks() -> None:
    """Host, token and both URIs by name; what is inherited is removed, but for what is no login."""
    inherited = ("DATABRICKS_CLIENT_ID", "DATABRICKS_AUTH_TYPE", "DATABRICKS_RUNTIME_VERSION", "DATABRICKS_CONFIG_FILE")
    changes = environment.variables(target(BRICKS), look_up, plain=True, inherited=dict.fromkeys(inherited, "x"))
    assert {name: value for name, value in changes.items() if "DATABRICKS" in name} == {
        "DATABRICKS_HOST": "https://w.cloud.databricks.com",
        "DATABRICKS_TOKEN": "dbx's token",
        "DATABRICKS_CLIENT_ID": None,
        "DATABRICKS_AUTH_TYPE": None,
    }
    assert (changes["MLFLOW_TRACKING_URI"], changes["MLFLOW_REGISTRY_URI"]) == ("databricks", "databricks-uc")
    workspace = said(target(replace(BRICKS, registry_uri="databricks")))
    assert workspace["MLFLOW_REGISTRY_URI"] == "databricks"


def test_databricks_asks_no_plugin() -> None:
    """Without plain variables only a profile can log in there."""
    with pytest.raises(Unsupported, match="from variables only"):
        said(target(BRICKS), plain=False)
    profile = said(target(Tracker(name="dbx", tracking_uri="databricks://dev")), plain=False)
    assert profile["MLFLOW_REGISTRY_URI"] == "databricks-uc://dev"
    assert "MLFLOW_TRACKING_AUTH" not in profile


def test_a_local_store() -> None:
    """Artifacts go beside the database; behind mlreg's server there is only its address."""
    store = Tracker(name="lab", tracking_uri="sqlite:////data/mlflow.db")
    opened = said(target(store))
    assert opened["_MLFLOW_SERVER_ARTIFACT_ROOT"] == "file:///data/artifacts"
    served = said(target(store), address="http://127.0.0.1:8000")
    assert served["MLFLOW_TRACKING_URI"] == served["MLFLOW_REGISTRY_URI"] == "http://127.0.0.1:8000"
    assert "_MLFLOW_SERVER_ARTIFACT_ROOT" not in served
    assert said(target(Tracker(name="f", tracking_uri="file:///data/runs")))["MLFLOW_ALLOW_FILE_STORE"] == "true"


@pytest.mark.parametrize(
    ("inherited", "past"),
    [
        ({}, (None, None)),
        ({"no_proxy": "a"}, (None, None)),
        ({"http_proxy": "http://p"}, ("127.0.0.1", "127.0.0.1")),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "a, b"}, ("a,b,127.0.0.1", "a,b,127.0.0.1")),
        ({"HTTP_PROXY": "http://p", "no_proxy": "a", "NO_PROXY": "b"}, ("a,127.0.0.1", "b,127.0.0.1")),
        ({"http_proxy": "http://p", "no_proxy": "*", "NO_PROXY": "b,127.0.0.1"}, ("*", "b,127.0.0.1")),
    ],
)
def test_past_the_proxies(inherited: dict[str, str], past: tuple[str | None, str | None]) -> None:
    """No proxy leads to the server of this machine; what else goes past them stays, in either spelling."""
    store = target(Tracker(name="lab", tracking_uri="sqlite:////data/mlflow.db"))
    served = said(store, inherited=inherited, address="http://127.0.0.1:8000")
    assert (served.get("no_proxy"), served.get("NO_PROXY")) == past
    assert "no_proxy" not in said(store, inherited=inherited)


def test_the_stacks_experiment() -> None:
    """Runs that the program itself starts go there."""
    assert said(target(SERVER, experiment="churn"))["MLFLOW_EXPERIMENT_NAME"] == "churn"


def test_a_stack_that_is_not_saved() -> None:
    """What MLflow's own variables described has no name in mlreg, and keeps its own way to log in."""
    changes = environment.variables(target(SERVER, origin="MLFLOW_TRACKING_URI"), look_up, plain=True)
    assert changes["MLREG_STACK"] is None
    assert "MLFLOW_TRACKING_AUTH" not in changes
    signed = replace(SERVER, client="mlflow")
    assert "MLFLOW_TRACKING_AWS_SIGV4" not in environment.variables(target(signed), look_up, plain=True)


def test_two_servers_with_two_logins() -> None:
    """MLflow would send the one login to both: that is refused, but to the plugin, which knows the hosts."""
    other = replace(SERVER, name="reg", tracking_uri="https://registry.example.com", tracking_password=Secret("x"))
    both = target(SERVER, other)
    with pytest.raises(Unsupported, match="variables alone") as caught:
        said(both)
    assert "prod and reg log in differently" in str(caught.value.cause)
    assert said(both, plain=False)["MLFLOW_REGISTRY_URI"] == "https://registry.example.com"
    free = Tracker(name="open", tracking_uri="https://open.example.com", no_auth=True)
    assert environment.only_with_plugin(target(SERVER, free))


def test_two_servers_with_two_authorities() -> None:
    """MLflow has one file of authorities for all: nothing helps."""
    other = replace(SERVER, name="reg", tracking_uri="https://registry.example.com", tracking_ca_cert="/reg.pem")
    with pytest.raises(Unsupported, match="cannot use both") as caught:
        said(target(SERVER, other), plain=False)
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in str(caught.value.cause)


def test_a_server_and_databricks() -> None:
    """Their logins are in different variables."""
    found = said(target(SERVER, BRICKS))
    assert (found["MLFLOW_TRACKING_USERNAME"], found["DATABRICKS_TOKEN"]) == ("prod's username", "dbx's token")


def test_headers() -> None:
    """A gateway's header can be said in no variable."""
    with pytest.raises(Unsupported, match="variables alone"):
        said(target(replace(SERVER, tracking_headers={"X-Key": Placeholder("s", "key")})))


def test_what_mlreg_is_told_in_confidence() -> None:
    """Its own secrets are known by their names, and taking away is applied like setting."""
    environ = {"MLREG_SECRET_S__TOKEN": "t", "MLREG_SECRET_FILE_S__TOKEN": "f", "MLREG_OUTPUT": "json", "A": "b"}
    assert environment.secrets_of_mlreg(environ) == ["MLREG_SECRET_S__TOKEN", "MLREG_SECRET_FILE_S__TOKEN"]
    assert environment.applied(environ, {"A": None, "C": "d", "MLREG_OUTPUT": "csv"}) == {
        "MLREG_SECRET_S__TOKEN": "t",
        "MLREG_SECRET_FILE_S__TOKEN": "f",
        "MLREG_OUTPUT": "csv",
        "C": "d",
    }
