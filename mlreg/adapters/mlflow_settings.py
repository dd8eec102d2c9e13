"""What MLflow's own settings say: its environment variables and ~/.mlflow/credentials, as an unsaved tracker."""

from collections.abc import Mapping
from pathlib import Path

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
    tracker = _tracker(uri, environ, home)
    registry = tracker
    registry_uri = environ.get("MLFLOW_REGISTRY_URI")
    if registry_uri and registry_uri != uri:
        registry = Tracker(name=f"{NAME}-registry", tracking_uri=registry_uri, no_auth=True)
    return Target(
        stack=Stack(name=NAME, tracker=NAME), tracker=tracker, registry=registry, origin="MLFLOW_TRACKING_URI"
    )


def _tracker(uri: str, environ: Mapping[str, str], home: Path) -> Tracker:
    file = _credentials_file(environ, home)
    username = environ.get("MLFLOW_TRACKING_USERNAME") or file.get("mlflow_tracking_username")
    password = environ.get("MLFLOW_TRACKING_PASSWORD") or file.get("mlflow_tracking_password")
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
    )


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
