"""Bringing a directory of this machine to where the server keeps files: in parallel, and looked at afterwards."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from mlreg.core import parallel
from mlreg.core.errors import CheckFailed, MlregError, Usage
from mlreg.core.models.download import counted
from mlreg.core.models.files import Means, all_hashed, listed
from mlreg.core.types import File, Stack, Upload

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def hashed_here(means: Means, directory: str) -> dict[File, str]:
    """Return the files of a directory and their hashes.

    Raises SourceNotFound where there are none, Usage for a name that not every system and server can have.
    """
    files = listed(means.disk, directory)
    for file in files:
        if _ODD.search(file.path):
            raise Usage(
                f"the file {file.path!r} cannot be uploaded",
                cause="its name has control characters, or is not UTF-8 text",
                hint="rename it",
            )
    return all_hashed(means.disk, directory, files)


def upload(means: Means, directory: str, hashes: Mapping[File, str], name: str, stack: Stack) -> Upload:
    """Store files, as they were hashed, as a new model in the stack's experiment, and see that the server has them all.

    What was begun and did not succeed is marked as failed there. Raises CheckFailed when a file has changed since, or
    is missing there after all.
    """
    place = means.tracking.open_upload(stack.experiment, name, stack.artifact_store)
    try:
        _send(means, directory, hashes, place.uri)
    except BaseException:
        with suppress(MlregError):
            means.tracking.close_upload(place, complete=False)
        raise
    means.tracking.close_upload(place, complete=True)
    return place


def _send(means: Means, directory: str, files: Mapping[File, str], uri: str) -> None:
    artifacts = means.storage(uri)
    means.meter.expect(sum(file.size for file in files), "uploading")

    def send(file: File) -> None:

        def pieces() -> Iterator[bytes]:
            return counted(_same(means.disk.read(directory, file.path), file, files[file]), means.meter)

        try:
            artifacts.write(uri, file.path, pieces, file.size)
        except Usage as error:
            hint = "rename the file; MLflow refuses '%', '#' and the like in the names of files"
            raise Usage(f"the server does not take the file '{file.path}'", cause=error.cause, hint=hint) from error

    for _ in parallel.each(send, files, means.jobs):
        pass
    arrived = set(listed(artifacts, uri))
    lost = [file.path for file in files if file not in arrived]
    if lost:
        raise CheckFailed(
            "not all files have arrived as they are",
            cause=f"{', '.join(lost[:5])} {'is' if len(lost) == 1 else 'are'} missing there, or of another size",
            hint="try again; nothing was registered",
        )


def _same(pieces: Iterable[bytes], file: File, expected: str) -> Iterator[bytes]:
    """Pass on a file's bytes, never more than its size; raises CheckFailed where they are not those that were hashed.

    It is raised before the server has had all of a shorter file: it would wait for the rest.
    """
    digest, left = hashlib.sha256(), file.size
    for piece in pieces:
        wanted = piece[:left]
        digest.update(wanted)
        left -= len(wanted)
        yield wanted
        if not left:
            break
    if digest.hexdigest() != expected:
        raise CheckFailed(
            f"{file.path} changed while it was uploaded; nothing was registered",
            hint="try again when nobody writes there any more",
        )
