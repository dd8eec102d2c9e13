"""MLflow 2 in an environment of its own: `python -m tests.legacy` builds it (minutes, once) and prints its path."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from tests.needs import ORIGINAL
from tests.waiting import exclusive

# The upper bounds are what MLflow 2.22 works with; it does not state them all itself.
REQUIREMENTS: Final = ("mlflow==2.22.5", "sqlalchemy<2.1", "setuptools<80", "pandas<3", "numpy<2.3", "alembic<1.17")


def interpreter() -> Path:
    """Return the Python that has MLflow 2; build its environment on first use."""
    home = directory()
    home.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(home.with_suffix(".lock")):
        python, complete = home / "bin" / "python", home / "complete"
        if not (complete.exists() and python.exists()):
            build(home, python)
            complete.touch()
    return python


def directory() -> Path:
    """Return where the environment is kept: one for each set of requirements and version of Python."""
    chosen = ORIGINAL.get("MLREG_TEST_CACHE")
    cache = Path(chosen or ORIGINAL.get("XDG_CACHE_HOME") or f"{ORIGINAL['HOME']}/.cache") / "mlreg-tests"
    key = "\n".join([*REQUIREMENTS, sys.base_prefix, sys.version])
    return cache.absolute() / f"mlflow-2-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def build(home: Path, python: Path) -> None:
    """Make the environment in its final place, since environments do not move."""
    venv.create(home, clear=True, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS]
    done = subprocess.run(install, env=ORIGINAL, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"MLflow 2 could not be installed: {done.stderr[-3000:]}")


if __name__ == "__main__":
    sys.stdout.write(f"{interpreter()}\n")
