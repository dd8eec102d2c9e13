"""Where mlreg keeps its files: MLREG_HOME, else the XDG directories, else the platform's own."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

PROJECT_FILE = "mlreg.yaml"


def home(environ: Mapping[str, str]) -> Path:
    """The user's home directory, from this environment."""
    given = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return Path(given) if given else Path.home()


def configuration(environ: Mapping[str, str]) -> Path:
    """The directory of components.yaml."""
    return _directory(environ, "XDG_CONFIG_HOME", ".config", windows="APPDATA")


def cache(environ: Mapping[str, str]) -> Path:
    """The directory of what can be lost."""
    return _directory(environ, "XDG_CACHE_HOME", ".cache", windows="LOCALAPPDATA")


def data(environ: Mapping[str, str]) -> Path:
    """The directory of local MLflow stores."""
    return _directory(environ, "XDG_DATA_HOME", ".local/share", windows="LOCALAPPDATA")


def project_file(here: Path, home: Path, notify: Callable[[str], None]) -> Path | None:
    """Return the project's file: the nearest one upwards, not beyond the repository or the home directory.

    A file of another user is passed over with a word: whoever can write there must not choose a server for you.
    """
    for directory in (here, *here.parents):
        file = directory / PROJECT_FILE
        if file.is_file():
            if _foreign(file):
                notify(f"{file} belongs to another user and is ignored")
                return None
            return file
        if directory == home or (directory / ".git").exists():
            return None
    return None


def _foreign(file: Path) -> bool:
    own = getattr(os, "getuid", lambda: 0)()
    return own != 0 and file.stat().st_uid not in (own, 0)


def _directory(environ: Mapping[str, str], variable: str, fallback: str, *, windows: str) -> Path:
    """An empty or relative XDG variable counts as unset (XDG base directory specification)."""
    own = environ.get("MLREG_HOME")
    if own:
        return Path(own).expanduser().absolute()
    named = environ.get(variable, "")
    if named.startswith("/"):
        return Path(named) / "mlreg"
    if sys.platform == "win32" and environ.get(windows):
        return Path(environ[windows]) / "mlreg"
    return home(environ) / fallback / "mlreg"
