"""`model compare`: what differs, by how much, what cannot be told, and how it is shown."""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mlreg.core.errors import PermissionDenied
from mlreg.core.types import Measurement, NewVersion
from tests.cli.conftest import Cli
from tests.fakes import NOW_MS, FakeRegistry
from tests.github_runner import outputs

PIPED = """\
NAME                             churn@champion (4)                churn/5
version.aliases                  champion                          -
version.stage                    Production                        None
run.id                           00000000000000000000000000000001  00000000000000000000000000000002
run.name                         morning                           evening
metrics.auc                      0.93                              0.94 (+0.01, better)
metrics.f1                       -                                 0.5
metrics.loss                     0.5                               0.625 (+0.125, worse)
params.lr                        0.1                               0.01
tags.team                        risk                              growth
signature.inputs.age             long                              double
signature.inputs.region          -                                 string
flavors.sklearn.sklearn_version  1.5.0                             1.6.0
size.bytes                       1341                              2407 (+1066)
files.MLmodel                    339                               407 (+68)
files.extra/new.txt              -                                 0 (added)
files.model.pkl                  1000                              2000 (+1000)
files.old.txt                    2                                 removed
"""
DRAWN = """\
NAME                       churn@champion (4)         churn/5
────────────────────────────────────────────────────────────────────────────────
version.aliases            champion                   -
version.stage              Production                 None
run.id                     0000000000000000000000000  00000000000000000000000000
                           0000001                    000002
run.name                   morning                    evening
metrics.auc                0.93 ████                  0.94 (+0.01, better) ████
metrics.f1                 -                          0.5                  ████
metrics.loss               0.5  ███▎                  0.625 (+0.125)       ████
params.lr                  0.1                        0.01
tags.team                  risk                       growth
signature.inputs.age       long                       double
signature.inputs.region    -                          string
flavors.sklearn.sklearn_v  1.5.0                      1.6.0
ersion
size.bytes                 1341 ██▎                   2407 (+1066)         ████
files.MLmodel              339                        407 (+68)
files.extra/new.txt        -                          0 (added)
files.model.pkl            1000                       2000 (+1000)
files.old.txt              2                          removed
"""


def model(root: Path, files: Mapping[str, int], columns: Mapping[str, str], sklearn: str) -> str:
    """Write a model's files, of these sizes and with these columns, to this machine."""
    inputs = json.dumps([{"name": name, "type": kind, "required": True} for name, kind in columns.items()])
    said = {
        "flavors": {"sklearn": {"sklearn_version": sklearn, "code": None}, "python_function": {"data": "model.pkl"}},
        "signature": {"inputs": inputs, "outputs": '[{"type": "long", "required": true}]', "params": None},
    }
    for path, size in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x" * size)
    (root / "MLmodel").write_text(json.dumps(said))
    return str(root)


@pytest.fixture
def pair(lab: Cli, registry: FakeRegistry, tmp_path: Path) -> Cli:
    """Two versions that differ in everything, 4 and 5; the first holds an alias and a stage."""
    before = model(tmp_path / "before", {"model.pkl": 1000, "old.txt": 2}, {"age": "long", "income": "double"}, "1.5.0")
    after = model(
        tmp_path / "after",
        {"model.pkl": 2000, "extra/new.txt": 0},
        {"age": "double", "income": "double", "region": "string"},
        "1.6.0",
    )
    runs = [
        registry.run(name="morning", metrics={"auc": 0.93, "loss": 0.5, "n": 7}, params={"lr": "0.1", "seed": "1"}),
        registry.run(
            name="evening", metrics={"auc": 0.94, "loss": 0.625, "n": 7, "f1": 0.5}, params={"lr": "0.01", "seed": "1"}
        ),
    ]
    for source, run_id, team in zip((before, after), runs, ("risk", "growth"), strict=True):
        tags = {"team": team, "same": "yes", f"mlreg_move_{team}": '{"act": "promote"}'}
        registry.create_version(NewVersion(name="churn", source=source, run_id=run_id, tags=tags))
    registry.set_alias("churn", "champion", 4)
    registry.transition("churn", 4, "Production")
    return lab


def compared(lab: Cli, *args: str) -> dict[str, dict[str, object]]:
    """The rows of a comparison by their names."""
    done = lab("model", "compare", *args, "-o", "json")
    assert done.code == 0, done.stderr
    return {f"{row['kind']}.{row['key']}".rstrip("."): row for row in done.json["rows"]}


