"""What MLflow's own settings say: its environment variables and ~/.mlflow/credentials, as an unsaved tracker."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlreg.core import databricks
from mlreg.core.addresses import reads_as_host
from mlreg.core.errors import Usage
from mlreg.core.secret import Secret
from mlreg.core.types import Stack, Target, Tracker

NAME = "env"


def read(environ: Mapping[str, str], home: Path) -> Target | None:
    """Return the servers that MLflow's settings name, or None. Their credentials go to the tracking server only.

    Variables and their precedence: mlflow/environment_variables.py and mlflow/utils/credentials.py; MLflow uses the
    token only without a username and password.
    """
    uri = environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        return None
    if reads_as_host(uri) and not Path(uri).exists():
        raise Usage(
            f"MLFLOW_TRACKING_URI={uri} says no scheme",
            cause="to MLflow it is a directory on this machine, and there is none of that name",
            hint=f"export MLFLOW_TRACKING_URI=https://{uri}",
        )
    tracker = _databricks(NAME, uri, environ) if databricks.is_databricks(uri) else _tracker(uri, environ, home)
    tracker, registry = _with_registry(tracker, environ)
    return Target(
        stack=Stack(name=NAME, tracker=NAME), tracker=tracker, registry=registry, origin="MLFLOW_TRACKING_URI"
    )


def _with_registry(tracker: Tracker, environ: Mapping[str, str]) -> tuple[Tracker, Tracker]:
    """The tracker, and where its models are: of one Databricks host the URI chooses the registry."""
    name, uri = f"{NAME}-registry", environ.get("MLFLOW_REGISTRY_URI")
    if uri and databricks.is_databricks(uri):
        if tracker.kind != "databricks":
            return tracker, _databricks(name, uri, environ)
        if databricks.profile(uri) in (None, databricks.profile(tracker.tracking_uri)):
            tracker = replace(tracker, registry_uri=uri)
            return tracker, tracker
        return tracker, _databricks(name, uri, environ)
    if uri and uri != tracker.tracking_uri:
        workspace = tracker.workspace if uri.startswith("http") else None
        return tracker, Tracker(name=name, tracking_uri=uri, no_auth=True, workspace=workspace)
    return tracker, tracker


def _databricks(name: str, uri: str, environ: Mapping[str, str]) -> Tracker:
    """A profile brings everything; else what Databricks' own variables say, and the rest is left to its SDK."""
    scheme, profile = uri.partition(":")[0], databricks.profile(uri)
    registry_uri = scheme if name != NAME else None
    host, token = environ.get("DATABRICKS_HOST"), environ.get("DATABRICKS_TOKEN")
    client, secret = environ.get("DATABRICKS_CLIENT_ID"), environ.get("DATABRICKS_CLIENT_SECRET")
    profile = profile or (environ.get("DATABRICKS_CONFIG_PROFILE") if not host else None)
    if profile:
        return Tracker(name=name, tracking_uri=f"{scheme}://{profile}", registry_uri=registry_uri)
    oauth = bool(client and secret and not token)
    return Tracker(
        name=name,
        tracking_uri=scheme,
        registry_uri=registry_uri,
        databricks_host=databricks.host(host) if host else None,
        tracking_token=Secret(token) if token else None,
        databricks_client_id=Secret(client) if client and oauth else None,
        databricks_client_secret=Secret(secret) if secret and oauth else None,
    )


def _tracker(uri: str, environ: Mapping[str, str], home: Path) -> Tracker:
    """MLflow's client sends what stands in the URI (`https://user:password@host`) too: the variables beat it."""
    file = _credentials_file(environ, home)
    uri, user_in_uri, password_in_uri = _without_login(uri)
    username = environ.get("MLFLOW_TRACKING_USERNAME") or file.get("mlflow_tracking_username") or user_in_uri
    password = environ.get("MLFLOW_TRACKING_PASSWORD") or file.get("mlflow_tracking_password") or password_in_uri
    token = environ.get("MLFLOW_TRACKING_TOKEN")
    basic = bool(username and password)
    return Tracker(
        name=NAME,
        tracking_uri=uri,
        tracking_username=Secret(username) if basic and username else None,
        tracking_password=Secret(password) if basic and password else None,
        tracking_token=Secret(token) if token and not basic else None,
        no_auth=not (basic or token),
        tracking_insecure_tls=environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1"),
        tracking_ca_cert=environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or None,
        tracking_client_cert=environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
        workspace=environ.get("MLFLOW_WORKSPACE") or None,
        allow_http=environ.get("MLREG_ALLOW_HTTP", "").lower() in ("true", "1"),
        layer="environment",
    )


def _without_login(uri: str) -> tuple[str, str | None, str | None]:
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return uri, None, None
    login, _, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    return parts._replace(netloc=host).geturl(), unquote(user) or None, unquote(password) or None


def _credentials_file(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    path = home / ".mlflow" / "credentials"
    if (environ.get("MLFLOW_TRACKING_USERNAME") and environ.get("MLFLOW_TRACKING_PASSWORD")) or not path.is_file():
        return {}
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return {}
    return dict(parser["mlflow"]) if parser.has_section("mlflow") else {}
