"""The faults of home-made promotion scripts, each with what mlreg does instead.

Where they were seen: mlflow/mlflow (#6156, #6414, #2169, #9730), databricks/cli (#4012), and scripts on GitHub.
"""

from dataclasses import replace
from typing import Any

import pytest

from mlreg.core.errors import PermissionDenied, Unreachable
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

BETTER = ("--require", "metrics.auc >= holder.metrics.auc")


@pytest.fixture
def team(lab: Cli, registry: FakeRegistry) -> Cli:
    """Three versions of `churn` from runs without any metric; the first one is the champion."""
    for number in (1, 2, 3):
        registry._change("churn", number, run_id=registry.run())
    lab("model", "promote", "churn/1", "champion", "--allow-first")
    return lab


def metrics(registry: FakeRegistry, number: int, **values: float) -> None:
    """Give a version's run these metrics."""
    run_id = registry.get_version("churn", number).run_id
    run, files = registry.runs[run_id]
    registry.runs[run_id] = (replace(run, metrics=values), files)


def champion(registry: FakeRegistry) -> int | None:
    """Who holds @champion."""
    return registry.get_model("churn").aliases.get("champion")


@pytest.mark.parametrize("error", [PermissionDenied("403"), Unreachable("down")])
def test_a_failed_lookup_promotes_nothing(
    team: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """`except Exception: champion_score = -1.0` promotes on a network error; here it is exit 9."""
    metrics(registry, 2, auc=0.9)
    real = registry.get_run

    def failing(run_id: str) -> Any:
        if run_id == registry.get_version("churn", 1).run_id:
            raise error
        return real(run_id)

    monkeypatch.setattr(registry, "get_run", failing)
    assert team("model", "promote", "churn/2", "champion", *BETTER).code == 9
    assert champion(registry) == 1


def test_a_metric_missing_on_both_sides_is_no_tie(team: Cli, registry: FakeRegistry) -> None:
    """-1 >= -1 promotes a model without the metric; here it is exit 9."""
    assert team("model", "promote", "churn/2", "champion", *BETTER).code == 9
    assert champion(registry) == 1


def test_the_version_that_was_trained_is_the_one_that_is_promoted(team: Cli, registry: FakeRegistry) -> None:
    """ "Latest" may be another job's: register prints its version, and a floating reference is resolved once."""
    made = team("model", "register", "churn", "s3://b").stdout.strip()
    team("model", "register", "churn", "s3://another-job")
    assert made == "churn/4"
    assert team("model", "promote", made, "champion").code == 0
    assert champion(registry) == 4


def test_a_rollback_restores_the_one_before_not_the_oldest(team: Cli, registry: FakeRegistry) -> None:
    """`archived[-1]` of a search is the oldest version."""
    team("model", "promote", "churn/2", "champion")
    team("model", "promote", "churn/3", "champion")
    assert team("model", "rollback", "churn@champion").stdout == "churn/2\n"


def test_there_is_no_moment_without_a_champion(
    team: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alias is moved by one write, never deleted first."""

    def refuse(*_: object) -> None:
        raise AssertionError("an alias was deleted")

    monkeypatch.setattr(registry, "delete_alias", refuse)
    assert team("model", "promote", "churn/2", "champion").code == 0
    assert team("model", "rollback", "churn@champion").code == 0


def test_a_missing_alias_is_told_from_a_failure(
    team: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's alias is "no holder yet" (9); a registry that does not answer is not (6, 4)."""
    assert "has no holder yet" in team("model", "promote", "churn/2", "shadow").stderr
    for error, code in ((Unreachable("down"), 6), (PermissionDenied("403"), 4)):

        def fail(name: str, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(registry, "get_model", fail)
        assert team("model", "promote", "churn/2", "shadow", "--allow-first").code == code


def test_every_promotion_leaves_a_trace(team: Cli) -> None:
    """Who, when, from, to, why: nobody has to write an audit file by hand."""
    team("model", "promote", "churn/2", "champion", "--comment", "ticket 7")
    newest = team("model", "history", "churn@champion", "-o", "json").json[0]
    assert (newest["previous"], newest["version"], newest["comment"]) == (1, 2, "ticket 7")
    assert newest["at"]
    assert newest["by"]


def test_nothing_is_promoted_by_accident(team: Cli, registry: FakeRegistry) -> None:
    """Registering sets no alias and no stage unless asked to."""
    before = dict(registry.get_model("churn").aliases)
    made = team("model", "register", "churn", "s3://b", "-o", "json").json
    assert (made["aliases"], made["stage"]) == ([], "None")
    assert registry.get_model("churn").aliases == before


def test_success_is_what_was_read_back(team: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers yes and does nothing is no success: exit 7."""
    monkeypatch.setattr(registry, "set_alias", lambda *_: None)
    assert team("model", "promote", "churn/2", "champion").code == 7
    assert team("model", "rollback", "churn@champion", "--to", "3", "--force").code == 7


def test_there_are_not_two_in_production(team: Cli, registry: FakeRegistry) -> None:
    """Promoting to a stage archives its holder; MLflow's default does not."""
    team("model", "promote", "churn/1", "Production", "--allow-first")
    team("model", "promote", "churn/2", "Production")
    assert [registry.get_version("churn", number).stage for number in (1, 2)] == ["Archived", "Production"]
