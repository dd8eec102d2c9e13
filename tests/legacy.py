"""Older MLflows in their own environments: `python -m tests.legacy` builds them (minutes, once), prints their paths."""

import sys
from pathlib import Path
from typing import Final

from tests import environments
from tests.environments import Environment

# What these MLflows work with; they do not state it all themselves.
BOUNDS: Final = ("sqlalchemy<2.1", "setuptools<80", "pandas<3", "numpy<2.3", "alembic<1.17")
ENVIRONMENTS: Final = {
    "legacy": Environment("mlflow-2", ("mlflow==2.22.5", *BOUNDS)),
    "oldest": Environment("mlflow-2.9", ("mlflow==2.9.2", *BOUNDS)),
}


def interpreter(variant: str) -> Path:
    """Return the Python that has this MLflow; build its environment on first use."""
    return environments.interpreter(ENVIRONMENTS[variant])


if __name__ == "__main__":
    for each in ENVIRONMENTS:
        sys.stdout.write(f"{interpreter(each)}\n")
