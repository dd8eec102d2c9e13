"""The files of this machine: models in directories, read, written, gathered beside their place and moved there."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlreg.core import local
from mlreg.core.errors import CheckFailed, Conflict, Failed, SourceNotFound
from mlreg.core.types import File

if sys.platform != "win32":
    import fcntl

PIECE = 1 << 20
_NO_SPACE = "free some space; the same download goes on where it stopped"


def connect() -> "LocalFiles":
    """Open this machine's files."""
    return LocalFiles()


class LocalFiles:
    """Artifacts and Disk where URIs are paths or `file:` URIs."""

    def files(self, uri: str) -> list[File]:
        """Every file below a directory, links followed; raises SourceNotFound, or Failed for what is no file."""
        root = _path(uri)
        if not root.is_dir():
            raise SourceNotFound(f"there is no directory {root}", cause="it is a file" if root.exists() else None)
        with _refusing(f"cannot read {root}"):
            return sorted(_walk(root), key=lambda file: file.path)

    def read(self, uri: str, path: str, start: int = 0) -> Iterator[bytes]:
        """Yield a file's bytes."""
        file = _path(uri) / path
        with _refusing(f"cannot read {file}"), file.open("rb") as opened:
            opened.seek(start)
            while piece := opened.read(PIECE):
                yield piece

    def write(self, uri: str, path: str, pieces: Callable[[], Iterable[bytes]], size: int) -> None:
        """Store a file; one that was there is replaced."""
        file = _path(uri) / path
        with _refusing(f"cannot write {file}"):
            file.unlink(missing_ok=True)
        self.append(uri, path, pieces())

    def append(self, place: str, path: str, pieces: Iterable[bytes]) -> None:
        """Add bytes to a file; directories are made as they are needed."""
        file = _path(place) / path
        with _refusing(f"cannot write {file}"):
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as opened:  # which writes what it still has when it is closed
                opened.writelines(pieces)

    def is_directory(self, path: str) -> bool:
        """Tell whether there is a directory."""
        return _path(path).is_dir()

    @contextmanager
    def gathering(self, target: str, content: str) -> Iterator[str]:
        """A directory beside the target, locked while this process works in it; a note beside says of what it is.

        What is found to be wrong is not taken up again: without the note it is cleared.
        """
        wanted = Path(target).absolute()
        _check_free(wanted)
        staging = wanted.parent / f".{wanted.name}.part"
        with _locked(staging, wanted):
            note = staging.with_name(f"{staging.name}.note")
            with _refusing(f"cannot write to {staging}"):
                if not note.is_file() or note.read_text() != content:
                    _clear(staging)
                    note.write_text(content)
            try:
                yield str(staging)
            except CheckFailed:
                note.unlink()
                raise
            _check_free(wanted)
            with _refusing(f"cannot write {wanted}"):
                note.unlink()
                if wanted.is_dir():
                    wanted.rmdir()
                staging.rename(wanted)


def _walk(root: Path) -> Iterator[File]:
    above: dict[str, frozenset[str]] = {}  # of each directory that is yet to come, where those above it really are
    for directory, below, names in os.walk(root, followlinks=True, onerror=_raise):
        real, ancestors = os.path.realpath(directory), above.pop(directory, frozenset())
        if real in ancestors:
            raise Failed(f"{directory} leads back to a directory above it", cause="a symbolic link goes round")
        above |= {str(Path(directory, name)): ancestors | {real} for name in below}
        below.sort()
        for name in names:
            file = Path(directory) / name
            if not file.is_file():
                raise _no_file(file)
            yield File(path=file.relative_to(root).as_posix(), size=file.stat().st_size)


def _no_file(path: Path) -> Failed:
    if path.is_symlink() and not path.exists():
        return Failed(f"{path} is a broken link", cause=f"there is no {path.readlink()}", hint="mend or remove it")
    return Failed(f"{path} is neither a file nor a directory")


def _path(uri: str) -> Path:
    return Path(local.place(uri) or uri)


def _check_free(wanted: Path) -> None:
    with _refusing(f"cannot read {wanted}"):
        taken = wanted.is_symlink() or (wanted.exists() and (not wanted.is_dir() or any(wanted.iterdir())))
    if taken:
        raise Conflict(
            f"{wanted} is there already", hint="name another one; mlreg model verify tells whether this one is the same"
        )


@contextmanager
def _locked(staging: Path, wanted: Path) -> Iterator[None]:
    """Make the directory and keep other processes from gathering there; the lock goes with the process."""
    with _refusing(f"cannot write to {wanted.parent}"):
        staging.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":  # which locks no directories
        yield
        return
    descriptor = os.open(staging, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not staging.exists():  # whoever had the lock has just moved the directory into its place
            raise BlockingIOError
        yield
    except BlockingIOError:
        raise Conflict(f"another process is downloading to {wanted}", hint="wait for it, or stop it") from None
    finally:
        os.close(descriptor)


def _clear(directory: Path) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _raise(error: OSError) -> None:
    raise error


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """What the disk refuses is told in mlreg's way."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceNotFound(what, cause=error.strerror) from error
    except OSError as error:
        hint = _NO_SPACE if error.errno == errno.ENOSPC else None
        raise Failed(what, cause=error.strerror or str(error), hint=hint) from error
