"""What is compared, each in its own environment: mlreg as a person installs it (with mlflow-skinny), and mlflow."""

import hashlib
import importlib.metadata
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cli_runner import CHECKOUT
from tests.environments import Environment, interpreter


@dataclass(frozen=True)
class Tools:
    """The Python that has mlreg, and the one that has the whole of mlflow."""

    mlreg: Path
    full: Path


def tools() -> Tools:
    """Return both; build them on first use, and mlreg's when the checkout has changed."""
    return Tools(mlreg(), full())


def mlreg() -> Path:
    """Return the Python that has mlreg, installed from this checkout as it is now."""
    return interpreter(Environment("mlreg", (str(CHECKOUT),), state=checkout_state()))


def full() -> Path:
    """Return the Python that has the whole of mlflow, in the version of the server."""
    return interpreter(Environment("mlflow-full", (f"mlflow=={importlib.metadata.version('mlflow')}",)))


def checkout_state() -> str:
    """Return a digest of all that is installed from the checkout."""
    package = (file for file in (CHECKOUT / "mlreg").rglob("*") if file.is_file() and file.suffix != ".pyc")
    digest = hashlib.sha256()
    for file in [CHECKOUT / "pyproject.toml", *sorted(package)]:
        digest.update(f"{file.relative_to(CHECKOUT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def installed_version(python: Path, package: str) -> str:
    """Return the version of a package in an environment."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
