"""Real MLflow servers: `with serving("secure", directory) as server: ... server.uri`."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Final

import urllib3

from tests import legacy
from tests.tether import tethered
from tests.waiting import until

START_SECONDS: Final = 120
STOP_SECONDS: Final = 10


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and what a client needs to be let in."""

    uri: str
    root: Path
    pid: int
    ca_cert: Path | None = None
    username: str | None = None
    password: str | None = None

    @property
    def log(self) -> Path:
        """The server's output."""
        return self.root / "server.log"


@dataclass(frozen=True)
class Recipe:
    """What a variant changes in a plain `mlflow server`."""

    python: str = sys.executable
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    ca_cert: Path | None = None
    username: str | None = None
    password: str | None = None


@contextmanager
def serving(variant: str, root: Path, workers: int = 1) -> Iterator[Server]:
    """Run a server of this variant with everything it writes under root."""
    recipe, port = RECIPES[variant](root), free_port()
    with (root / "server.log").open("wb") as log:
        process = subprocess.Popen(
            tethered(*command(recipe, root, port, workers)),
            env=environment(recipe, root),
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        server = described(recipe, root, port, process.pid)
        until(lambda: healthy(server, process), START_SECONDS, lambda: f"not ready: {log_tail(server)}")
        yield server
    finally:
        stop(process)


def command(recipe: Recipe, root: Path, port: int, workers: int) -> list[str]:
    """Return the command line of the server."""
    address = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    stores = ["--backend-store-uri", f"sqlite:///{root}/mlflow.db", "--artifacts-destination", str(root / "artifacts")]
    return [recipe.python, "-m", "mlflow", "server", *address, *stores, *recipe.options]


def environment(recipe: Recipe, root: Path) -> dict[str, str]:
    """Return the whole environment of the server: nothing of the person who runs the tests gets in."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return {"PATH": os.environ["PATH"], "HOME": str(root), "LC_ALL": "C.UTF-8", **quiet, **recipe.environment}


def plain(root: Path) -> Recipe:
    """Serve over http and let everybody in."""
    return Recipe()


def secure(root: Path) -> Recipe:
    """Serve over TLS with a private CA, and ask for a user and password."""
    ca_cert, key, cert = make_certificates(root)
    password = secrets.token_urlsafe(16)
    config = root / "auth.ini"
    # The cache saves 0.2-0.4 s of password hashing in every request but the first.
    settings = ["default_permission = READ", f"database_uri = sqlite:///{root}/auth.db", "auth_cache_ttl_seconds = 600"]
    config.write_text("\n".join(["[mlflow]", *settings, ""]))
    return Recipe(
        options=("--app-name", "basic-auth", "--uvicorn-opts", f"--ssl-keyfile {key} --ssl-certfile {cert}"),
        environment={
            "MLFLOW_AUTH_CONFIG_PATH": str(config),
            "MLFLOW_AUTH_ADMIN_USERNAME": "admin",
            "MLFLOW_AUTH_ADMIN_PASSWORD": password,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(16),
        },
        ca_cert=ca_cert,
        username="admin",
        password=password,
    )


def closed(root: Path) -> Recipe:
    """Serve over http, and ask for a user and password with MLflow's own settings: it hashes them at every request."""
    password = secrets.token_urlsafe(16)
    return Recipe(
        options=("--app-name", "basic-auth"),
        environment={
            "MLFLOW_AUTH_ADMIN_PASSWORD": password,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(16),
        },
        username="admin",
        password=password,
    )


def workspaces(root: Path) -> Recipe:
    """Serve as `plain` does, with the models of each workspace apart."""
    return Recipe(options=("--enable-workspaces",))


def older(variant: str, root: Path) -> Recipe:
    """Serve as `plain` does, with an older MLflow."""
    return Recipe(python=str(legacy.interpreter(variant)))


RECIPES: Final[dict[str, Callable[[Path], Recipe]]] = {
    "plain": plain,
    "secure": secure,
    "closed": closed,
    "workspaces": workspaces,
    **{variant: partial(older, variant) for variant in legacy.ENVIRONMENTS},
}


def make_certificates(root: Path) -> tuple[Path, Path, Path]:
    """Write a CA certificate, a key, and its certificate for this machine."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    ca_cert, key, cert = root / "ca.pem", root / "key.pem", root / "cert.pem"
    authority.cert_pem.write_to_path(ca_cert)
    issued.private_key_pem.write_to_path(key)
    issued.cert_chain_pems[0].write_to_path(cert)
    return ca_cert, key, cert


def free_port() -> int:
    """Return a free port below those that kernels take for outgoing connections, so that it stays free."""
    for port in SystemRandom().sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def described(recipe: Recipe, root: Path, port: int, pid: int) -> Server:
    """Return the server that a recipe makes."""
    scheme = "https" if recipe.ca_cert else "http"
    return Server(f"{scheme}://127.0.0.1:{port}", root, pid, recipe.ca_cert, recipe.username, recipe.password)


def healthy(server: Server, process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the server answers; raise if it has ended."""
    if process.poll() is not None:
        raise RuntimeError(f"the server ended with code {process.returncode}: {log_tail(server)}")
    with urllib3.PoolManager(ca_certs=server.ca_cert and str(server.ca_cert)) as pool:
        try:
            return pool.request("GET", f"{server.uri}/health", retries=False, timeout=5).status == 200
        except urllib3.exceptions.HTTPError:
            return False


def log_tail(server: Server) -> str:
    """Return the end of what the server has written."""
    return server.log.read_text(errors="replace")[-3000:]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children, which share its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
