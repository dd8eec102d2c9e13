"""What samples say: times, the ratio of mlreg to a peer, and whether it keeps the bound."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Times = Sequence[float]
Middle = Callable[[Times], float]


@dataclass(frozen=True)
class Bound:
    """What mlreg owes a peer: to be so much faster, or to take at most so many times as long; None is no bound."""

    faster: bool
    limit: float | None

    def ratio(self, mlreg: Times, peer: Times, middle: Middle = statistics.median) -> float:
        """Return how many times faster mlreg is than the peer, or how many times as long it takes."""
        ours, theirs = middle(mlreg), middle(peer)
        return theirs / ours if self.faster else ours / theirs

    def verdict(self, ratio: float) -> str:
        """Return `ok`, or by how much the bound is missed; nothing without a bound."""
        if self.limit is None:
            return ""
        missed = self.limit - ratio if self.faster else ratio - self.limit
        return "ok" if missed <= 0 else f"MISSED by {missed:.2f}"

    def __str__(self) -> str:
        if self.limit is None:
            return ""
        return f"at least {self.limit:g}× faster" if self.faster else f"at most {self.limit:g}×"

    def worded(self, ratio: float) -> str:
        """Return the ratio as the table shows it."""
        return f"{ratio:.1f}× faster" if self.faster else f"{ratio:.2f}×"


def faster(limit: float | None = None) -> Bound:
    """Bound mlreg to be at least so many times faster than a peer."""
    return Bound(True, limit)


def at_most(limit: float | None = None) -> Bound:
    """Bound mlreg to take at most so many times as long as a peer."""
    return Bound(False, limit)
