"""mlreg's entry points in a Python that runs it from the checkout, as an installed mlreg has them."""

import re
from pathlib import Path

from mlreg import __version__
from tests.cli_runner import CHECKOUT, installed

GROUP = re.compile(r'\[project\.entry-points\."([\w.]+)"\]\n((?:\w+ = ".*"\n)+)')


def registered(directory: Path) -> dict[str, str]:
    """Return what the environment of a program must say for MLflow in it to find mlreg's plugin."""
    if installed():
        return {}
    info = directory / f"mlreg-{__version__}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mlreg\nVersion: {__version__}\n")
    (info / "entry_points.txt").write_text(entry_points())
    return {"PYTHONPATH": f"{CHECKOUT}:{directory}"}


def entry_points() -> str:
    """The entry points of pyproject.toml in the form of an installed package."""
    groups = GROUP.findall((CHECKOUT / "pyproject.toml").read_text())
    return "\n".join("[{}]\n{}".format(group, points.replace('"', "")) for group, points in groups)
