"""Work is done as much at a time as pays, by a clock that the work itself moves on."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from mlreg.core import pace

WAIT_S = 20


class Worker:
    """Work that takes as long as `cost` says of an item, and counts how much of it goes on at the same time.

    What comes last is done only when `together` of it have begun.
    """

    def __init__(self, cost: Callable[[int], float], last: range, together: int) -> None:
        self.most = 0
        self._cost = cost
        self._last = last
        self._together = threading.Barrier(together)
        self._times: dict[int, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._active = 0

    def clock(self) -> float:
        """The time as this thread has it."""
        return self._times[threading.get_ident()]

    def __call__(self, item: int) -> int:
        """Do an item."""
        with self._lock:
            self._active += 1
            if item in self._last:
                self.most = max(self.most, self._active)
        if item in self._last:
            self._together.wait(WAIT_S)
        self._times[threading.get_ident()] += self._cost(item)
        with self._lock:
            self._active -= 1
        return -item


def in_turns(item: int) -> float:
    """What an item takes where only one is done: the first four come alone, then four at once wait for each other."""
    return 1 if item < 4 else 4


def at_once(item: int) -> float:
    """What an item takes where all are done at once."""
    return 1


def in_four(item: int) -> float:
    """What an item takes where four are done at once: of eight, which come after 4 x 1 and 4 x 4, each waits."""
    return 1 if item < 20 else 2


@pytest.mark.parametrize(
    ("cost", "most", "reached"),
    [(in_turns, 8, 1), (in_four, 8, 4), (at_once, 8, 8), (at_once, 6, 6), (at_once, 3, 3), (at_once, 1, 1)],
)
def test_no_more_at_a_time_than_pays(cost: Callable[[int], float], most: int, reached: int) -> None:
    """It ends up with as many at a time as the server can do, and no more than allowed; results keep their order."""
    items = range(100)
    worker = Worker(cost, last=items[-24:], together=reached)
    assert list(pace.each(worker, items, most, worker.clock)) == [-item for item in items]
    assert worker.most == reached


@pytest.mark.parametrize("count", [0, 1, 4, 5, 20, 53])
def test_little_work(count: int) -> None:
    """Work that ends before anything is known is done as well."""
    assert list(pace.each(str, range(count), 8, lambda: 0.0)) == [str(item) for item in range(count)]


def test_a_slow_answer_changes_nothing() -> None:
    """One hiccup does not keep the rest from being done at once."""
    items = range(100)
    worker = Worker(lambda item: 50 if item == 6 else 1, last=items[-24:], together=8)
    assert len(list(pace.each(worker, items, 8, worker.clock))) == len(items)
    assert worker.most == 8


def test_a_failure_is_raised_in_its_turn() -> None:
    """What fails ends the work: what has not begun is not begun."""

    def fails(item: int) -> int:
        if item == 2:
            raise ValueError(item)
        return item

    def taken() -> Iterator[int]:
        yield from pace.each(fails, range(100), 8, lambda: 0.0)

    results = taken()
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        next(results)
