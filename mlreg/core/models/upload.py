"""Bringing a directory of this machine to where the server keeps files: in parallel, and looked at afterwards."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from mlreg.core import parallel
from mlreg.core.errors import CheckFailed, MlregError, Usage
from mlreg.core.models.download import counted
from mlreg.core.models.files import Means, content_digest, listed
from mlreg.core.types import File, Stack, Upload


def digest_here(means: Means, directory: str) -> tuple[list[File], str]:
    """Return the files of a directory and their digest; raises SourceNotFound where there are none."""
    files = listed(means.disk, directory)
    return files, content_digest(means.disk, directory, files)


def upload(means: Means, directory: str, files: Sequence[File], name: str, stack: Stack) -> Upload:
    """Store these files as a new model in the stack's experiment, and see that the server has all of them.

    What was begun and did not succeed is marked as failed there. Raises CheckFailed when files are missing after all.
    """
    place = means.tracking.open_upload(stack.experiment, name, stack.artifact_store)
    try:
        _send(means, directory, files, place.uri)
    except BaseException:
        with suppress(MlregError):
            means.tracking.close_upload(place, complete=False)
        raise
    means.tracking.close_upload(place, complete=True)
    return place


def _send(means: Means, directory: str, files: Sequence[File], uri: str) -> None:
    artifacts = means.storage(uri)
    means.meter.expect(sum(file.size for file in files), "uploading")

    def send(file: File) -> None:
        pieces = partial(means.disk.read, directory, file.path)
        try:
            artifacts.write(uri, file.path, lambda: counted(pieces(), means.meter), file.size)
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
