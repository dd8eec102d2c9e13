"""The component file: read without a lock, changed under one, and replaced whole, so that no reader sees a part."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mlreg.adapters import snapshot
from mlreg.core.credentials import holds_literals
from mlreg.core.entries import read_components
from mlreg.core.errors import StoreBroken, StoreNotWritable
from mlreg.core.ports import Edit
from mlreg.core.records import dataclass
from mlreg.core.types import Components

if TYPE_CHECKING:
    from mlreg.adapters.yaml_text import Document

_VERSION = 1
_HINTS = {
    errno.ENOSPC: "free some space and try again",
    errno.EDQUOT: "free some space and try again",
}


@dataclass(frozen=True, slots=True)
class YamlStore:
    """A ComponentStore in one YAML file. `snapshot` is where what it says may be kept for the next reader."""

    path: Path
    lock_s: float = 10.0
    snapshot: Path | None = None

    def read(self) -> Components:
        kept = snapshot.load(self.snapshot, self.path) if self.snapshot else None
        if kept is not None:
            return read_components(kept, str(self.path))
        status = self.path.stat() if self.snapshot and self.path.is_file() else None
        text = self._text()
        if not text:
            return Components()
        document = self._document(text)
        components = self._components(document)
        if self.snapshot and status and not holds_literals(components):
            snapshot.save(self.snapshot, self.path, status, document.data)
        return components

    def edit(self, change: Callable[[Components], Edit]) -> None:
        # A link to the file stays a link, and all who come through links share one lock.
        target = Path(os.path.realpath(self.path))
        with ExitStack() as held:
            with _as_not_writable(target):
                held.enter_context(_sole_writer(target, self.lock_s))
            document = self._document(self._text())
            edit = change(self._components(document))
            edited = self._edited(document, edit) if edit else document.text
            if edited != document.text:
                with _as_not_writable(target):
                    _replace(target, edited.encode())

    def _text(self) -> str:
        if self.path.exists() and not self.path.is_file():  # a pipe would be waited for
            raise StoreBroken(f"{self.path} is no file", hint="move it away")
        try:
            with self.path.open("rb") as file:
                from mlreg.adapters.yaml_text import MAX_SIZE

                return file.read(MAX_SIZE + 1).decode()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise StoreBroken(
                f"{self.path} cannot be read", cause=error.strerror, hint="make it readable for you"
            ) from error
        except UnicodeDecodeError as error:
            cause = f"it is not UTF-8, from byte {error.start} on"
            raise StoreBroken(f"{self.path} cannot be read", cause=cause, hint="save it as UTF-8") from None

    def _document(self, text: str) -> "Document":
        from mlreg.adapters.yaml_text import parse

        return parse(text, str(self.path))

    def _components(self, document: "Document") -> Components:
        return read_components(document.data, str(self.path))

    def _edited(self, document: "Document", edit: Edit) -> str:
        version = document.data.get("version")
        if version not in (_VERSION, None):
            raise StoreBroken(
                f"{self.path} is read-only for this mlreg",
                cause=f"it was written by a newer mlreg, as version {version}; this one writes version {_VERSION}",
                hint="upgrade mlreg",
            )
        return document.edited(edit if document.data else {("version",): _VERSION, **edit})


@contextmanager
def _sole_writer(target: Path, lock_s: float) -> Iterator[None]:
    from mlreg.adapters.file_lock import locked

    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(target.with_name(f"{target.name}.lock"), lock_s):
        yield


@contextmanager
def _as_not_writable(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "make it writable for you, or let MLREG_HOME name a directory that is")
        raise StoreNotWritable(f"{target} cannot be written", cause=error.strerror, hint=hint) from error


def _replace(target: Path, content: bytes) -> None:
    import tempfile

    prefix = f".{target.name}."
    for abandoned in target.parent.glob(f"{prefix}*.tmp"):
        abandoned.unlink(missing_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    # The new file is in place already; not every file system and no Windows can sync a directory.
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
