"""Where mlreg keeps its files: MLREG_HOME, else the XDG directories, else the platform's own.

Completion asks here on every TAB, so that pathlib (8 ms) is only for who wants a Path.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PROJECT_FILE = "mlreg.yaml"


def home(environ: "Mapping[str, str]") -> "Path":
    """The user's home directory, from this environment."""
    return _path(home_directory(environ))


def configuration(environ: "Mapping[str, str]") -> "Path":
    """The directory of components.yaml."""
    return _path(os.path.dirname(component_file(environ)))


def cache(environ: "Mapping[str, str]") -> "Path":
    """The directory of what can be lost."""
    return _path(_cache(environ))


def data(environ: "Mapping[str, str]") -> "Path":
    """The directory of local MLflow stores."""
    return _path(_directory(environ, "XDG_DATA_HOME", ".local/share", windows="LOCALAPPDATA"))


def state(environ: "Mapping[str, str]") -> "Path":
    """The directory of what goes on: running servers, and what a person has been told."""
    return _path(_directory(environ, "XDG_STATE_HOME", ".local/state", windows="LOCALAPPDATA"))


def project_file(here: "Path", home: "Path", notify: "Callable[[str], None]") -> "Path | None":
    """Return the project's file: the nearest one upwards, not beyond the repository or the home directory.

    A file of another user is passed over with a word: whoever can write there must not choose a server for you.
    """
    file = nearest_project_file(str(here), str(home))
    if file and is_foreign(file):
        notify(f"{file} belongs to another user and is ignored")
        return None
    return _path(file) if file else None


def home_directory(environ: "Mapping[str, str]") -> str:
    """The user's home directory as text."""
    return environ.get("USERPROFILE" if sys.platform == "win32" else "HOME") or os.path.expanduser("~")


def component_file(environ: "Mapping[str, str]") -> str:
    """The user's component file."""
    return os.path.join(_directory(environ, "XDG_CONFIG_HOME", ".config", windows="APPDATA"), "components.yaml")


def names(environ: "Mapping[str, str]") -> str:
    """The directory of the names that completion offers."""
    return os.path.join(_cache(environ), "names")


def nearest_project_file(here: str, home: str) -> str | None:
    """The project file that a directory is below of, whoever wrote it."""
    while True:
        file = os.path.join(here, PROJECT_FILE)
        if os.path.isfile(file):
            return file
        above = os.path.dirname(here)
        if here in (home, above) or os.path.exists(os.path.join(here, ".git")):
            return None
        here = above


def is_foreign(file: str) -> bool:
    """Tell whether a file belongs to another user than root or this one."""
    own = getattr(os, "getuid", lambda: 0)()
    return own != 0 and os.stat(file).st_uid not in (own, 0)


def _cache(environ: "Mapping[str, str]") -> str:
    return _directory(environ, "XDG_CACHE_HOME", ".cache", windows="LOCALAPPDATA")


def _directory(environ: "Mapping[str, str]", variable: str, fallback: str, *, windows: str) -> str:
    """An empty or relative XDG variable counts as unset (XDG base directory specification)."""
    own = environ.get("MLREG_HOME")
    if own:
        return os.path.join(os.getcwd(), os.path.expanduser(own))
    named = environ.get(variable, "")
    if named.startswith("/"):
        return os.path.join(named, "mlreg")
    if sys.platform == "win32" and environ.get(windows):
        return os.path.join(environ[windows], "mlreg")
    return os.path.join(home_directory(environ), fallback, "mlreg")


def _path(text: str) -> "Path":
    from pathlib import Path

    return Path(text)
