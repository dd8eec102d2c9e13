"""MLflow 2 in an environment of its own: `python -m tests.legacy` builds it (minutes, once) and prints its path."""

import sys
from pathlib import Path
from typing import Final

from tests import environments

# The upper bounds are what MLflow 2.22 works with; it does not state them all itself.
REQUIREMENTS: Final = ("mlflow==2.22.5", "sqlalchemy<2.1", "setuptools<80", "pandas<3", "numpy<2.3", "alembic<1.17")


def interpreter() -> Path:
    """Return the Python that has MLflow 2; build its environment on first use."""
    return environments.interpreter(environments.Environment("mlflow-2", REQUIREMENTS))


if __name__ == "__main__":
    sys.stdout.write(f"{interpreter()}\n")
