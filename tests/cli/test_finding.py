"""`model list` and `model versions` with filters, orders, limits and the values of runs; over a registry in memory."""

import json
import math
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from mlreg.cli import text
from mlreg.core.types import NewVersion, Run
from tests.cli.conftest import Cli
from tests.cli.test_models import MODEL_FIELDS, VERSION_FIELDS
from tests.databricks import TOKEN, Workspace, standing_in
from tests.fakes import NOW_MS, FakeRegistry
from tests.servers import Server

DAY_MS = 86_400_000


@pytest.fixture
def found(lab: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`churn` with versions of several days, tags, stages and runs; `fraud` with none; it is the tenth day."""
    for number in 1, 2, 3:
        registry.stored["churn"].pop(number)
    registry.highest["churn"] = 0
    for day, tags in enumerate(({"k": "it's"}, {"k": "v"}, {"k": "v", "l": "w"})):
        registry.now = NOW_MS + day * DAY_MS
        run_id = registry.run(metrics={"auc": 0.5 + day / 10, "loss": math.nan}, params={"lr": f"1e-{day}"})
        registry.create_version(NewVersion(name="churn", source=f"s3://b/{day}", run_id=run_id, tags=tags))
    registry.transition("churn", 2, "Production")
    registry.set_alias("churn", "champion", 1)
    registry.now = NOW_MS + 9 * DAY_MS
    registry.create_model("fraud", tags={"team": "risk"})
    monkeypatch.setattr(text, "now_ms", lambda: NOW_MS + 10 * DAY_MS)
    return lab


def names(cli: Cli, *args: str) -> list[str]:
    """What a listing finds."""
    done = cli("model", *args, "-o", "name")
    assert done.code == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("args", "numbers"),
    [
        (["--tag", "k=v"], [3, 2]),
        (["--tag", "k=it's"], [1]),
        (["--tag", "k=v", "--tag", "l=w"], [3]),
        (["--alias", "champion"], [1]),
        (["--alias", "@champion"], [1]),
        (["--stage", "production"], [2]),
        (["--stage", "None"], [3, 1]),
        (["--status", "ready"], [3, 2, 1]),
        (["--status", "FAILED_REGISTRATION"], []),
        (["--since", "9d"], [3, 2]),
        (["--since", "216h"], [3, 2]),
        (["--until", "9d"], [1]),
        (["--since", "2023-11-15", "--until", "2023-11-16T00:00:00Z"], [2]),
        (["--run-id", f"{2:032x}"], [2]),
        (["--source", "s3://b/0"], [1]),
        (["--filter", "tags.k = 'v'"], [3, 2]),
        (["--filter", "tags.k = 'v'", "--stage", "Production", "--source", "s3://b/1"], [2]),
        (["--order-by", "version_number ASC"], [1, 2, 3]),
        (["--order-by", "creation_timestamp ASC", "--limit", "2"], [1, 2]),
        (["--limit", "1"], [3]),
    ],
)
def test_versions(found: Cli, args: list[str], numbers: list[int]) -> None:
    """Of one model, and of all: MLflow's own filters and those that it refuses."""
    wanted = [f"churn/{number}" for number in numbers]
    assert names(found, "versions", "churn", *args) == wanted
    assert names(found, "versions", *args) == wanted


@pytest.mark.parametrize(
    ("args", "models"),
    [
        (["--tag", "team=risk"], ["fraud"]),
        (["--alias", "champion"], ["churn"]),
        (["--stage", "Production"], ["churn"]),
        (["--stage", "Archived"], []),
        (["--since", "2d"], ["fraud"]),
        (["--until", "2d"], ["churn"]),
        (["--filter", "name = 'churn'"], ["churn"]),
        (["--order-by", "name DESC"], ["fraud", "churn"]),
        (["--order-by", "last_updated_timestamp DESC", "--limit", "1"], ["fraud"]),
    ],
)
def test_models(found: Cli, args: list[str], models: list[str]) -> None:
    """By name, or as ordered; their time is that of the last update."""
    assert names(found, "list", *args) == models


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["list", "--since", "soon"], "--since: 'soon' is no moment"),
        (["versions", "--until", "2026-02-30"], "--until 7d"),
        (["versions", "--status", "PENDING"], "did you mean 'PENDING_REGISTRATION'?"),
        (["list", "--status", "READY"], "No such option: --status"),
        (["list", "--stage", "prod"], "did you mean 'Production'?"),
        (["list", "--stage", "None"], "mlreg model versions --stage None"),
        (["list", "--alias", "latest"], "is reserved"),
        (["list", "--tag", "k"], "--tag KEY=VALUE"),
        (["list", "--tag", "a`b=c"], "is no key of a tag"),
        (["list", "--limit", "0"], "a limit is at least 1"),
        (["list", "--order-by", "name", "--order-by", "name DESC"], "given twice"),
        (["list", "--metrics", ","], "--metrics auc,loss"),
        (["list", "--filter", "nonsense"], "filter by name and tags.KEY, joined by AND"),
        (["versions", "churn", "--filter", "status = 'READY'"], "filter by name, run_id, source_path, version_number"),
        (["versions", "--order-by", "nonsense"], "order by name, version_number"),
    ],
)
def test_mistakes(found: Cli, args: list[str], says: str) -> None:
    """What cannot be answered is exit 2 with what can, never an empty list."""
    failed = found("model", *args)
    assert (failed.code, failed.stdout) == (2, "")
    assert says in failed.stderr


