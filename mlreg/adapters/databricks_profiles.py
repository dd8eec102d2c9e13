"""The profiles in ~/.databrickscfg, and which of them mlreg can use over REST."""

import configparser
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from mlreg.core import databricks
from mlreg.core.errors import ComponentNotFound, Failed, did_you_mean
from mlreg.core.secret import Secret
from mlreg.core.types import Tracker

Profile = Mapping[str, str]

# As Databricks' unified authentication calls them; a profile that names no type is what its fields make it.
_PAT: Final = "pat"
_M2M: Final = "oauth-m2m"


def names(environ: Mapping[str, str], home: Path) -> list[str]:
    """The names of this machine's profiles; none where there is no readable file."""
    try:
        return list(_read(_file(environ, home)))
    except Failed:
        return []


def resolved(tracker: Tracker, environ: Mapping[str, str], home: Path) -> Tracker | None:
    """Return the tracker with its profile's host and credentials in place of the profile.

    None when only Databricks' own SDK can authenticate there: a browser, a cloud's command line, ... Raises
    ComponentNotFound for a profile that does not exist.
    """
    name = databricks.profile(tracker.tracking_uri)
    if name is None:
        known = tracker.databricks_host and tracker.auth in ("token", "oauth-m2m")
        return tracker if known else None
    file = _file(environ, home)
    profiles = _read(file)
    if name not in profiles:
        near = did_you_mean(name, profiles)
        raise ComponentNotFound(
            f"there is no profile '{name}' in {file}", hint=near or f"databricks configure --profile {name}"
        )
    return _with_profile(tracker, profiles[name])


def _with_profile(tracker: Tracker, profile: Profile) -> Tracker | None:
    kind = profile.get("auth_type") or (_PAT if profile.get("token") else _M2M)
    where = profile.get("host")
    if kind == _PAT and where and profile.get("token"):
        return replace(tracker, databricks_host=databricks.host(where), tracking_token=Secret(profile["token"]))
    if kind == _M2M and where and profile.get("client_id") and profile.get("client_secret"):
        return replace(
            tracker,
            databricks_host=databricks.host(where),
            databricks_client_id=Secret(profile["client_id"]),
            databricks_client_secret=Secret(profile["client_secret"]),
        )
    return None


def _file(environ: Mapping[str, str], home: Path) -> Path:
    named = environ.get("DATABRICKS_CONFIG_FILE")
    return Path(named).expanduser() if named else home / ".databrickscfg"


def _read(file: Path) -> dict[str, Profile]:
    """Every section, DEFAULT as one like the others; raises Failed, which quotes no line of the file."""
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        raise Failed(f"cannot read {file}", cause=type(error).__name__) from None
    return {name: dict(parser[name]) for name in parser.sections()}
