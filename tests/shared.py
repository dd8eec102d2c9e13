"""One server of each variant for all workers of a test session: launch(session, "plain"), then ready(session, "plain").

The process that runs pytest holds the lease. Each server has a keeper, a process outside every worker, that stops it
when told to or when the lease is free, which the kernel sees to however pytest ends.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.needs import ORIGINAL
from tests.servers import START_SECONDS, STOP_SECONDS, Server, serving
from tests.waiting import exclusive, unlocked, until

CHECKOUT = Path(__file__).parent.parent


@contextmanager
def leased() -> Iterator[Path]:
    """Make the session's directory; at the end stop every server launched in it."""
    with TemporaryDirectory(prefix="mlreg-tests-", ignore_cleanup_errors=True) as name:
        session = Path(name)
        with exclusive(session / "lease"):
            yield session
            for pid in session.glob("*/keeper.pid"):
                with suppress(ProcessLookupError):
                    os.kill(int(pid.read_text()), signal.SIGTERM)
        for alive in session.glob("*/alive"):
            until(partial(unlocked, alive), 2 * STOP_SECONDS, lambda: "a server of the tests runs on")


def launch(session: Path, variant: str) -> None:
    """Start the variant's keeper, unless another worker has; wait for nothing."""
    directory = session / variant
    try:
        directory.mkdir()
    except FileExistsError:
        return
    with (directory / "alive").open("a") as alive, (directory / "keeper.log").open("wb") as log:
        # The keeper inherits the lock with the file.
        fcntl.flock(alive, fcntl.LOCK_EX)
        subprocess.run(
            [sys.executable, "-m", "tests.shared", str(session), variant],
            check=True,
            cwd=CHECKOUT,
            env=ORIGINAL,
            pass_fds=[alive.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def ready(session: Path, variant: str) -> Server:
    """Wait until the launched server answers, and return it."""
    published, failure = session / variant / "server.json", session / variant / "failure"
    until(lambda: published.exists() or failure.exists(), START_SECONDS, lambda: f"no {variant} server")
    if failure.exists():
        raise RuntimeError(f"the {variant} server did not start:\n{failure.read_text()}")
    found = json.loads(published.read_text())
    paths = {key: Path(found[key]) for key in ("root", "ca_cert") if found[key]}
    return Server(**{**found, **paths})


def keep(session: Path, variant: str) -> None:
    """Serve until the lease is free; what goes wrong is left for the tests to show."""
    directory = session / variant
    publish(directory / "keeper.pid", str(os.getpid()))
    try:
        with serving(variant, directory) as server, (session / "lease").open() as lease:
            publish(directory / "server.json", json.dumps(asdict(server), default=str))
            fcntl.flock(lease, fcntl.LOCK_SH)
    except Exception:  # noqa: BLE001 - nobody but the tests can show it
        publish(directory / "failure", traceback.format_exc())


def publish(path: Path, text: str) -> None:
    """Write the file so that no reader sees half of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # The launcher waits for the first process only, and has no child left to look after.
    if not os.fork():
        keep(Path(sys.argv[1]), sys.argv[2])
