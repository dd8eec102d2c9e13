"""What mlreg keeps of a running local server: a directory (0700) for each store, with the server's log and state."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from mlreg.adapters.processes import Process
from mlreg.core.errors import StoreBroken, StoreNotWritable
from mlreg.core.records import dataclass

STATE = "state.json"
LOG = "server.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A server that was started: without `uri` as long as it does not answer. The first process leads the others.

    `inode` is that of its database file, where it has one.
    """

    tracker: str
    version: str
    processes: tuple[Process, ...]
    uri: str | None = None
    inode: int | None = None


@contextmanager
def writing() -> Iterator[None]:
    """Raise StoreNotWritable where files of a server cannot be made, written or taken away."""
    try:
        yield
    except OSError as error:
        raise StoreNotWritable(f"{error.filename} cannot be written", cause=error.strerror) from error


def name_of(store_uri: str) -> str:
    """Return how a store's directory is called: nothing of the URI, which may hold a password, can be read in it."""
    return sha256(store_uri.encode()).hexdigest()[:16]


def read(directory: Path) -> Record | None:
    """Return what is kept of a server, None where there is nothing; raises StoreBroken."""
    file = directory / STATE
    try:
        kept = json.loads(file.read_bytes())
        leader, *others = [Process(int(pid), str(began)) for pid, began in kept["processes"]]
        return Record(
            tracker=kept["tracker"],
            version=kept["version"],
            processes=(leader, *others),
            uri=kept["uri"],
            inode=kept.get("inode"),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreBroken(
            f"{file} cannot be understood",
            cause="a server may be running of which mlreg knows nothing any more",
            hint=f"end the process that {directory / LOG} names, if it is there; then delete {directory}",
        ) from error


@writing()
def write(directory: Path, record: Record) -> None:
    """Keep what is known of a server, whole or not at all."""
    kept = {
        "tracker": record.tracker,
        "version": record.version,
        "uri": record.uri,
        "inode": record.inode,
        "processes": [[process.pid, process.began] for process in record.processes],
    }
    draft = directory / f".{STATE}"
    with open_private(draft) as file:
        file.write(json.dumps(kept, indent=2).encode())
    draft.replace(directory / STATE)


@writing()
def remove(directory: Path) -> None:
    """Take a server's files away, and nothing else that somebody may have put there."""
    for name in (STATE, f".{STATE}", LOG):
        (directory / name).unlink(missing_ok=True)
    with suppress(OSError):
        directory.rmdir()


@writing()
def open_private(path: Path) -> BinaryIO:
    """Open a file (0600) for writing, from its beginning."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
