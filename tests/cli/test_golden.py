"""Tables as they are shown, in a pipe and on a terminal of 80 columns, compared with files that people have looked at.

To write them anew, and then look at the difference: `UPDATE_GOLDEN=1 python -m pytest tests/cli/test_golden.py`.
"""

import os
import sys
from pathlib import Path

import pytest

from mlreg.cli import text
from mlreg.core.types import NewVersion
from tests.cli.conftest import Cli
from tests.fakes import NOW_MS, FakeRegistry

GOLDEN = Path(__file__).with_name("golden")
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
DAY_MS = 86_400_000
TABLES = {
    "model_list": ["model", "list"],
    "model_list_metrics": ["model", "list", "--metrics", "auc", "--params", "lr"],
    "model_versions": ["model", "versions", "churn"],
    "model_versions_metrics": ["model", "versions", "churn", "--metrics", "auc,loss"],
    "model_holders": ["model", "holders"],
    "model_holders_stacks": ["model", "holders", "lab", "prod"],
    "model_show": ["model", "show", "churn"],
    "model_show_version": ["model", "show", "churn@champion"],
    "tracker_list": ["tracker", "list"],
    "stack_list": ["stack", "list"],
    "secret_list": ["secret", "list"],
}


@pytest.fixture
def shop(lab: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two trackers, two stacks, a secret, and models of many kinds: with long names, wide letters, many pointers."""
    login = ["--tracking-username={{team_secret.user}}", "--tracking-password={{team_secret.password}}"]
    for args in (
        ["secret", "register", "team_secret", "--backend", "env", "-k", "user", "-k", "password"],
        ["tracker", "register", "team", f"https://mlflow.example.com/{'a-long-path/' * 4}", *login],
        ["stack", "register", "prod", "-t", "team", "--experiment", "churn", "--tag", "team=risk"],
        ["model", "create", "a-model-with-a-name-that-is-longer-than-half-of-a-terminal", "--tag", "k=v"],
        ["model", "create", "名前のモデル"],
        ["model", "alias", "set", "churn/1", "challenger"],
    ):
        assert lab(*args).code == 0, args
    for day in range(3, 6):
        registry.now = NOW_MS + day * DAY_MS
        run_id = registry.run(metrics={"auc": 0.9 + day / 100}, params={"lr": "0.001"})
        registry.create_version(NewVersion(name="churn", source=f"s3://bucket/{day}", run_id=run_id))
    registry.runs.popitem()
    for number, stage in ((2, "Archived"), (4, "Staging"), (5, "Production"), (6, "Production")):
        registry.transition("churn", number, stage)
    registry.set_alias("churn", "champion", 5)
    monkeypatch.setattr(text, "now_ms", lambda: NOW_MS + 6 * DAY_MS)
    return lab


@pytest.mark.parametrize("name", TABLES)
def test_tables(shop: Cli, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Both renderings are as in the file."""
    piped = shop(*TABLES[name])
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    drawn = shop(*TABLES[name])
    assert (piped.code, drawn.code) == (0, 0)
    command = f"$ mlreg {' '.join(TABLES[name])}"
    shown = f"{command} | cat\n{piped.stdout}\n{command}\n{drawn.stdout}"
    file = GOLDEN / f"{name}.txt"
    if UPDATE:
        file.write_text(shown)
    assert shown == file.read_text()


def test_no_file_is_left_over() -> None:
    """Each belongs to a table."""
    assert {file.stem for file in GOLDEN.iterdir()} == set(TABLES)