def test_in_a_pipe(pair: Cli) -> None:
    """Complete, plain, and only what differs; the journal is no property of a version."""
    done = pair("model", "compare", "churn@champion", "churn/5", "--maximize", "auc", "--minimize", "loss")
    assert (done.code, done.stdout) == (0, PIPED)
    assert done.stderr == "8 more are the same: --all shows them\n"
    assert "mlreg_move_" not in pair("model", "compare", "churn/4", "churn/5", "--all").stdout


def test_on_a_terminal(pair: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fits, numbers are rounded, and what is measured has bars, as long as there is room."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = pair("model", "compare", "churn@champion", "churn/5", "--maximize", "auc").stdout
    assert shown == DRAWN
    monkeypatch.setenv("COLUMNS", "40")
    assert "█" not in pair("model", "compare", "churn@champion", "churn/5").stdout


def test_as_data(pair: Cli) -> None:
    """The fields are frozen; a difference is exact, and is none where there is nothing to subtract."""
    data = pair("model", "compare", "churn@champion", "lab::churn/5", "--minimize", "auc", "-o", "json").json
    assert list(data) == ["references", "rows", "notes"]
    assert data["references"] == [
        {"reference": "churn@champion", "stack": "lab", "name": "churn", "version": 4},
        {"reference": "lab::churn/5", "stack": "lab", "name": "churn", "version": 5},
    ]
    rows = {(row["kind"], row["key"]): row for row in data["rows"]}
    assert list(data["rows"][0]) == ["kind", "key", "values", "delta", "better", "unknown"]
    assert rows["metrics", "auc"] == {
        "kind": "metrics",
        "key": "auc",
        "values": [0.93, 0.94],
        "delta": [None, 0.01],
        "better": [None, False],
        "unknown": [False, False],
    }
    assert (rows["metrics", "f1"]["values"], rows["metrics", "f1"]["delta"]) == ([None, 0.5], [None, None])
    assert (rows["files", "model.pkl"]["values"], rows["files", "model.pkl"]["delta"]) == ([1000, 2000], [None, 1000])


def test_other_formats(pair: Cli) -> None:
    """Spreadsheets get numbers, pull requests a table, and -o name the names of what differs."""
    both = ["churn/4", "churn/5", "--only", "metrics"]
    assert pair("model", "compare", *both, "-o", "csv").stdout == (
        "kind,key,churn/4,churn/5,churn/5 - churn/4\n"
        "metrics,auc,0.93,0.94,0.01\nmetrics,f1,,0.5,\nmetrics,loss,0.5,0.625,0.125\n"
    )
    assert pair("model", "compare", *both, "-o", "markdown").stdout == (
        "| name | churn/4 | churn/5 |\n| --- | --- | --- |\n"
        "| metrics.auc | 0.93 | 0.94 (+0.01) |\n| metrics.f1 | - | 0.5 |\n| metrics.loss | 0.5 | 0.625 (+0.125) |\n"
    )
    assert pair("model", "compare", *both, "-o", "name").stdout == "metrics.auc\nmetrics.f1\nmetrics.loss\n"


def test_in_a_job(pair: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """GitHub's summary has the table; the version that is compared is an output, with the one it is compared with."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for variable in "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT":
        monkeypatch.setenv(variable, str(tmp_path / variable))
    assert pair("model", "compare", "churn@champion", "churn/5", "--only", "metrics").code == 0
    summary = (tmp_path / "GITHUB_STEP_SUMMARY").read_text()
    assert "### churn/5 compared with churn@champion (4)\n\n| name | churn@champion (4) | churn/5 |\n" in summary
    assert "| metrics.auc | 0.93 | 0.94 (+0.01) |\n" in summary
    told = outputs((tmp_path / "GITHUB_OUTPUT").read_text())
    assert (told["ref"], told["previous"], told["changed"]) == ("churn/5", "4", "false")


def test_several_and_the_same(pair: Cli) -> None:
    """Each is compared with the first; a version may be compared with itself."""
    rows = compared(pair, "churn/4", "churn/5", "churn/4", "--only", "metrics")
    assert (rows["metrics.loss"]["values"], rows["metrics.loss"]["delta"]) == ([0.5, 0.625, 0.5], [None, 0.125, 0])
    same = pair("model", "compare", "churn/4", "churn@champion")
    assert (same.code, same.stdout) == (0, "")
    assert same.stderr.startswith("no differences\n")
    titles = pair("model", "compare", "churn/4", "churn/4", "--all").stdout.splitlines()[0].split("  ")
    assert [title.strip() for title in titles if title.strip()] == ["NAME", "churn/4", "churn/4 #2"]


def test_another_stack(pair: Cli, registry: FakeRegistry) -> None:
    """A reference may name its stack."""
    assert pair("tracker", "register", "prod", "http://127.0.0.1:9", "--no-auth").code == 0
    done = pair("model", "compare", "prod::churn/4", "churn/5", "--only", "metrics")
    assert done.stdout.splitlines()[0].split() == ["NAME", "prod::churn/4", "churn/5"]
    data = pair("model", "compare", "prod::churn/4", "churn/5", "--only", "metrics", "-o", "json").json
    assert [each["stack"] for each in data["references"]] == ["prod", "lab"]


def test_what_is_unknown_is_said(pair: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is gone and files that cannot be read leave the rest as it is; each has its reason in a warning."""
    del registry.runs[registry.stored["churn"][5].run_id]
    (Path(registry.stored["churn"][5].source) / "MLmodel").write_text("a: b: c")
    done = pair("model", "compare", "churn/4", "churn/5", "-o", "json")
    rows = {(row["kind"], row["key"]): row for row in done.json["rows"]}
    assert (rows["metrics", "auc"]["values"], rows["metrics", "auc"]["unknown"]) == ([0.93, "unknown"], [False, True])
    assert rows["signature", "inputs.age"]["values"] == ["long", "unknown"]
    assert rows["run", "id"]["values"][1] == registry.stored["churn"][5].run_id
    assert rows["files", "model.pkl"]["delta"] == [None, 1000]
    assert "warning: churn/5: its run 00000000000000000000000000000002 is not there (any more)" in done.stderr
    assert "warning: churn/5: MLmodel:1:5 cannot be read" in done.stderr
    assert len(done.json["notes"]) == 2


def test_nothing_can_be_read(pair: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even then it is said of everything that it is unknown: a server that refuses is no failure of the whole."""

    def refuse(*_: object) -> None:
        raise PermissionDenied("you may not", cause="says the server")

    for method in "get_runs", "artifact_uri":
        monkeypatch.setattr(registry, method, refuse)
    rows = compared(pair, "churn/4", "churn/5")
    for name in "metrics", "params", "signature", "flavors", "size", "files":
        assert rows[name]["values"] == ["unknown", "unknown"]
    assert "tags.team" in rows


def test_no_run_and_no_files(lab: Cli, registry: FakeRegistry, tmp_path: Path) -> None:
    """A version from no run has no metrics, which is not unknown; files without MLmodel have no known signature."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "weights").write_bytes(b"123")
    for source in str(tmp_path / "bare"), str(tmp_path / "missing"):
        registry.create_version(NewVersion(name="churn", source=source))
    done = lab("model", "compare", "churn/4", "churn/5")
    assert "metrics" not in done.stdout
    assert "files.weights  3        unknown" in done.stdout
    assert "warning: churn/4: there is no MLmodel among its files" in done.stderr
    assert "warning: churn/5: its files cannot be read: there is no directory" in done.stderr


def test_only_what_is_asked_is_read(pair: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """--only metrics opens no storage, --only tags no run."""
    monkeypatch.setattr(registry, "artifact_uri", None)
    assert list(compared(pair, "churn/4", "churn/5", "--only", "metrics")) == [
        "metrics.auc",
        "metrics.f1",
        "metrics.loss",
    ]
    monkeypatch.setattr(registry, "get_runs", None)
    assert list(compared(pair, "churn/4", "churn/5", "--only", "tags")) == ["tags.team"]


def test_the_logged_model_beside_its_run(lab: Cli, registry: FakeRegistry) -> None:
    """Where the run is silent the model speaks; where they disagree both are shown."""
    for value, lr in ((0.9, "0.1"), (0.8, "0.2")):
        run_id = registry.run(params={"lr": "0.1"})
        model_id = str(registry.logged_model(run_id, "net", {"lr": lr, "depth": "3"}))
        registry.measure(run_id, "auc", [Measurement(0, NOW_MS, 0.9)])
        registry.measure(run_id, "f1", [Measurement(0, NOW_MS, 0.5)], model_id=model_id)
        changed = registry.logged[model_id].metrics | {"auc": value, "extra": value}  # type: ignore[operator]
        registry.logged[model_id] = type(registry.logged[model_id])(
            model_id=model_id,
            name="net",
            artifact_uri="file:///nowhere",
            source_run_id=run_id,
            metrics=changed,
            params={"lr": lr, "depth": "3"},
        )
        registry.create_version(
            NewVersion(name="churn", source=f"models:/{model_id}", run_id=run_id, model_id=model_id)
        )
    rows = compared(lab, "churn/4", "churn/5", "--only", "metrics", "--only", "params")
    assert {name: row["values"] for name, row in rows.items()} == {
        "metrics.extra": [0.9, 0.8],
        "model_metrics.auc": [0.9, 0.8],
        "model_params.lr": ["0.1", "0.2"],
    }
    everything = compared(lab, "churn/4", "churn/5", "--only", "metrics", "--all")
    assert everything["metrics.f1"]["values"] == [0.5, 0.5]


def test_what_is_no_number(lab: Cli, registry: FakeRegistry) -> None:
    """NaN is NaN and no difference; what MLflow's databases keep for an infinity is one; neither is subtracted."""
    for value in (math.nan, 1.7976931348623157e308), (math.nan, -math.inf):
        run_id = registry.run(metrics={"nan": value[0], "far": value[1], "near": 1.0})
        registry.create_version(NewVersion(name="churn", source="s3://b", run_id=run_id))
    rows = compared(lab, "churn/4", "churn/5", "--only", "metrics", "--maximize", "far")
    assert list(rows) == ["metrics.far"]
    assert rows["metrics.far"]["values"] == ["Infinity", "-Infinity"]
    assert (rows["metrics.far"]["delta"], rows["metrics.far"]["better"]) == ([None, None], [None, None])
    assert compared(lab, "churn/4", "churn/5", "--only", "metrics", "--all")["metrics.nan"]["values"] == ["NaN", "NaN"]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["churn/4"], 2, "there is nothing to compare with"),
        (["churn", "churn/5"], 2, "names no version"),
        (["churn/4", "churn/9"], 3, "there is no version 9"),
        (["churn/4", "churn@nobody"], 3, "no alias 'nobody'"),
        (["churn/4", "nobody/1"], 3, "there is no model 'nobody'"),
        (["churn/4", "nowhere::churn/1"], 3, "nowhere"),
        (["churn/4", "churn/5", "--only", "metric"], 2, "did you mean 'metrics'?"),
        (["churn/4", "churn/5", "--maximize", "auc,f1", "--minimize", "f1"], 2, "'f1' cannot be better both ways"),
        (["churn/4", "churn/5", "--maximize", ","], 2, "--maximize names nothing"),
    ],
)
def test_mistakes(pair: Cli, args: list[str], code: int, says: str) -> None:
    """Each has its exit code and one clear error; stdout stays empty."""
    failed = pair("model", "compare", *args)
    assert (failed.code, failed.stdout) == (code, "")
    assert says in failed.stderr


def test_a_typo_in_a_direction(pair: Cli) -> None:
    """A metric that nobody has is said, with the nearest."""
    done = pair("model", "compare", "churn/4", "churn/5", "--only", "metrics", "--maximize", "ac")
    assert (done.code, "no version has the metric 'ac'; did you mean 'auc'?" in done.stderr) == (0, True)


def test_hostile_text(lab: Cli, registry: FakeRegistry) -> None:
    """What a terminal would obey is shown as an escape, in names and in values."""
    evil = "\x1b]52;c;aGk=\x07|`\n::error::x"
    for number in 1, 2:
        registry.set_version_tag("churn", number, evil, f"{evil}{number}")
    for format in "table", "json", "yaml", "csv", "tsv", "markdown", "name":
        done = lab("model", "compare", "churn/1", "churn/2", "--only", "tags", "-o", format)
        assert (done.code, {"\x1b", "\x07"} & {*done.stdout}) == (0, set())
        assert format in ("yaml", "json") or "\n::error" not in done.stdout
