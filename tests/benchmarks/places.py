"""Where acts are measured: `with served(tools) as place` fills a store, starts a real server, and sets mlreg up."""

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final

from mlreg.adapters.rest_registry import RestRegistry
from tests.benchmarks.environments import Tools
from tests.benchmarks.filling import fill, model_name
from tests.cli_runner import MLREG, clean_environment
from tests.completion.shelf import SERVER, Shelf
from tests.labs import RestLab
from tests.secret_service import secret_service
from tests.servers import Server, serving

MODELS: Final = 100
PEERS: Final = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Place:
    """A home in which mlreg is set up, the server it is set up for, and the words that commands are filled in with."""

    tools: Tools
    home: Path
    server: Server | None = None
    session: Mapping[str, str] = field(default_factory=dict)

    @property
    def registry(self) -> RestRegistry:
        """The registry of the server, for what is not measured."""
        assert self.server
        return RestLab(self.server).registry

    @property
    def words(self) -> dict[str, str]:
        """What `$name` stands for in a command; both interpreters run without flags, mlreg by its own entry."""
        words = {
            "mlreg": str(self.tools.mlreg.parent / "mlreg"),
            "python": str(self.tools.mlreg),
            "full": str(self.tools.full),
            "peers": str(PEERS),
            "keeper": f"mlreg:{self.home / 'mlreg'}:login",
            "store": f"sqlite:///{self.home / 'mlflow.db'}",
            "model": model_name(0),
        }
        if self.server:
            words |= {
                "uri": self.server.uri,
                "user": self.server.username or "",
                "password": self.server.password or "",
            }
        return words

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of every measured command: the same for all, nothing of the person's."""
        home = {"HOME": str(self.home), "MLREG_HOME": str(self.home / "mlreg")}
        common = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MLFLOW_DISABLE_TELEMETRY": "true"}
        return {**common, **home, **self.session}

    def fill(self, command: str) -> list[str]:
        """Return the command's words as they are run."""
        return [Template(word).substitute(self.words) for word in shlex.split(command)]

    def run(self, command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command that must succeed, and return what it printed."""
        words = self.fill(command)
        done = subprocess.run(
            words, env=self.env, cwd=self.home, input=given, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{shlex.join(words)} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done


# What an act says of where it is measured.
Opening = Callable[[Tools], AbstractContextManager[Place]]


@contextmanager
def served(tools: Tools, *, models: int = MODELS, versions: int = 1, workers: int = 1) -> Iterator[Place]:
    """A server that lets everybody in, over a filled store."""
    with directories() as (root, home):
        fill(root / "mlflow.db", models, versions)
        with serving("plain", root, workers) as server:
            place = Place(tools, home, server)
            place.run("$mlreg tracker register bench $uri --no-auth")
            place.run("$mlreg stack register bench --tracker bench --set")
            yield place


@contextmanager
def closed(tools: Tools, *, models: int = MODELS) -> Iterator[Place]:
    """A server that asks for the password, hashing it anew each time as MLflow does unless told not to.

    A Secret Service keeps the password, as `$keeper`.
    """
    with directories() as (root, home), secret_service() as service:
        fill(root / "mlflow.db", models)
        with serving("closed", root) as server:
            place = Place(tools, home, server, service.environment)
            place.run("$mlreg secret register login --username=$user --password=$password")
            login = "--tracking-username={{login.username}} --tracking-password={{login.password}}"
            place.run(f"$mlreg tracker register bench $uri {login}")
            place.run("$mlreg stack register bench --tracker bench --set")
            yield place


@contextmanager
def local(tools: Tools) -> Iterator[Place]:
    """A sqlite file, and mlreg's own server for it; the whole of MLflow is beside the tests."""
    with directories() as (_, home):
        fill(home / "mlflow.db", MODELS)
        place = Place(tools, home)
        place.run("$mlreg tracker register local $store")
        try:
            start = [*MLREG, "tracker", "start", "local"]
            subprocess.run(start, env=clean_environment(home), stdout=subprocess.DEVNULL, check=True)
            yield place
        finally:
            place.run("$mlreg tracker stop --all")


@contextmanager
def offline(tools: Tools, *, components: int = 10, names: int = 1000) -> Iterator[Place]:
    """Many trackers and as many stacks, and one more whose models were listed a moment ago; no server."""
    with directories() as (_, home):
        place = Place(tools, home)
        shelf = Shelf(home / "mlreg")
        shelf.home.mkdir(mode=0o700)
        (shelf.home / "components.yaml").write_text(component_file(components // 2))
        rows = [f"{model_name(number)}\tchampion=2\t3= 2=Production 1=" for number in range(names)]
        shelf.put_models(rows, stack="names", age_s=-3600)  # and a moment ago it stays until all is measured
        place.run("$mlreg stack list")
        yield place


def component_file(count: int) -> str:
    """The text of a component file with so many trackers and stacks, and the tracker whose models are known."""
    trackers = [f"  tracker-{number:04}: {{tracking_uri: {SERVER}, no_auth: true}}" for number in range(count - 1)]
    trackers.append(f"  names: {{tracking_uri: {SERVER}, no_auth: true}}")
    stacks = [f"  stack-{number:04}: {{tracker: names}}" for number in range(count)]
    return "\n".join(["version: 1", "trackers:", *trackers, "active_stack: stack-0000", "stacks:", *stacks, ""])


@contextmanager
def directories() -> Iterator[tuple[Path, Path]]:
    """Make a directory for the server and one for mlreg, both for the while."""
    with TemporaryDirectory(prefix="mlreg-bench-") as directory:
        root, home = Path(directory, "server"), Path(directory, "home")
        root.mkdir()
        home.mkdir()
        yield root, home
