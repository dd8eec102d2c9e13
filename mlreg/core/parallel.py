"""Several pieces of work at the same time, on threads: for what waits for a server or a disk."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

JOBS = 8


def each(work: Callable[[T], R], items: Iterable[T], jobs: int = JOBS) -> Iterator[R]:
    """Yield what `work` makes of each item, in their order, `jobs` at a time.

    The first failure is raised in its turn; what has not begun by then is not begun.
    """
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="mlreg")
    futures = deque(pool.submit(work, item) for item in items)
    try:
        while futures:
            yield futures.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        futures.clear()  # else a failure and the frames that it went through would keep each other


def both(first: Callable[[], T], second: Callable[[], R]) -> tuple[T, R]:
    """Return what two pieces of work make, done at the same time; the first one's failure is the one that is raised."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(second)
        mine = first()
        return mine, other.result()
