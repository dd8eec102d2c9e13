"""Where acts are measured: `with opened() as place` starts a real server, fills it, and sets mlreg up for it."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final

from mlreg.core.types import NewVersion
from tests.benchmarks import environments
from tests.cli_runner import MLREG, clean_environment
from tests.completion.shelf import SERVER, Shelf
from tests.labs import RestLab
from tests.servers import serving

MODELS: Final = tuple(f"bench-{number:03}" for number in range(100))
NAMES: Final = tuple(f"churn-{number:04}" for number in range(1000))
PEERS: Final = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Place:
    """A filled server, a home in which mlreg knows it, and the words that commands are filled in with."""

    lab: RestLab
    home: Path
    mlreg: Path
    full: Path

    @property
    def words(self) -> dict[str, str]:
        """What `$name` stands for in a command; both interpreters run without flags, mlreg by its own entry."""
        return {
            "mlreg": str(self.mlreg.parent / "mlreg"),
            "python": str(self.mlreg),
            "full": str(self.full),
            "peers": str(PEERS),
            "uri": self.lab.server.uri,
            "store": f"sqlite:///{self.home / 'store' / 'mlflow.db'}",
            "model": MODELS[0],
        }

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of every measured command: the same for all, nothing of the person's."""
        home = {"HOME": str(self.home), "MLREG_HOME": str(self.home / "mlreg")}
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MLFLOW_DISABLE_TELEMETRY": "true", **home}

    def fill(self, command: str) -> list[str]:
        """Return the command's words as they are run."""
        return [Template(word).substitute(self.words) for word in shlex.split(command)]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command that must succeed, and return what it printed."""
        words = self.fill(command)
        done = subprocess.run(
            words, env=self.env, cwd=self.home, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{shlex.join(words)} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done


@contextmanager
def opened() -> Iterator[Place]:
    """Build the environments, start a server, fill it, and register it with mlreg."""
    mlreg, full = environments.mlreg(), environments.full()
    with TemporaryDirectory(prefix="mlreg-bench-") as directory:
        root, home = Path(directory, "server"), Path(directory, "home")
        root.mkdir()
        home.mkdir()
        with serving("plain", root) as server:
            place = Place(RestLab(server), home, mlreg, full)
            populate(place)
            place.run("$mlreg tracker register bench $uri --no-auth")
            place.run("$mlreg stack register bench --tracker bench --set")
            remember_names(place)
            with local_server(place):
                yield place


@contextmanager
def local_server(place: Place) -> Iterator[None]:
    """Run mlreg's own server for a local store, a copy of the server's; the whole of MLflow is beside the tests."""
    (place.home / "store").mkdir()
    shutil.copy(place.lab.server.root / "mlflow.db", place.home / "store")
    place.run("$mlreg tracker register local $store")
    try:
        start = [*MLREG, "tracker", "start", "local"]
        subprocess.run(start, env=clean_environment(place.home), stdout=subprocess.DEVNULL, check=True)
        yield
    finally:
        place.run("$mlreg tracker stop --all")


def remember_names(place: Place) -> None:
    """Let mlreg have listed a registry of another stack a moment ago, which stays so until all is measured."""
    place.run(f"$mlreg tracker register names {SERVER} --no-auth")
    rows = [f"{name}\tchampion=2\t3= 2=Production 1=" for name in NAMES]
    Shelf(place.home / "mlreg").put_models(rows, stack="names", age_s=-3600)


def populate(place: Place) -> None:
    """Create every model, with one version."""
    for name in MODELS:
        place.lab.registry.create_model(name)
        place.lab.registry.create_version(NewVersion(name=name, source="s3://bucket/model"))
