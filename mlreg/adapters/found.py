"""Commands on this machine: found as a shell finds them, and what MLflow calls them and their user."""

import getpass
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlreg.core.errors import CommandNotFound, NotExecutable, Unsupported


def find(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the path of a command as a shell would find it; raises CommandNotFound or NotExecutable."""
    if sys.platform == "win32":
        raise Unsupported("mlreg runs no commands on Windows yet", hint="mlreg env")
    name, on_path = words[0], environ.get("PATH", os.defpath)
    if found := shutil.which(name, path=on_path):
        return found
    folders = [""] if os.sep in name else on_path.split(os.pathsep)
    for path in (Path(folder, name) for folder in folders if name):
        if path.is_dir():
            raise NotExecutable(f"{path} is a directory")
        if path.exists():
            raise NotExecutable(f"{path} cannot be executed", hint=f"chmod +x {path}")
    raise CommandNotFound(f"there is no command '{name}'", cause=None if os.sep in name else "not on PATH")


def source(words: Sequence[str]) -> str:
    """What MLflow calls the source of a run: the script that Python runs, else the command. Arguments may be secret."""
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return script if script.endswith(".py") and Path(words[0]).name.startswith("python") else words[0]


def in_venv(path: str) -> bool:
    """Tell whether a command was installed into a virtual environment."""
    return Path(path).parent.with_name("pyvenv.cfg").exists()


def user() -> str:
    """Who MLflow says has made a run: the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