def test_nothing_found(found: Cli) -> None:
    """It is exit 0, and not taken for an empty registry."""
    for verb in "list", "versions":
        done = found("model", verb, "--tag", "k=absent")
        assert (done.code, done.stdout, done.stderr) == (0, "", f"no such {verb.replace('list', 'models')}\n")
        assert found("model", verb, "--tag", "k=absent", "-o", "json").json == []


def test_values_of_runs_are_fields(found: Cli) -> None:
    """They come after the others; what JSON has no number for is a text, what the run has not is null."""
    asked = ["--metrics", "auc, loss,none", "--params", "lr"]
    fields = ["metrics.auc", "metrics.loss", "metrics.none", "params.lr"]
    rows = found("model", "versions", "churn", *asked, "-o", "json").json
    assert list(rows[0]) == [*VERSION_FIELDS, *fields]
    assert [rows[0][field] for field in fields] == [0.7, "NaN", None, "1e-2"]
    models = found("model", "list", *asked, "-o", "json").json
    assert list(models[0]) == [*MODEL_FIELDS, *fields]
    assert [models[0][field] for field in fields] == [0.7, "NaN", None, "1e-2"]
    assert [models[1][field] for field in fields] == [None] * 4
    chosen = found("model", "versions", "churn", *asked, "--fields", "version,metrics.auc", "-o", "tsv")
    assert chosen.stdout.splitlines() == ["version\tmetrics.auc", "3\t0.7", "2\t0.6", "1\t0.5"]


def test_values_of_runs_are_columns(found: Cli) -> None:
    """Their titles are spelled as the metrics are."""
    table = found("model", "versions", "churn", "--metrics", "auc").stdout.splitlines()
    assert table[0].endswith("CREATED_AT                metrics.auc")
    assert table[1].endswith("2023-11-16T22:13:20.000Z  0.7")


def test_infinities_are_texts(lab: Cli, registry: FakeRegistry) -> None:
    """So that JSON stays JSON; YAML and CSV say the same."""
    run_id = registry.run(metrics={"up": math.inf, "down": -math.inf, "nan": math.nan})
    registry.create_version(NewVersion(name="churn", source="s3://b", run_id=run_id))
    wanted = ["Infinity", "-Infinity", "NaN"]
    asked = ["versions", "churn", "--limit", "1", "--metrics", "up,down,nan", "--fields"]
    fields = "metrics.up,metrics.down,metrics.nan"
    shown = lab("model", *asked, fields, "-o", "json").stdout
    assert list(json.loads(shown, parse_constant=lambda _: "not JSON")[0].values()) == wanted
    assert lab("model", *asked, fields, "-o", "csv").stdout.splitlines()[1].split(",") == wanted


