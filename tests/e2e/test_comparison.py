"""Comparing and plotting for real: a server, its runs and their files, and mlreg in a process of its own."""

from uuid import uuid4

import pytest

from mlreg.core.types import Measurement
from tests.architecture.test_budget import NEVER, imported
from tests.cli_runner import Mlreg
from tests.labs import RestLab
from tests.servers import Server

MLMODEL = """\
flavors:
  sklearn: {{sklearn_version: 1.{minor}.0}}
signature:
  inputs: '[{{"type": "{kind}", "name": "age", "required": true}}]'
  outputs: '[{{"type": "long", "required": true}}]'
"""


@pytest.fixture
def name(mlreg: Mlreg, plain_server: Server) -> str:
    """A model of two versions, each from a run of its own."""
    name = f"compared-{uuid4().hex[:8]}"
    assert mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth").code == 0
    lab = RestLab(plain_server)
    for minor, kind in enumerate(("long", "double")):
        files = {"model/MLmodel": MLMODEL.format(minor=minor, kind=kind), "model/data/model.pkl": "x" * (minor + 1)}
        run_id = lab.run(files, metrics={"auc": 0.9 + minor / 100}, params={"depth": str(minor)})
        lab.measure(run_id, "loss", [Measurement(step, step, 1 / (step + 1)) for step in range(3)])
        made = mlreg("model", "register", name, f"runs:/{run_id}/model")
        assert made.code == 0, made.stderr
    assert mlreg("model", "alias", "set", f"{name}/1", "champion").code == 0
    return name


def test_compare(mlreg: Mlreg, name: str) -> None:
    """Runs, tags, MLmodel and files are read over REST."""
    done = mlreg("model", "compare", f"{name}@champion", f"{name}/2", "--maximize", "auc", "-o", "json")
    assert (done.code, done.stderr) == (0, "")
    rows = {(row["kind"], row["key"]): row for row in done.json["rows"]}
    assert (rows["metrics", "auc"]["delta"], rows["metrics", "auc"]["better"]) == ([None, 0.01], [None, True])
    assert rows["params", "depth"]["values"] == ["0", "1"]
    assert rows["signature", "inputs.age"]["values"] == ["long", "double"]
    assert rows["flavors", "sklearn.sklearn_version"]["values"] == ["1.0.0", "1.1.0"]
    assert rows["files", "data/model.pkl"]["values"] == [1, 2]
    table = mlreg("model", "compare", f"{name}@champion", f"{name}/2", "-o", "markdown").stdout
    assert "| metrics.auc | 0.9 | 0.91 (+0.01) |" in table


def test_plot(mlreg: Mlreg, name: str) -> None:
    """Over versions, over steps, and on a real terminal."""
    over = mlreg("model", "plot", name, "--metric", "auc", "-o", "json").json
    assert [(row["value"], row["holders"]) for row in over] == [(0.9, ["@champion"]), (0.91, [])]
    steps = mlreg("model", "plot", f"{name}/2", "--metric", "loss", "--steps", "-o", "json").json
    assert [(row["step"], row["value"]) for row in steps] == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    screen = mlreg.pty("model", "plot", name, "--metric", "auc")
    assert (screen.code, "●".encode() in screen.output, b"@champion" in screen.output) == (0, True, True)


def test_nothing_heavy_is_imported(mlreg: Mlreg, name: str) -> None:
    """Neither needs MLflow, or what draws where nothing is drawn."""
    for args in (["compare", f"{name}/1", f"{name}/2"], ["plot", name, "--metric", "auc"]):
        assert not imported(mlreg, "model", *args) & (NEVER | {"rich", "plotext", "matplotlib"})
