"""Databricks: what a tracker there must say, and which of its two registries it means."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal
from urllib.parse import urlsplit

from mlreg.core.addresses import is_loopback
from mlreg.core.errors import Usage
from mlreg.core.types import Tracker

RegistryKind = Literal["unity-catalog", "workspace"]

CATALOG: Final = "databricks-uc"
WORKSPACE: Final = "databricks"


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


def options(tracker: Tracker) -> list[str]:
    """The options that say where a Databricks tracker leads, as they would be typed again."""
    given = {"--databricks-host": tracker.databricks_host, "--registry-uri": tracker.registry_uri}
    return [f"{option}={value}" for option, value in given.items() if value]


def login(tracker: Tracker) -> Tracker:
    """The tracker as the token endpoint knows it: the OAuth client's id and secret are a username and password."""
    return replace(
        tracker, tracking_username=tracker.databricks_client_id, tracking_password=tracker.databricks_client_secret
    )


def check(tracker: Tracker, profiles: Iterable[str] = ()) -> None:
    """Raise Usage for a tracker that could never reach Databricks, or that is no Databricks and says so.

    `profiles` are those of this machine, for the hint.
    """
    if tracker.kind != "databricks":
        _check_elsewhere(tracker)
        return
    _check_registry_uri(tracker)
    _check_client_pair(tracker)
    if profile(tracker.tracking_uri):
        _check_profile(tracker)
    else:
        _check_host(tracker, profiles)
        _check_ways(tracker)


def _check_elsewhere(tracker: Tracker) -> None:
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
                hint=f"use the URI databricks, or leave {option} out; a registry elsewhere is a tracker of its own: "
                "mlreg stack register NAME -t TRACKER -r OTHER",
            )


def _check_registry_uri(tracker: Tracker) -> None:
    uri = tracker.registry_uri
    if uri is None:
        return
    if not is_databricks(uri):
        raise Usage(
            f"'{uri}' is no registry of Databricks",
            cause=f"there are {WORKSPACE} (the workspace registry) and {CATALOG} (Unity Catalog)",
            hint=f"--registry-uri {WORKSPACE}; a registry elsewhere is a tracker of its own: "
            "mlreg stack register NAME -t TRACKER -r OTHER",
        )
    if profile(uri) not in (None, profile(tracker.tracking_uri)):
        raise Usage(
            f"--registry-uri names the profile '{profile(uri)}' and the tracking URI does not",
            cause="credentials go to one host only",
            hint="leave the profile out there, or register a second tracker and combine them: "
            "mlreg stack register NAME -t TRACKER -r OTHER",
        )


def _check_client_pair(tracker: Tracker) -> None:
    pair = (tracker.databricks_client_id, tracker.databricks_client_secret)
    if (pair[0] is None) != (pair[1] is None):
        missing = "--databricks-client-secret" if pair[1] is None else "--databricks-client-id"
        raise Usage("an OAuth client's id and secret only work together", hint=f"add {missing}={{{{NAME.key}}}}")
    if any(value is not None and not value for value in pair):
        raise Usage("a credential is empty", hint="give a value, or leave the option out")


def _check_profile(tracker: Tracker) -> None:
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
            hint="leave --databricks-host out, or use the URI databricks",
        )
    if beside := [*_ways(tracker), *_elsewhere_only(tracker)]:
        raise Usage(
            f"a profile and {beside[0]} exclude each other",
            cause=f"the profile '{name}' brings its own credentials",
            hint=f"leave {beside[0]} out, or use the URI databricks with --databricks-host",
        )


def _check_host(tracker: Tracker, profiles: Iterable[str]) -> None:
    where = tracker.databricks_host
    if not where:
        known = ", ".join(f"databricks://{name}" for name in profiles)
        raise Usage(
            "which Databricks workspace is not said",
            cause="the URI databricks needs a host, or a profile of ~/.databrickscfg",
            hint="add --databricks-host https://..." + (f", or use one of {known}" if known else ""),
        )
    parts = urlsplit(where)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(where))
    if not safe or not parts.hostname or "@" in parts.netloc:
        raise Usage("--databricks-host is no https:// address", hint="--databricks-host https://HOST")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Usage(
            "--databricks-host says more than a host", hint=f"--databricks-host {parts.scheme}://{parts.netloc}"
        )


def _check_ways(tracker: Tracker) -> None:
    if refused := _elsewhere_only(tracker):
        raise Usage(
            f"{refused[0]} does not go with Databricks",
            cause="it wants a personal access token or an OAuth client",
            hint="use --tracking-token={{NAME.token}}",
        )
    ways = _ways(tracker)
    if len(ways) > 1:
        raise Usage(f"{' and '.join(ways)} exclude each other", hint="keep one way of authenticating")
    if not ways:
        raise Usage(
            "how to authenticate is not said",
            cause="Databricks needs exactly one of a token, an OAuth client, or a profile",
            hint="add --tracking-token={{NAME.token}}, or --databricks-client-id={{NAME.client_id}} "
            "--databricks-client-secret={{NAME.client_secret}}, or use the URI databricks://PROFILE",
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
