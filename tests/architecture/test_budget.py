"""What each command may import: speed is a feature, and counting modules is exact where seconds are not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli_runner import Mlreg
from tests.completion.shelf import Shelf
from tests.servers import Server

SPY = """
import json, sys
from mlreg.cli.main import run
code = run(sys.argv[1:])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""
NEVER = {"mlflow", "pandas", "numpy", "pydantic", "requests", "urllib3", "click"}


def imported(mlreg: Mlreg, *args: str) -> set[str]:
    """The top-level modules that are loaded when a command has ended; its stdout is a pipe."""
    done = subprocess.run(
        [sys.executable, "-c", SPY, *args], env=mlreg.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stderr.splitlines()[-1])
    return {name.partition(".")[0] for name in loaded} | {name for name in loaded if name.startswith("mlreg.")}


@pytest.fixture
def lab(mlreg: Mlreg) -> Mlreg:
    """A home with one tracker."""
    assert mlreg("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth").code == 0
    return mlreg


def test_help(lab: Mlreg) -> None:
    """--help loads no noun, no store, no network, no keyring, no rich."""
    loaded = imported(lab, "--help")
    assert not loaded & (NEVER | {"yaml", "urllib3", "keyring", "rich", "ssl"})
    assert not {name for name in loaded if name.startswith(("mlreg.adapters", "mlreg.cli.model", "mlreg.cli.stack"))}


@pytest.mark.parametrize("noun", ["tracker", "stack", "secret"])
def test_component_listings(lab: Mlreg, noun: str) -> None:
    """Listing components reads YAML and nothing else, and does not load what only writing needs."""
    loaded = imported(lab, noun, "list")
    assert not loaded & (NEVER | {"urllib3", "keyring", "secretstorage", "rich", "ssl"})
    assert not loaded & {"mlreg.adapters.yaml_splice", "mlreg.adapters.yaml_dump", "mlreg.adapters.file_lock"}


def test_a_second_reader_needs_no_yaml(lab: Mlreg) -> None:
    """What the file said is kept where the next reader finds it, until the file changes."""
    file = lab.home / "mlreg" / "components.yaml"
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert "yaml" in imported(lab, "stack", "list")
    assert "yaml" not in imported(lab, "stack", "list")
    assert lab("tracker", "register", "other", "https://h", "--no-auth").code == 0
    assert lab("tracker", "list", "-o", "name").stdout == "lab\nother\n"


@pytest.mark.parametrize("output", ["table", "json"])
def test_rest_listing(mlreg: Mlreg, plain_server: Server, output: str) -> None:
    """A listing over REST imports no mlflow; in a pipe no rich, without a secret no keyring."""
    mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth")
    loaded = imported(mlreg, "model", "list", "-o", output)
    assert not loaded & (NEVER | {"keyring", "secretstorage", "rich"})


def test_version_is_the_standard_library() -> None:
    """--version is answered before Typer is imported."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mlreg", "--version"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith("mlreg ")
    assert not [line for line in done.stderr.splitlines() if line.endswith(("typer", "mlreg.cli", "mlreg.core"))]


ENTRY = "from mlreg.__main__ import entry; entry()"


def imports_of(mlreg: Mlreg, code: str, *args: str) -> set[str]:
    """All modules that a Python process imports until its end, as Python itself tells them."""
    command = [sys.executable, "-X", "importtime", "-c", code, *args]
    done = subprocess.run(command, env=mlreg.env, cwd=mlreg.home, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_completion_is_the_standard_library(mlreg: Mlreg, shell: str) -> None:
    """TAB imports what the interpreter has anyway, time, and mlreg's own small modules: no command line, no core."""
    shelf = Shelf(mlreg.home / "mlreg")
    shelf.put_components()
    shelf.put_models()
    words = ["mlreg model show chu", "chu"] if shell == "bash" else ["model", "show", "chu"]
    loaded = imports_of(mlreg, ENTRY, "__complete", shell, *words) - imports_of(mlreg, "import gc, os, sys, time")
    own = {"answer", "known", "line", "references", "values", *(["bash"] if shell == "bash" else [])}
    assert loaded == {
        *("mlreg", "mlreg.__main__", "mlreg.adapters", "mlreg.adapters.names", "mlreg.adapters.places"),
        *("mlreg.completion", *(f"mlreg.completion.{name}" for name in own)),
    }


def test_importing_the_package_costs_nothing() -> None:
    """`import mlreg` loads no other module of it."""
    code = "import sys; import mlreg; print([m for m in sys.modules if m.startswith('mlreg.')])"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
