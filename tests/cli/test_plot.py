"""`model plot`: the values in a pipe, a drawing on a terminal, a picture in a file."""

import json
import math
import sys
from pathlib import Path

import pytest

from mlreg.core.types import Measurement, NewVersion
from tests.cli.conftest import Cli
from tests.fakes import NOW_MS, FakeRegistry

DRAWN = """\
                                     auc of churn
      ┌────────────────────────────────────────────────────────────────────────┐
  0.95┤                                                ⣀⣀⠤⠤⠒●⠒⠤⣀               │
0.9125┤                                        ⣀⣀⠤⠤⠒⠒⠉⠉         ⠉⠒⠤⣀           │
      │                                ⣀⣀⠤⠤•⠒⠉⠉                     ⠉⠒⠤⣀       │
 0.875┤                        ⣀⣀⠤⠤⠒⠒⠉⠉                                 ⠉⠒⠤⣀   │
0.8375┤                ⣀⣀⠤⠤⠒⠒⠉⠉                                             ⠉⠒•│
      │        ⣀⣀⠤⠤⠒⠒⠉⠉                                                        │
   0.8┤•⣀⠤⠤⠒⠒⠉⠉                                                                │
      └┬─────────────────┬─────────────────┬────────────────┬─────────────────┬┘
       4                 5                 6                7                 8
                                        version
NAME     VALUE  HOLDERS
─────────────────────────────────────
churn/7  0.95   @champion, Production
"""


@pytest.fixture
def measured(lab: Cli, registry: FakeRegistry) -> Cli:
    """A model of eight versions: three without a run, and five with one each; 5 has no auc, 7 is the champion."""
    for number, auc in ((4, 0.8), (5, None), (6, 0.9), (7, 0.95), (8, 0.85)):
        run_id = registry.run(metrics={"n": float(number)} if auc is None else {"auc": auc, "n": float(number)})
        registry.measure(
            run_id, "loss", [Measurement(step, NOW_MS + step, number / (step + 1)) for step in (0, 1, 2, 3)]
        )
        registry.create_version(NewVersion(name="churn", source="s3://b", run_id=run_id))
    registry.set_alias("churn", "champion", 7)
    registry.transition("churn", 7, "Production")
    registry.transition("churn", 4, "Archived")
    return lab


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is a terminal of 80 columns without colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LINES", "16")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)  # capsys makes another one for the test itself


def test_values_over_versions(measured: Cli) -> None:
    """In a pipe, and for programs, the values are shown: none where there is none, with who holds what."""
    rows = measured("model", "plot", "churn", "--metric", "auc", "-o", "json").json
    assert rows[4:7] == [
        {"name": "churn", "version": 5, "value": None, "holders": []},
        {"name": "churn", "version": 6, "value": 0.9, "holders": []},
        {"name": "churn", "version": 7, "value": 0.95, "holders": ["@champion", "Production"]},
    ]
    assert [row["version"] for row in rows] == list(range(1, 9))
    lines = measured("model", "plot", "churn", "--metric", "auc").stdout.splitlines()
    assert [line.split() for line in (lines[0], lines[7])] == [
        ["NAME", "VERSION", "VALUE", "HOLDERS"],
        ["churn", "7", "0.95", "@champion,", "Production"],
    ]


def test_values_over_steps(measured: Cli) -> None:
    """Of the versions that are named, or of the newest five."""
    rows = measured("model", "plot", "churn@champion", "--metric", "loss", "--steps", "-o", "json").json
    assert rows[1] == {
        "stack": "lab",
        "name": "churn",
        "version": 7,
        "run_id": rows[0]["run_id"],
        "step": 1,
        "value": 3.5,
        "logged_at": "2023-11-14T22:13:20.001Z",
    }
    assert [row["step"] for row in rows] == [0, 1, 2, 3]
    newest = measured("model", "plot", "churn", "--metric", "loss", "--steps", "-o", "json").json
    assert sorted({row["version"] for row in newest}) == [4, 5, 6, 7, 8]


def test_on_a_terminal(measured: Cli, terminal: None) -> None:
    """It is drawn; holders are marked and listed, the archived are not."""
    assert measured("model", "plot", "churn", "--metric", "auc").stdout == DRAWN


def test_steps_on_a_terminal(measured: Cli, terminal: None) -> None:
    """Each curve ends with the number of its version, and is listed."""
    shown = measured("model", "plot", "churn/6", "churn@champion", "--metric", "loss", "--steps").stdout
    assert "loss of churn" in shown
    assert "7│" in shown
    assert [line.split() for line in shown.splitlines()[-2:]] == [
        ["churn/6", "4", "1.5"],
        ["churn/7", "4", "1.75", "@champion,", "Production"],
    ]


