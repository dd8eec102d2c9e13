"""Databricks: what a tracker there must say, and which of its two registries it means."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Literal
from urllib.parse import urlsplit

from mlreg.core.addresses import is_loopback
from mlreg.core.commands import Say, one_of, with_credentials
from mlreg.core.errors import Usage
from mlreg.core.types import Tracker

RegistryKind = Literal["unity-catalog", "workspace"]

CATALOG: Final = "databricks-uc"
WORKSPACE: Final = "databricks"
_CLIENT: Final = ("databricks_client_id", "databricks_client_secret")
_SECOND: Final = "\na registry elsewhere is a tracker of its own: mlreg stack register NAME -t TRACKER -r OTHER"


def registry_kind(tracker: Tracker) -> RegistryKind:
    """Which registry a Databricks tracker means: what its registry URI says, else MLflow 3's default."""
    scheme = (tracker.registry_uri or CATALOG).partition(":")[0].lower()
    return "workspace" if scheme == WORKSPACE else "unity-catalog"


def registry_uri(tracker: Tracker) -> str:
    """The registry URI in full, as MLflow's client takes it: with the profile of the tracking URI."""
    scheme = CATALOG if registry_kind(tracker) == "unity-catalog" else WORKSPACE
    name = profile(tracker.tracking_uri)
    return f"{scheme}://{name}" if name else scheme


def profile(uri: str) -> str | None:
    """The profile in `databricks://profile`, a section of ~/.databrickscfg; None without one."""
    return uri.partition("://")[2].strip("/") or None


def host(text: str) -> str:
    """A workspace's address; Databricks' own tools let people leave the https:// out."""
    return (text if "://" in text else f"https://{text}").rstrip("/")


def is_databricks(uri: str) -> bool:
    """Tell whether a tracking or registry URI leads to Databricks."""
    return uri.partition(":")[0].lower() in (CATALOG, WORKSPACE)


def plain(tracker: Tracker) -> Tracker:
    """A tracker whose URI is `databricks-uc` as MLflow takes it: that is the name of a registry, not of a server."""
    scheme, found, rest = tracker.tracking_uri.partition("://")
    if scheme != CATALOG:
        return tracker
    return replace(tracker, tracking_uri=f"{WORKSPACE}{found}{rest}", registry_uri=tracker.registry_uri or CATALOG)


def login(tracker: Tracker) -> Tracker:
    """The tracker as the token endpoint knows it: the OAuth client's id and secret are a username and password."""
    return replace(
        tracker, tracking_username=tracker.databricks_client_id, tracking_password=tracker.databricks_client_secret
    )


def check(tracker: Tracker, say: Say, *, profiles: Callable[[], Iterable[str]] = tuple) -> None:
    """Raise Usage for a tracker that could never reach Databricks; `profiles` are those of this machine."""
    _check_registry_uri(tracker, say)
    _check_client_pair(tracker, say)
    if profile(tracker.tracking_uri):
        _check_profile(tracker, say)
    else:
        _check_host(tracker, say, profiles)
        _check_ways(tracker, say)


def check_elsewhere(tracker: Tracker, say: Say) -> None:
    """Raise Usage for a tracker of another kind that has what only Databricks understands."""
    given = {
        "--registry-uri": tracker.registry_uri,
        "--databricks-host": tracker.databricks_host,
        "--databricks-client-id": tracker.databricks_client_id,
        "--databricks-client-secret": tracker.databricks_client_secret,
    }
    for option, value in given.items():
        if value is not None:
            raise Usage(
                f"{option} only goes with a Databricks tracker",
                cause=f"the URI leads to a {tracker.kind} tracker",
                hint=say(_only_elsewhere(tracker)) + _SECOND,
            )


def _only_elsewhere(tracker: Tracker) -> Tracker:
    return replace(
        tracker, registry_uri=None, databricks_host=None, databricks_client_id=None, databricks_client_secret=None
    )


def _check_registry_uri(tracker: Tracker, say: Say) -> None:
    uri = tracker.registry_uri
    if uri is None:
        return
    if not is_databricks(uri):
        raise Usage(
            f"'{uri}' is no registry of Databricks",
            cause=f"there are {WORKSPACE} (the workspace registry) and {CATALOG} (Unity Catalog)",
            hint=say(replace(tracker, registry_uri=None)) + _SECOND,
        )
    if profile(uri) not in (None, profile(tracker.tracking_uri)):
        raise Usage(
            f"--registry-uri names the profile '{profile(uri)}' and the tracking URI does not",
            cause="credentials go to one host only",
            hint=say(replace(tracker, registry_uri=uri.partition("://")[0])) + _SECOND,
        )


