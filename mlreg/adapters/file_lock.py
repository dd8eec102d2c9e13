"""A lock between processes: held on a file of its own, waited for without polling, freed by the system on a crash."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mlreg.core.errors import StoreLocked

if TYPE_CHECKING:
    from concurrent.futures import Future

if sys.platform == "win32":
    import msvcrt

    # Windows keeps others from reading what is locked, so the byte is far behind the holder's number.
    _LOCKED_BYTE = 1 << 30

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        with suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            return True
        return False

    def _await_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        while True:
            # It gives up by itself after ten seconds.
            with suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _await_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


@contextmanager
def locked(path: Path, timeout_s: float = 10.0) -> Iterator[None]:
    """Hold the lock on `path`, a file (0600) that is made if need be and never deleted.

    Raises StoreLocked naming the process that holds it longer than `timeout_s`, and OSError when there can be no lock.
    """
    descriptor = _acquire(path, timeout_s)
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path, timeout_s: float) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _try_lock(descriptor):
            return descriptor
    except OSError:
        os.close(descriptor)
        raise
    _wait(path, descriptor, timeout_s)
    return descriptor


def _wait(path: Path, descriptor: int, timeout_s: float) -> None:
    # Imported here because it brings logging along, and hardly anybody ever waits.
    from concurrent.futures import Future
    from concurrent.futures import TimeoutError as NotYet

    waiting: Future[None] = Future()
    threading.Thread(target=_take, args=(descriptor, waiting), daemon=True).start()
    with suppress(NotYet):
        waiting.result(timeout_s)
    if waiting.cancel():
        raise _locked(path, timeout_s)


def _take(descriptor: int, waiting: "Future[None]") -> None:
    """Take the lock whenever it comes; if the one who waited has gone by then, give it back."""
    _await_lock(descriptor)
    if waiting.set_running_or_notify_cancel():
        waiting.set_result(None)
    else:
        os.close(descriptor)


def _locked(path: Path, timeout_s: float) -> StoreLocked:
    holder = path.read_text("ascii", "replace").strip()
    return StoreLocked(
        f"{path} is locked",
        cause=f"process {holder or 'unknown'} has held it for more than {timeout_s:g} s",
        hint="let that process finish, or end it, and try again",
    )
