"""Where mlreg keeps its files: MLREG_HOME, else the XDG directories, else the platform's own."""

import sys
from collections.abc import Mapping
from pathlib import Path


def home(environ: Mapping[str, str]) -> Path:
    """The user's home directory, from this environment."""
    given = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return Path(given) if given else Path.home()


def configuration(environ: Mapping[str, str]) -> Path:
    """The directory of components.yaml."""
    return _directory(environ, "XDG_CONFIG_HOME", ".config", windows="APPDATA")


def data(environ: Mapping[str, str]) -> Path:
    """The directory of local MLflow stores."""
    return _directory(environ, "XDG_DATA_HOME", ".local/share", windows="LOCALAPPDATA")


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