def _check_client_pair(tracker: Tracker, say: Say) -> None:
    pair = (tracker.databricks_client_id, tracker.databricks_client_secret)
    if (pair[0] is None) != (pair[1] is None):
        missing = "--databricks-client-secret" if pair[1] is None else "--databricks-client-id"
        raise Usage(
            "an OAuth client's id and secret only work together",
            cause=f"{missing} is missing",
            hint=say(with_credentials(tracker, *_CLIENT)),
        )


def _check_profile(tracker: Tracker, say: Say) -> None:
    name = profile(tracker.tracking_uri) or ""
    if ":" in name or "/" in name:
        raise Usage(
            f"'{name}' is no profile",
            cause="Databricks' secret scopes in a URI are not supported",
            hint="databricks://PROFILE, a section of ~/.databrickscfg",
        )
    if tracker.databricks_host:
        raise Usage(
            "a profile and --databricks-host exclude each other",
            cause=f"the profile '{name}' brings its own host",
            hint=one_of((say(replace(tracker, databricks_host=None)), say(replace(tracker, tracking_uri=WORKSPACE)))),
        )
    if beside := [*_ways(tracker), *_elsewhere_only(tracker)]:
        raise Usage(
            f"a profile and {beside[0]} exclude each other",
            cause=f"the profile '{name}' brings its own credentials",
            hint=say(with_credentials(tracker)),
        )


def _check_host(tracker: Tracker, say: Say, profiles: Callable[[], Iterable[str]]) -> None:
    where = tracker.databricks_host
    if not where:
        known = [replace(with_credentials(tracker), tracking_uri=f"{WORKSPACE}://{name}") for name in profiles()]
        hosted = tracker if _ways(tracker) else with_credentials(tracker, "tracking_token")
        raise Usage(
            "which Databricks workspace is not said",
            cause="the URI databricks needs a host, or a profile of ~/.databrickscfg",
            hint=one_of(map(say, [replace(hosted, databricks_host="https://WORKSPACE.cloud.databricks.com"), *known])),
        )
    parts = urlsplit(where)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(where))
    if not safe or not parts.hostname or "@" in parts.netloc:
        name = where.rpartition("://")[2].rpartition("@")[2]
        hint = say(replace(tracker, databricks_host=f"https://{name}"))
        raise Usage("--databricks-host is no https:// address", hint=hint)
    if parts.path.strip("/") or parts.query or parts.fragment:
        hint = say(replace(tracker, databricks_host=f"{parts.scheme}://{parts.netloc}"))
        raise Usage("--databricks-host says more than a host", hint=hint)


def _check_ways(tracker: Tracker, say: Say) -> None:
    if refused := _elsewhere_only(tracker):
        raise Usage(
            f"{refused[0]} does not go with Databricks",
            cause="it wants a personal access token or an OAuth client",
            hint=say(with_credentials(tracker, "tracking_token")),
        )
    ways = _ways(tracker)
    if len(ways) > 1:
        raise Usage(
            f"{' and '.join(ways)} exclude each other",
            cause="a tracker has one way of authenticating",
            hint=one_of(say(with_credentials(tracker, *way)) for way in (("tracking_token",), _CLIENT)),
        )
    if not ways:
        raise Usage(
            "how to authenticate is not said",
            cause="Databricks needs exactly one of a token, an OAuth client, or a profile",
            hint=one_of(say(with_credentials(tracker, *way)) for way in (("tracking_token",), _CLIENT)),
        )


def _ways(tracker: Tracker) -> list[str]:
    ways = {
        "--tracking-token": tracker.tracking_token is not None,
        "--databricks-client-id with --databricks-client-secret": tracker.databricks_client_id is not None,
    }
    return [way for way, used in ways.items() if used]


def _elsewhere_only(tracker: Tracker) -> list[str]:
    """The ways of authenticating that other servers have."""
    ways = {
        "--tracking-username": tracker.tracking_username is not None or tracker.tracking_password is not None,
        "--no-auth": tracker.no_auth,
    }
    return [way for way, used in ways.items() if used]
