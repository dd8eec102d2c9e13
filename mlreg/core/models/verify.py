"""Whether a directory holds the very bytes of a version: file by file, and what cannot be told is said."""

from collections.abc import Iterator, Sequence
from typing import Literal

from mlreg.core import parallel
from mlreg.core.errors import CannotTell, CheckFailed, MlregError
from mlreg.core.models.browse import locate
from mlreg.core.models.files import NOT_OF_THE_MODEL, Means, hashed, listed, uri_of
from mlreg.core.ports import Artifacts
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import File

State = Literal["same", "different", "missing", "extra", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What became of one file: `missing` is not in the directory, `extra` is not in the version."""

    path: str
    state: State
    size: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """The version that was compared, and its files."""

    ref: str
    files: Sequence[Compared]
    notes: tuple[str, ...] = ()

    @property
    def exit(self) -> int:
        """0 when all is the same, 8 when something differs, 9 when nothing does but something cannot be told."""
        states = {file.state for file in self.files}
        if states - {"same", "unknown"}:
            return CheckFailed.exit
        return CannotTell.exit if "unknown" in states else 0


def verify(means: Means, ref: ModelRef, directory: str) -> Verified:
    """Compare the files below a directory with those of the version that a reference names, byte for byte.

    Raises CannotTell when the version's files cannot be listed, SourceNotFound when there is no such directory, and
    what locate raises.
    """
    here = {file.path: file for file in means.disk.files(directory) if file.path != NOT_OF_THE_MODEL}
    found = locate(means.registry, ref)
    name, number = found.model.name, found.number
    means.registry.get_version(name, number)
    artifacts, uri, files = _listed(means, name, number)
    means.meter.expect(sum(file.size for file in files), "comparing")

    def compare(file: File) -> Compared:
        return _compared(means, artifacts, uri, file, directory, here.get(file.path))

    compared = [*parallel.each(compare, files, means.jobs), *_extra(here, files)]
    return Verified(f"{name}/{number}", sorted(compared, key=lambda item: item.path), found.notes)


def _listed(means: Means, name: str, number: int) -> tuple[Artifacts, str, list[File]]:
    try:
        uri = uri_of(means.registry, means.tracking, name, number)
        artifacts = means.storage(uri)
        return artifacts, uri, listed(artifacts, uri)
    except MlregError as error:
        message = f"the files of {name}/{number} cannot be listed"
        raise CannotTell(message, cause=_brief(error), hint=error.hint) from error


def _compared(means: Means, artifacts: Artifacts, uri: str, file: File, directory: str, here: File | None) -> Compared:
    if here is None:
        return Compared(path=file.path, state="missing", size=file.size)
    if here.size != file.size:
        detail = f"{here.size} bytes here, {file.size} in the version"
        return Compared(path=file.path, state="different", size=file.size, detail=detail)
    try:
        same = hashed(artifacts, uri, file, means.meter.add) == hashed(means.disk, directory, here)
    except MlregError as error:
        return Compared(path=file.path, state="unknown", size=file.size, detail=_brief(error))
    return Compared(path=file.path, state="same" if same else "different", size=file.size)


def _extra(here: dict[str, File], files: Sequence[File]) -> Iterator[Compared]:
    known = {file.path for file in files}
    return (Compared(path=path, state="extra", size=file.size) for path, file in here.items() if path not in known)


def _brief(error: MlregError) -> str:
    return f"{error.message} ({error.cause})" if error.cause else error.message


def summary(found: Verified) -> str:
    """How many files are how, in words."""
    states = [file.state for file in found.files]
    if set(states) <= {"same"}:
        return f"the same {len(states)} files"
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
