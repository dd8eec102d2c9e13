"""Ratios, verdicts and tables come out right from given samples, and big stores are filled; nothing is timed here."""

from itertools import groupby
from pathlib import Path

import pytest

from tests.benchmarks.acts import Act, Peer
from tests.benchmarks.figures import Bound, at_most, faster
from tests.benchmarks.filling import fill
from tests.benchmarks.measuring import Measured
from tests.benchmarks.report import growth, imports_line, memory_lines, table
from tests.benchmarks.rows import ACTS
from tests.labs import MlflowLab

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


def test_what_is_measured_elsewhere_is_told_apart() -> None:
    """What follows a comma in an act's name stands beside its command."""
    assert Act("list, 10 models", "$mlreg model list").title == "`model list`, 10 models"


def test_growth() -> None:
    """Acts of different sizes are one row each, with the median of every size that was measured."""
    sized = [("model list", 10, 50), ("model list", 1000, 90), ("stack list", 10, 40), ("stack list", 100, 41)]
    results = [Measured(Act("", f"$mlreg {act}", size=size), (took,), ()) for act, size, took in sized]
    assert growth(results).splitlines() == [
        "| mlreg, median | 10 | 100 | 1,000 |",
        "| --- | ---: | ---: | ---: |",
        "| `model list` | 50 |  | 90 |",
        "| `stack list` | 40 | 41 |  |",
    ]


def test_growth_needs_two_sizes() -> None:
    """Of one size alone nothing grows."""
    assert not growth([Measured(Act("list", "$mlreg model list", size=10), MLREG, ())])


def test_memory() -> None:
    """What was in memory at most has a verdict too."""
    act = Act("list, 10 models", "$mlreg model list", memory=80)
    results = [Measured(act, MLREG, (), peak=81.5), Measured(Act("other", ""), MLREG, ())]
    assert memory_lines(results) == "Memory of `model list`, 10 models: 82 MB at most, bound 80 MB: MISSED by 1.50."


def test_imports() -> None:
    """Where modules were counted they are told beside the interpreter's own."""
    results = [Measured(Act("help", "$mlreg --help"), MLREG, (), imports=181), Measured(Act("other", ""), MLREG, ())]
    assert imports_line(results, 33) == "Modules loaded: `--help` 181; `python -c pass` 33."


def test_acts_have_names_of_their_own() -> None:
    """`--only` chooses one act by its name."""
    names = [act.name for act in ACTS]
    assert len(set(names)) == len(names)


def test_every_place_opens_once() -> None:
    """The acts of one place stand together."""
    places = [place for place, _ in groupby(act.place for act in ACTS)]
    assert len(set(places)) == len(places)


def test_fill(tmp_path: Path, mlflow_state: None) -> None:
    """A filled store is one that MLflow opens, with every model and version, as new as if made by MlflowClient."""
    registry = MlflowLab(fill(tmp_path / "mlflow.db", models=2, versions=3)).registry
    models = list(registry.search_models())
    assert [(model.name, model.latest) for model in models] == [("bench-00000", 3), ("bench-00001", 3)]
    assert all(model.created and model.updated for model in models)
    assert registry.artifact_uri("bench-00001", 2) == "s3://bucket/model"
