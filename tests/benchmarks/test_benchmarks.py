"""Ratios, verdicts and the table come out right from given samples; nothing is timed here."""

import pytest

from tests.benchmarks.acts import Act, Peer
from tests.benchmarks.figures import Bound, at_most, faster
from tests.benchmarks.measuring import Measured
from tests.benchmarks.report import table

MLREG = (90, 100, 500)
SLOW = (1800, 2000, 2100)
QUICK = (60, 80, 81)


def test_faster_is_the_peers_median_by_mlregs() -> None:
    """How many times faster mlreg is comes from the medians, which one slow run does not move."""
    assert faster().ratio(MLREG, SLOW) == 20


def test_at_most_is_mlregs_median_by_the_peers() -> None:
    """How many times as long mlreg takes comes from the medians."""
    assert at_most().ratio(MLREG, QUICK) == 1.25


def test_ratio_of_minimums() -> None:
    """The same ratio can be had of the minimums."""
    assert at_most().ratio(MLREG, QUICK, min) == 1.5


@pytest.mark.parametrize(
    ("bound", "ratio", "verdict"),
    [
        (faster(15), 15, "ok"),
        (faster(15), 20, "ok"),
        (faster(15), 14.5, "MISSED by 0.50"),
        (at_most(1.4), 1.4, "ok"),
        (at_most(1.4), 1.1, "ok"),
        (at_most(1.4), 1.65, "MISSED by 0.25"),
        (faster(), 1, ""),
        (at_most(), 99, ""),
    ],
)
def test_verdict(bound: Bound, ratio: float, verdict: str) -> None:
    """A ratio on the right side of its bound is ok, the bound itself included; else it is said by how much."""
    assert bound.verdict(ratio) == verdict


def test_table() -> None:
    """An act has mlreg's row, then a row for each peer with its ratio, bound and verdict."""
    act = Act(
        "list",
        "$mlreg model list",
        (Peer("client", "", faster(15)), Peer("bare", "", at_most(1.2)), Peer("curl", "", at_most())),
    )
    rows = table([Measured(act, MLREG, (SLOW, QUICK, QUICK))]).splitlines()
    assert rows[2:] == [
        "| `model list` | **mlreg** | 90 | 100 | 500 |  |  |  |  |",
        "|  | client | 1800 | 2000 | 2100 | 20.0× faster | 20.0× faster | at least 15× faster | ok |",
        "|  | bare | 60 | 80 | 81 | 1.25× | 1.50× | at most 1.2× | MISSED by 0.05 |",
        "|  | curl | 60 | 80 | 81 | 1.25× | 1.50× |  |  |",
    ]
