"""Starting `mlflow server` on loopback, apart from this process and its terminal, and waiting until it answers."""

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from mlreg.adapters.processes import POLL_S
from mlreg.adapters.server_files import LOG, open_private
from mlreg.core import local, local_server
from mlreg.core.addresses import masked
from mlreg.core.errors import Failed, TimedOut
from mlreg.core.types import Tracker

# One is quick from its first request on, where each further worker's first takes up to a second; it answers many
# requests at a time, needs 250 MB less than two, and SQLite lets only one write anyway.
WORKERS = 1
ASKED_S = 5.0
LAST_LINES = 6
# What uvicorn (MLflow 3) and gunicorn (MLflow 2) write when they have their port.
_LISTENING = re.compile(rf"(?:running on|Listening at:) http://({re.escape(local_server.HOST)}:\d+)")


def launch(directory: Path, tracker: Tracker, root: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a server whose port the system chooses. It has a session of its own, and inherits nothing but its log."""
    _make_place(tracker)
    address = ["--host", local_server.HOST, "--port", "0", "--workers", str(WORKERS)]
    artifacts = ["--no-serve-artifacts", "--default-artifact-root", root]
    with open_private(directory / LOG) as log:
        return subprocess.Popen(  # noqa: S603 - the arguments are mlreg's own
            [sys.executable, "-m", "mlflow", "server", *address, *artifacts],
            env=local_server.environment(environ, tracker.tracking_uri),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait(process: subprocess.Popen[bytes], name: str, log: Path, tell: local_server.Tell, timeout_s: float) -> str:
    """Return the address of a server once it answers there; raises Failed if it ends before, and TimedOut.

    Its own log names the port, so it is this server that answers, and no other.
    """
    began = time.monotonic()
    while True:
        passed = time.monotonic() - began
        tell(passed)
        written = log.read_text(errors="replace")
        if process.poll() is not None:
            raise _failed(name, log, written)
        if uri := answering(written):
            return uri
        if passed > timeout_s:
            raise TimedOut(
                f"MLflow did not start for {name} in {timeout_s:g} s",
                cause=_end(written),
                hint=f"give it more time: mlreg tracker start {name} --timeout 5m",
            )
        time.sleep(POLL_S)


def answering(written: str) -> str | None:
    """Return the address at which the server that has written this log answers; None while it does not."""
    found = _LISTENING.search(written)
    uri = f"http://{found[1]}" if found else None
    return uri if uri and answers(uri) else None


def answers(uri: str) -> bool:
    """Tell whether MLflow answers there, and is well."""
    return _get(uri, "/health") == "OK" and "<" not in (_get(uri, "/version") or "<")


def _make_place(tracker: Tracker) -> None:
    """Make the directory that a new store will be in."""
    place = local.place(tracker.tracking_uri)
    try:
        if place:
            Path(place).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(f"there can be no store at {place}", cause=error.strerror) from error


def _get(uri: str, path: str) -> str | None:
    """Read a text, straight: the proxies of the environment are not on the way to this machine."""
    connection = HTTPConnection(uri.removeprefix("http://"), timeout=ASKED_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read().decode("utf-8", "replace").strip() if answer.status == 200 else None
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def _failed(name: str, log: Path, written: str) -> Failed:
    if "out-of-date database schema" in written:
        return Failed(
            f"the store of {name} has the schema of another MLflow",
            cause="mlreg never upgrades a database by itself",
            hint="back it up, then: mlflow db upgrade URI",
        )
    return Failed(f"MLflow did not start for {name}", cause=_end(written), hint=f"all it wrote: {log}")


def _end(written: str) -> str:
    """The last lines of a log, without the inner ones of tracebacks."""
    lines = [line for line in written.splitlines() if line.strip() and not line.startswith((" ", "Traceback"))]
    return masked("\n".join(lines[-LAST_LINES:])) or "it wrote nothing"