def test_the_terminal_decides(measured: Cli, terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its width, colours and letters; the formats for programs are never drawn."""
    monkeypatch.setenv("COLUMNS", "50")
    plain = measured("model", "plot", "churn", "--metric", "auc").stdout
    assert max(map(len, plain.splitlines())) <= 50
    assert "\x1b" not in plain
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[" in measured("model", "plot", "churn", "--metric", "auc").stdout
    assert measured("model", "plot", "churn", "--metric", "auc", "--color", "never").stdout == plain
    assert measured("model", "plot", "churn", "--metric", "auc", "-o", "json").json
    assert "│" not in measured("model", "plot", "churn", "--metric", "auc", "--fields", "version,value").stdout


def test_a_terminal_without_unicode(measured: Cli, terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters that it has not are not used."""
    monkeypatch.setattr(type(sys.stdout), "encoding", "ascii", raising=False)
    assert measured("model", "plot", "churn", "--metric", "auc").stdout.isascii()


@pytest.mark.parametrize("steps", [[], ["--steps"]])
@pytest.mark.parametrize("ending", ["png", "SVG"])
def test_a_picture(measured: Cli, tmp_path: Path, ending: str, steps: list[str]) -> None:
    """The file is drawn without a display; its name is what stdout says."""
    file = tmp_path / f"loss.{ending}"
    done = measured("model", "plot", "churn", "--metric", "loss", "--save", str(file), *steps)
    assert (done.code, done.stdout, done.stderr) == (0, f"{file}\n", f"drew 'loss' to {file}\n")
    assert file.read_bytes().startswith(b"\x89PNG" if ending == "png" else b"<?xml")
    again = measured("model", "plot", "churn", "--metric", "loss", "--save", str(file), "-o", "json", *steps)
    assert list(again.json) == ["path", "metric", "values"]


def test_without_matplotlib(measured: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how to get it, before anything is asked of the server."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    failed = measured("model", "plot", "nobody", "--metric", "auc", "--save", "auc.png")
    assert (failed.code, failed.stdout) == (2, "")
    assert "hint: pip install matplotlib" in failed.stderr


def test_what_is_no_number(lab: Cli, registry: FakeRegistry, terminal: None, tmp_path: Path) -> None:
    """NaN and infinities are values, but have no place on a chart; that is said. None left draws none."""
    for value in (math.nan, math.inf, 1.7976931348623157e308):
        registry.create_version(NewVersion(name="churn", source="s3://b", run_id=registry.run(metrics={"auc": value})))
    drawn = lab("model", "plot", "churn", "--metric", "auc")
    assert (drawn.code, drawn.stdout) == (0, "")
    assert drawn.stderr == "warning: 3 values are NaN or infinite, and are not drawn\n"
    assert lab("model", "plot", "churn", "--metric", "auc", "--save", str(tmp_path / "auc.png")).code == 0
    rows = lab("model", "plot", "churn", "--metric", "auc", "-o", "json").stdout
    assert [row["value"] for row in json.loads(rows, parse_constant=pytest.fail)][3:5] == ["NaN", "Infinity"]


def test_runs_that_are_gone(measured: Cli, registry: FakeRegistry, terminal: None) -> None:
    """They are unknown, and it is said."""
    del registry.runs[registry.stored["churn"][6].run_id]
    drawn = measured("model", "plot", "churn", "--metric", "auc")
    assert drawn.stderr == "warning: the runs of versions 6 are not there (any more)\n"
    assert measured("model", "plot", "churn", "--metric", "auc", "-o", "json").json[5]["value"] == "unknown"
    over = measured("model", "plot", "churn/1", "churn/5", "churn/6", "churn/7", "--metric", "auc", "--steps")
    assert over.stderr.splitlines() == [
        "warning: churn/1 came from no run",
        "warning: the run of churn/5 has no 'auc'",
        "warning: the run of churn/6 is not there (any more)",
    ]


def test_no_versions(lab: Cli) -> None:
    """An empty model is no failure."""
    lab("model", "create", "empty")
    for steps in [], ["--steps"]:
        done = lab("model", "plot", "empty", "--metric", "auc", *steps)
        assert (done.code, done.stdout) == (0, "")
        assert "no versions yet" in done.stderr
        assert lab("model", "plot", "empty", "--metric", "auc", "-o", "json", *steps).json == []


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["churn", "--metric", "au"], 3, "did you mean 'auc'?"),
        (["churn", "--metric", "au"], 3, "their runs have auc, loss, n"),
        (["churn", "--metric", "au", "--steps"], 3, "did you mean 'auc'?"),
        (["churn/1", "churn/2", "--metric", "auc", "--steps"], 3, "their runs have none"),
        (["nobody", "--metric", "auc"], 3, "there is no model 'nobody'"),
        (["churn/99", "--metric", "auc", "--steps"], 3, "there is no version 99"),
        (["churn/7", "--metric", "auc"], 2, "one model is plotted"),
        (["churn", "churn", "--metric", "auc"], 2, "one model is plotted"),
        (["churn"], 2, "--metric"),
        (["churn", "--metric", "auc", "--save", "auc.pdf"], 2, "'auc.pdf' is no picture"),
        (["churn", "--metric", "auc", "--save", "/nowhere/auc.png"], 1, "cannot write /nowhere/auc.png"),
    ],
)
def test_mistakes(measured: Cli, args: list[str], code: int, says: str) -> None:
    """Each has its exit code and one clear error; stdout stays empty."""
    failed = measured("model", "plot", *args)
    assert (failed.code, failed.stdout) == (code, "")
    assert says in failed.stderr


def test_hostile_names(lab: Cli, registry: FakeRegistry, terminal: None, tmp_path: Path) -> None:
    """What a terminal would obey is escaped on the chart, and TeX is drawn as it is written."""
    evil = "\x1b]52;c;aGk=\x07$\\frac"
    run_id = registry.run(metrics={evil: 0.5})
    registry.create_model(evil)
    registry.create_version(NewVersion(name=evil, source="s3://b", run_id=run_id))
    for steps in [], ["--steps"]:
        drawn = lab("model", "plot", f"{evil}/", "--metric", evil, *steps)
        assert (drawn.code, {"\x1b", "\x07"} & {*drawn.stdout}) == (0, set())
        assert lab("model", "plot", f"{evil}/", "--metric", evil, "--save", str(tmp_path / "e.svg"), *steps).code == 0
