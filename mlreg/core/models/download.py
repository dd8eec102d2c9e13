"""Bringing a version's files to this machine: in parallel, taken up where it broke off, in place only when complete."""

from collections.abc import Iterable, Iterator
from functools import partial

from mlreg.core import parallel
from mlreg.core.errors import CheckFailed, Usage
from mlreg.core.models.browse import locate
from mlreg.core.models.files import DIGEST, Means, content_digest, listed, uri_of
from mlreg.core.ports import Artifacts, Disk, Meter
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import File, Outcome

_ANEW = "run the command again: it fetches all files anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A version whose files are on this machine now."""

    name: str
    version: int
    uri: str
    path: str
    files: int
    size: int
    outcome: Outcome


def download(means: Means, ref: ModelRef, target: str) -> Downloaded:
    """Download the version that a reference names to a directory, which must not be there yet, or be empty.

    Raises Conflict when it is, CheckFailed when the bytes are not those that were registered (the next
    time all of them are fetched anew), and what locate raises.
    """
    if not target:
        raise Usage("the directory to download to has no name", hint=f"mlreg model download {quoted(ref)} ./model")
    found = locate(means.registry, ref)
    version = means.registry.get_version(found.model.name, found.number)
    uri = uri_of(means.registry, means.tracking, version.name, version.number)
    artifacts = means.storage(uri)
    files = listed(artifacts, uri)
    if not means.pretend:
        with means.disk.gathering(target, f"{version.ref} {uri}\n") as place:
            _gather(means, artifacts, uri, files, place)
            _check(means.disk, place, files, version.tags.get(DIGEST), version.ref)
    return Downloaded(
        name=version.name,
        version=version.number,
        uri=uri,
        path=target,
        files=len(files),
        size=sum(file.size for file in files),
        outcome=Outcome(said=f"downloaded {version.ref} to {target} ({len(files)} files)", notes=found.notes),
    )


def _gather(means: Means, artifacts: Artifacts, uri: str, files: list[File], place: str) -> None:
    """Fetch what is not there yet; of a file that was broken off, the rest."""
    disk, meter = means.disk, means.meter
    there = {file.path: file.size for file in disk.files(place)}
    meter.expect(sum(file.size for file in files), "downloading")

    def fetch(file: File) -> None:
        start = there.get(file.path, 0)
        meter.add(min(start, file.size))
        if start < file.size:
            disk.append(place, file.path, counted(artifacts.read(uri, file.path, start), meter))
        elif start > file.size or file.path not in there:
            disk.write(place, file.path, partial(artifacts.read, uri, file.path), file.size)

    for _ in parallel.each(fetch, files, means.jobs):
        pass


def counted(pieces: Iterable[bytes], meter: Meter) -> Iterator[bytes]:
    """Pass bytes on and tell how many."""
    for piece in pieces:
        meter.add(len(piece))
        yield piece


def _check(disk: Disk, place: str, files: list[File], registered: str | None, ref: str) -> None:
    """Raise CheckFailed unless everything is there, byte for byte where the registry knows what was registered."""
    there = disk.files(place)
    wrong = sorted({file.path for file in {*there} ^ {*files}})
    if wrong:
        cause = f"{', '.join(wrong[:5])} {'has' if len(wrong) == 1 else 'have'} another size than the server says"
        raise CheckFailed(f"the files of {ref} did not arrive as they are", cause=cause, hint=_ANEW)
    if registered and content_digest(disk, place, there) != registered:
        raise CheckFailed(
            f"the files of {ref} are not the ones that were registered",
            cause=f"their digest is not the one in its tag {DIGEST}",
            hint=_ANEW,
        )
