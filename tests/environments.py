"""Python environments that tests need beside their own, built once: `interpreter(Environment("name", ("pkg",)))`."""

import hashlib
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.needs import ORIGINAL
from tests.waiting import exclusive

ERROR_CHARACTERS: Final = 3000


@dataclass(frozen=True)
class Environment:
    """A named set of requirements; another `state` (of a checkout that is among them) makes it anew."""

    name: str
    requirements: tuple[str, ...]
    state: str = ""


def interpreter(wanted: Environment) -> Path:
    """Return the environment's Python; build it on first use (minutes) and when its state has changed."""
    home = directory(wanted)
    home.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(home.with_suffix(".lock")):
        python, complete = home / "bin" / "python", home / "complete"
        if not (python.exists() and complete.exists() and complete.read_text() == wanted.state):
            build(wanted, home, python)
            complete.write_text(wanted.state)
    return python


def directory(wanted: Environment) -> Path:
    """Return where the environment is kept: one for each set of requirements and version of Python."""
    chosen = ORIGINAL.get("MLREG_TEST_CACHE")
    cache = Path(chosen or ORIGINAL.get("XDG_CACHE_HOME") or f"{ORIGINAL['HOME']}/.cache") / "mlreg-tests"
    key = "\n".join([*wanted.requirements, sys.base_prefix, sys.version])
    return cache.absolute() / f"{wanted.name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def build(wanted: Environment, home: Path, python: Path) -> None:
    """Make the environment in its final place, since environments do not move."""
    venv.create(home, clear=True, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", *wanted.requirements]
    done = subprocess.run(install, env=ORIGINAL, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{wanted.name} could not be installed: {done.stderr[-ERROR_CHARACTERS:]}")
