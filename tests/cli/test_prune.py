"""`model prune`: what is old goes, what anybody may need stays."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.fakes import NOW_MS, FakeRegistry

DAY_MS = 86_400_000


@pytest.fixture
def aged(lab: Cli, registry: FakeRegistry) -> Cli:
    """Ten versions of churn, one made each day; the first three are those of the lab."""
    for _ in range(7):
        lab("model", "register", "churn", "s3://bucket/churn")
    for number in range(1, 11):
        registry._change("churn", number, created=NOW_MS + number * DAY_MS)
    return lab


def left(registry: FakeRegistry) -> list[int]:
    """The versions that are still there."""
    return sorted(registry.stored["churn"])


def test_the_newest_stay(aged: Cli, registry: FakeRegistry) -> None:
    """--keep N; a dry run lists the same and deletes nothing; what is listed is frozen."""
    dry = aged("model", "prune", "churn", "--keep", "4", "--dry-run", "-o", "json")
    assert [row["ref"] for row in dry.json] == [f"churn/{number}" for number in range(1, 7)]
    assert list(dry.json[0]) == ["ref", "created_at", "size", "state", "code", "detail"]
    assert len(left(registry)) == 10
    assert aged("model", "prune", "churn", "--keep", "4", "--yes").code == 0
    assert left(registry) == [7, 8, 9, 10]
    assert "nothing to prune" in aged("model", "prune", "churn", "--keep", "4").stderr


def test_only_the_old_ones_go(aged: Cli, registry: FakeRegistry) -> None:
    """--older-than takes an age or a day, and adds to --keep."""
    assert aged("model", "prune", "churn", "--older-than", "2023-11-18", "--yes").code == 0
    assert left(registry) == [4, 5, 6, 7, 8, 9, 10]
    assert aged("model", "prune", "churn", "--older-than", "1d", "--keep", "2", "--yes").code == 0
    assert left(registry) == [9, 10]


def test_what_is_pointed_at_stays(aged: Cli, registry: FakeRegistry) -> None:
    """An alias's version, what is in Staging or Production, and what rolling back would go to; Archived may go."""
    aged("model", "promote", "churn/1", "champion", "--allow-first")
    aged("model", "promote", "churn/2", "champion")
    aged("model", "promote", "churn/3", "champion")
    aged("model", "promote", "churn/6", "champion")
    aged("model", "transition", "churn/4", "Production")
    aged("model", "transition", "churn/5", "Archived")
    assert aged("model", "prune", "churn", "--keep", "0", "--yes").code == 0
    assert left(registry) == [2, 3, 4, 6]
    assert aged("model", "rollback", "churn@champion").stdout == "churn/3\n"
    assert aged("model", "prune", "churn", "--keep", "0", "--yes").code == 0
    assert aged("model", "rollback", "churn@champion").stdout == "churn/2\n"


def test_a_gapped_journal_keeps_all_it_names(aged: Cli, registry: FakeRegistry) -> None:
    """Where it cannot be told what a rollback needs, nothing that ever held the pointer goes."""
    aged("model", "promote", "churn/1", "champion", "--allow-first")
    aged("model", "promote", "churn/2", "champion")
    registry.set_alias("churn", "champion", 9)
    aged("model", "prune", "churn", "--keep", "0", "--yes")
    assert left(registry) == [1, 2, 9]


def test_nobody_to_ask(aged: Cli, registry: FakeRegistry) -> None:
    """Without --yes a script deletes nothing: exit 2; so does a call that does not say what is old."""
    assert aged("model", "prune", "churn", "--keep", "1").code == 2
    assert aged("model", "prune", "churn").code == 2
    assert aged("model", "prune", "nobody", "--keep", "1").code == 3
    assert len(left(registry)) == 10


def test_bytes(aged: Cli, registry: FakeRegistry) -> None:
    """What the files take, where they can be listed; unknown is not zero."""
    for name in ("a", "b"):
        Path("net").mkdir(exist_ok=True)
        Path(f"net/{name}").write_text("12345")
    stored = registry.stored["churn"]
    stored[1] = replace(stored[1], source=f"{Path.cwd()}/net")
    rows = aged("model", "prune", "churn", "--keep", "8", "--dry-run", "-o", "json").json
    assert [row["size"] for row in rows] == [10, None]
