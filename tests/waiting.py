"""Waiting with a deadline: until(condition) polls, exclusive(path) holds a lock between processes."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T | None], seconds: float, failure: Callable[[], str]) -> T:
    """Poll until the condition gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s: {failure()}")
        time.sleep(0.02)
    return found


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the file's lock; the kernel lets it go if this process dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def unlocked(path: Path) -> bool:
    """Tell whether nobody holds the file's lock."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