def test_a_run_that_is_not_there(found: Cli, registry: FakeRegistry) -> None:
    """It is unknown in every format, never blank; a version that came of no run has a blank."""
    registry.runs.pop(f"{3:032x}")
    registry.create_version(NewVersion(name="churn", source="s3://b"))
    rows = found("model", "versions", "churn", "--metrics", "auc", "--params", "lr", "-o", "json").json
    assert [(row["metrics.auc"], row["params.lr"]) for row in rows[:3]] == [
        (None, None),
        ("unknown", "unknown"),
        (0.6, "1e-1"),
    ]
    assert found("model", "versions", "churn", "--metrics", "auc").stdout.splitlines()[2].endswith("  unknown")


def test_runs_are_asked_for_in_batches(lab: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred rows each, no more than the limit, and none where nothing is asked."""
    run_id = registry.run(metrics={"auc": 0.5})
    for _ in range(247):
        registry.create_version(NewVersion(name="churn", source="s3://b", run_id=run_id))
    asked: list[int] = []

    def get_runs(run_ids: Collection[str]) -> dict[str, Run]:
        asked.append(len(run_ids))
        return FakeRegistry.get_runs(registry, run_ids)

    monkeypatch.setattr(registry, "get_runs", get_runs)
    assert len(names(lab, "versions", "churn", "--metrics", "auc")) == 250
    assert asked == [1, 1, 1]
    asked.clear()
    assert len(names(lab, "versions", "churn", "--metrics", "auc", "--limit", "5")) == 5
    assert len(names(lab, "versions", "churn")) == 250
    assert asked == [1]


@pytest.mark.parametrize(
    "args",
    [
        ["transition", "churn/Production", "Staging"],
        ["alias", "set", "churn/Production", "champion"],
        ["tag", "set", "churn/Production", "k=v"],
        ["tag", "delete", "churn/Production", "k"],
        ["update", "churn/Production", "-d", "x"],
        ["delete", "churn/Production", "--yes", "--force"],
    ],
)
def test_a_write_to_a_shared_stage_is_refused(lab: Cli, registry: FakeRegistry, args: list[str]) -> None:
    """It lists the holders, and nothing is changed."""
    for number in 1, 3:
        registry.transition("churn", number, "Production")
    before = dict(registry.stored["churn"])
    refused = lab("model", *args)
    assert (refused.code, refused.stdout, registry.stored["churn"]) == (7, "", before)
    assert "Production of 'churn' has several holders: 3, 1" in refused.stderr
    assert "name the version: churn/3" in refused.stderr


@pytest.fixture
def workspace(plain_server: Server) -> Iterator[Workspace]:
    """Databricks, in front of the session's plain server."""
    with standing_in(plain_server) as running:
        yield running


@pytest.mark.parametrize(
    ("registry_uri", "args", "says", "instead"),
    [
        ("databricks-uc", ["list", "--filter", "name = 'x'"], "no filters and orders", "--since, --until and --limit"),
        ("databricks-uc", ["versions", "--order-by", "name"], "no filters and orders", "--since, --until and --limit"),
        ("databricks-uc", ["list", "--tag", "k=v"], "no listings with aliases", "mlreg model show REF"),
        ("databricks-uc", ["versions", "--stage", "Production"], "no stages", "--alias champion"),
        ("databricks-uc", ["list", "--alias", "champion"], "no listings with aliases", "mlreg model holders"),
        ("databricks-uc", ["list", "--metrics", "auc"], "no listings with aliases", "mlreg model versions NAME"),
        ("databricks-uc", ["holders", "--stage", "Production"], "no stages", "--alias champion"),
        ("databricks", ["list", "--alias", "champion"], "no aliases", "--stage Production"),
        ("databricks", ["holders", "--alias", "champion"], "no aliases", "--stage Production"),
    ],
)
def test_databricks_refuses_unsent(
    cli: Cli, home: Path, workspace: Workspace, registry_uri: str, args: list[str], says: str, instead: str
) -> None:
    """What its registries cannot do is exit 2 with what to use instead, before any request."""
    options = (f"--databricks-host={workspace.uri}", f"--tracking-token={TOKEN}", f"--registry-uri={registry_uri}")
    assert cli("tracker", "register", "dbx", "databricks", *options).code == 0
    refused = cli("model", *args)
    assert (refused.code, refused.stdout, workspace.asked) == (2, "", [])
    assert says in refused.stderr
    assert instead in refused.stderr
