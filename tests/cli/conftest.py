"""mlreg's command line within the test's own process: fast, with the real store, and a registry that tests choose."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlreg.cli.main import run
from mlreg.runtime import Runtime
from tests.cli_runner import Result
from tests.fakes import FakeRegistry

Cli = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's mlreg keeps its files; the working directory is elsewhere and empty."""
    monkeypatch.setenv("MLREG_HOME", str(tmp_path / "mlreg"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return tmp_path / "mlreg"


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command as `mlreg` would."""

    def call(*args: str) -> Result:
        code = run(args)
        out = capsys.readouterr()
        return Result(code, out.out, out.err)

    return call


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    """Every tracker leads to this registry in memory (the contract holds it to what real ones do)."""
    fake = FakeRegistry()
    monkeypatch.setattr(Runtime, "_connection", lambda self, tracker: fake)
    return fake


@pytest.fixture
def lab(cli: Cli, registry: FakeRegistry) -> Cli:
    """A command line with one tracker, whose registry holds `churn` with three versions."""
    assert cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth").code == 0
    assert cli("model", "create", "churn", "-d", "Will they leave?").code == 0
    for _ in range(3):
        assert cli("model", "register", "churn", "s3://bucket/churn").code == 0
    return cli
