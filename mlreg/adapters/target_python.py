"""The Python that MLflow programs run with here, and whether it would find mlreg's plugin."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mlreg.core.records import dataclass

SECONDS: Final = 3.0
_GROUP: Final = "mlflow.request_auth_provider"
# MLflow finds plugins by what packages say of themselves; asking for one by name reads one file.
_LOOK: Final = f"""
import sys
from importlib.metadata import distribution
sys.exit(not any(point.group == "{_GROUP}" for point in distribution("mlreg").entry_points))
"""


@dataclass(frozen=True, slots=True)
class TargetPython:
    """A Python as a shell would start it. `has_plugin` is None where it did not say in time."""

    path: str
    has_plugin: bool | None


def look(environ: Mapping[str, str]) -> TargetPython | None:
    """Ask the Python of the active virtual environment, else the first on PATH; None where there is none."""
    path = _path(environ)
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the program that the person's own shell would start
            [path, "-c", _LOOK],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return TargetPython(path, None)
    return TargetPython(path, done.returncode == 0)


def _path(environ: Mapping[str, str]) -> str | None:
    active = environ.get("VIRTUAL_ENV")
    if active:
        inside = Path(active, *(("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")))
        if inside.exists():
            return str(inside)
    on_path = environ.get("PATH", os.defpath)
    return shutil.which("python3", path=on_path) or shutil.which("python", path=on_path)
