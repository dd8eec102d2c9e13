"""A deadline for calls that cannot be given one: they run in a daemon thread, which is left behind when time is up."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DeadlinePassed(Exception):
    """The call is still running. Its thread is a daemon, so the process can exit all the same."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what `call` returns and raise what it raises; raises DeadlinePassed if it does neither in time."""
    returned: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as exc:  # noqa: BLE001  it is raised again, in the caller's thread
            raised.append(exc)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    if not returned:
        raise DeadlinePassed(f"no answer within {seconds:g} s")
    return returned[0]
