"""The names that completion offers, kept as text that is quick to read: a row is a line, with tabs between fields.

`components` (one more for each project) has the names in the component files, `models.STACK` those in a registry.
Completion imports this on every TAB: nothing here needs more than os.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = "1"
ENVIRONMENT = "env"
FIELDS = {"active": 2, "tracker": 5, "stack": 5, "secret": 3}  # of each kind of row in `components`


def components_file(folder: str, project: str | None) -> str:
    """Where the names in the user's component file are, with those of a project's laid over it."""
    suffix = "." + project.replace("%", "%25").replace("/", "%2F").replace("\\", "%5C") if project else ""
    return os.path.join(folder, f"components{suffix}")


def models_file(folder: str, stack: str) -> str:
    """Where the names in a stack's registry are."""
    return os.path.join(folder, f"models.{stack}")


def read_components(file: str) -> tuple[str, list[list[str]]]:
    """The identity of the component files that were read, and the rows. A damaged file counts as one that is absent."""
    header, *lines = _lines(file)
    written, _, known = header.partition("\t")
    rows = [line.split("\t") for line in lines]
    if written == FORMAT and all(FIELDS.get(row[0]) == len(row) for row in rows):
        return known, rows
    return identity(None, None), []


def read_models(file: str, server: str) -> tuple[int, list[str], list[str]]:
    """When all models of this very registry were listed, its metrics, and a line of three fields for each model.

    A damaged file counts as one that is absent. The lines stay whole: of ten thousand TAB shows a few.
    """
    try:
        header, metrics, *models = _lines(file)
        written, known, listed = header.split("\t")
        if (written, known) == (FORMAT, server) and {line.count("\t") for line in models} <= {2}:
            return int(listed), [name for name in metrics.split("\t") if name], models
    except ValueError:  # too few lines, too few fields, or no number
        pass
    return 0, [], []


def write(file: str, lines: "Iterable[str]") -> None:
    """Replace a file (0600) whole. Where nothing can be written nothing is kept, and no line is asked for."""
    temporary = f"{file}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write("\n".join(lines).encode())
        os.replace(temporary, file)
    except OSError:
        pass
    finally:
        remove(temporary)


def remove(file: str) -> None:
    """Forget a file, which may be absent."""
    try:  # noqa: SIM105 - contextlib takes 3 ms to import
        os.unlink(file)
    except OSError:
        pass


def identity(*files: str | None) -> str:
    """What changes whenever one of these files does."""
    return " ".join(map(_identity, files))


def server(*parts: str | None) -> str:
    """What tells one registry from another: addresses and what else there is, without credentials."""
    return " ".join(_bare(part) for part in parts if part)


def server_of_environment(environ: "Mapping[str, str]") -> str:
    """The same for MLflow's own variables."""
    variables = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "DATABRICKS_HOST", "MLFLOW_WORKSPACE")
    return server(*(environ.get(name) for name in variables))


def _lines(file: str) -> list[str]:
    try:
        with open(file, "rb") as kept:
            return kept.read().decode().split("\n")
    except (OSError, ValueError):
        return [""]


def _identity(file: str | None) -> str:
    try:
        status = os.stat(file) if file else None
    except OSError:
        status = None
    return f"{status.st_ino}/{status.st_size}/{status.st_mtime_ns}" if status else "-"


def _bare(address: str) -> str:
    """An address without user, password and query; with nothing that a line has no room for."""
    scheme, mark, rest = address.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    bare = f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"
    return bare if bare.isprintable() else ascii(bare)
