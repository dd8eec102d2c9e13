"""The files of a model: where a version has them, which names are safe here, and one digest for all of them."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from mlreg.core import parallel
from mlreg.core.errors import NotMlflow, SourceNotFound
from mlreg.core.ports import Artifacts, Disk, Meter, Registry, Tracking
from mlreg.core.records import dataclass
from mlreg.core.types import File

# Opens the store that a URI leads to.
Storage = Callable[[str], Artifacts]

DIGEST = "mlreg_digest"  # the tag; its letters are the ones that every registry takes, Unity Catalog's too
NOT_OF_THE_MODEL = "registered_model_meta"  # MLflow's client writes it beside what it has downloaded

MODEL_ID = re.compile(r"models:/+(m-[0-9a-f]{32})")
_IN_RUN = re.compile(r"runs:/+([^/]+)/(.+)")
_OF_VERSION = re.compile(r"models:/+([^/]+)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a transfer works with. A transfer that only pretends reads everything and writes nothing."""

    registry: Registry
    tracking: Tracking
    storage: Storage
    disk: Disk
    meter: Meter
    jobs: int = parallel.JOBS
    pretend: bool = False


def uri_of(registry: Registry, tracking: Tracking, name: str, number: int) -> str:
    """Return the URI of a version's files, followed to where they really are; raises SourceNotFound."""
    uri = registry.artifact_uri(name, number)
    for _ in range(10):
        followed = _follow(registry, tracking, uri)
        if followed == uri:
            return uri
        uri = followed
    raise SourceNotFound(f"the source of {name}/{number} leads round in a circle", cause=uri)


def resolve(registry: Registry, tracking: Tracking, source: str) -> str:
    """Return the URI of a source's files, followed to where they really are."""
    while (followed := _follow(registry, tracking, source)) != source:
        source = followed
    return source


def _follow(registry: Registry, tracking: Tracking, uri: str) -> str:
    """One step: a logged model, a run or another version say where their files are."""
    if match := MODEL_ID.fullmatch(uri):
        return tracking.get_logged_model(match[1]).artifact_uri
    if match := _IN_RUN.fullmatch(uri):
        return f"{tracking.get_run(match[1]).artifact_uri.rstrip('/')}/{match[2]}"
    if match := _OF_VERSION.fullmatch(uri):
        return registry.artifact_uri(match[1], int(match[2]))
    return uri


def listed(artifacts: Artifacts, uri: str) -> list[File]:
    """List the files below a URI; raises SourceNotFound when there are none.

    A name that would leave the directory it is written to raises NotMlflow: the server is not to be trusted with that.
    """
    found = [file for file in artifacts.files(uri) if file.path != NOT_OF_THE_MODEL]
    if not found:
        raise SourceNotFound(f"there are no files at {uri}")
    for file in found:
        if file.path.startswith("/") or ".." in file.path.split("/") or "\0" in file.path:
            raise NotMlflow("a file would be written outside of its directory", cause=f"it is called {file.path!r}")
    return found


def hashed(artifacts: Artifacts, uri: str, file: File, moved: Callable[[int], None] = lambda _: None) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    for piece in artifacts.read(uri, file.path):
        digest.update(piece)
        moved(len(piece))
    return digest.hexdigest()


def content_digest(
    artifacts: Artifacts, uri: str, files: Sequence[File], moved: Callable[[int], None] = lambda _: None
) -> str:
    """Return one digest for all these files: the SHA-256 of what `sha256sum` prints for them, sorted by path."""
    return combined(all_hashed(artifacts, uri, files, moved))


def all_hashed(
    artifacts: Artifacts, uri: str, files: Sequence[File], moved: Callable[[int], None] = lambda _: None
) -> dict[File, str]:
    """Return the SHA-256 of each of these files."""
    return dict(zip(files, parallel.each(partial(hashed, artifacts, uri, moved=moved), files), strict=True))


def combined(hashes: Mapping[File, str]) -> str:
    """Return one digest from those of the files."""
    by_path = ((file.path, text) for file, text in hashes.items())
    lines = "".join(f"{text}  {path}\n" for path, text in sorted(by_path))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"
