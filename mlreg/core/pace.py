"""As much at a time as pays: a server with one process does in turns, and slower, what it is asked for at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from mlreg.core import parallel

T = TypeVar("T")
R = TypeVar("R")

Clock = Callable[[], float]

# Not two: both connections to a server of several processes may well lead to the same one.
STEPS: Final = (1, 4, 8, 16, 32, 64)
SAMPLE: Final = 4  # how much work tells, for each that is done at the same time
WORTH: Final = 1.15  # how much quicker the next step must be


def each(work: Callable[[T], R], items: Sequence[T], most: int, clock: Clock) -> Iterator[R]:
    """Yield what `work` makes of each item, in their order.

    It is done one at a time, then four, then eight, never more than `most`; when that is no quicker, it goes on as
    before. What counts is the median, which one slow answer does not move.
    """
    done, best, kept = 0, 0.0, 1
    for jobs in (step for step in STEPS if step <= most):
        took: list[float] = []
        sample = items[done : done + SAMPLE * jobs]
        yield from parallel.each(_timed(work, clock, took), sample, jobs)
        done += len(sample)
        if done == len(items):
            return
        now = jobs / max(sorted(took)[len(took) // 2], 1e-9)
        if now < WORTH * best:
            break
        best, kept = now, jobs
    else:
        kept = most
    yield from parallel.each(work, items[done:], kept)


def _timed(work: Callable[[T], R], clock: Clock, took: list[float]) -> Callable[[T], R]:
    """The same work, which notes how long it takes."""

    def timed(item: T) -> R:
        began = clock()
        result = work(item)
        took.append(clock() - began)
        return result

    return timed
