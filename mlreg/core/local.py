"""Local stores by their URIs: what a path means, where a tracker without URI keeps its models, what is on disk."""

import re
from os.path import normpath
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from mlreg.core.errors import Usage

_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:|databricks(-uc)?$", re.IGNORECASE)
# In a URI these mean something else, and what they mean differs between versions of what MLflow is built on.
_NOT_IN_URIS = re.compile(r"[?#]|%[0-9A-Fa-f]{2}")
_DATABASE_FILES = (".db", ".sqlite", ".sqlite3")


def absolute_uri(uri: str, here: str) -> str:
    """Return a tracking URI that means the same from every directory; `here` is the one it was typed in.

    A path is what it is to MLflow: a database file by its ending, else the directory of a file store.
    """
    scheme, colon, rest = uri.partition(":")
    if not is_path(uri):
        uri = f"{scheme.lower()}{colon}{rest}"
    if uri.startswith("sqlite:///") and not uri.startswith("sqlite:////"):
        path = uri.removeprefix("sqlite:///")
        return f"sqlite:///{path if _WINDOWS_DRIVE.match(path) else _joined(here, path)}"
    if uri.startswith("file:"):
        return f"file://{_joined(here, _file_path(uri))}"
    if not is_path(uri):
        return uri
    path = _joined(here, uri)
    return f"sqlite:///{path}" if is_database_file(path) else f"file://{path}"


def check(uri: str, here: str) -> None:
    """Raise Usage for a store, typed in this directory, whose path no URI can say such that it means that path."""
    path = _file_path(uri) if uri.lower().startswith("file:") else uri if is_path(uri) else place(uri)
    found = path is not None and _NOT_IN_URIS.search(_joined(here, path))
    if found:
        raise Usage(
            f"there can be no store at {_joined(here, str(path))}",
            cause=f"MLflow knows stores by URIs, where {found[0]} means something else",
            hint="a place without it; the default one is below MLREG_HOME, else XDG_DATA_HOME",
        )


def is_path(uri: str) -> bool:
    """Tell a path from a URI."""
    return bool(_WINDOWS_DRIVE.match(uri)) or not _URI.match(uri)


def is_database_file(path: str) -> bool:
    """Tell by its ending whether a path is a database, not the directory of a file store."""
    return path.endswith(_DATABASE_FILES)


def absolute_place(uri: str, here: str) -> str:
    """Return where artifacts go such that it means the same from every directory; a path stays a path."""
    if uri.lower().startswith("file:"):
        return f"file://{_joined(here, _file_path(uri))}"
    return _joined(here, uri) if is_path(uri) else uri


def default_uri(data_directory: str, tracker: str) -> str:
    """Return the store of a tracker that was given no URI: a database in mlreg's data directory; raises Usage."""
    check(data_directory, data_directory)
    return f"sqlite:///{PurePath(data_directory, 'stores', tracker, 'mlflow.db')}"


def place(uri: str) -> str | None:
    """Return the file or directory that a local store is in; None for a database server."""
    if uri.startswith("sqlite:///"):
        return uri.removeprefix("sqlite:///").partition("?")[0]
    if uri.lower().startswith("file:"):
        return unquote(urlsplit(uri).path)
    return uri if is_path(uri) else None


def artifact_root(uri: str) -> str | None:
    """Return where a new local store keeps its artifacts: beside its database, as a `file:` URI."""
    where = place(uri)
    if where is None or not uri.startswith("sqlite:"):
        return None
    return f"file://{PurePath(where).parent / 'artifacts'}"


def _file_path(uri: str) -> str:
    return unquote(re.sub(r"(?i)^file:(//)?", "", uri))


def _joined(here: str, path: str) -> str:
    return normpath(PurePath(here, path))
