"""What a component file said when it was last read, as JSON: reading it again costs a stat instead of YAML (15 ms)."""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

SETTLED_NS = 100_000_000


def identity(status: os.stat_result) -> list[int]:
    """What changes whenever a file does: its inode, size and times, that of its last change of any kind too."""
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def load(snapshot: Path, file: Path) -> dict[str, Any] | None:
    """Return what `file` says if the snapshot was taken of it as it is now; None otherwise, or without a file."""
    try:
        kept = json.loads(snapshot.read_bytes())
        if kept["file"] == str(file) and kept["identity"] == identity(file.stat()):
            data: dict[str, Any] = kept["data"]
            return data
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def save(snapshot: Path, file: Path, status: os.stat_result, data: Mapping[str, Any]) -> None:
    """Keep what `file` said when it had this status. Where nothing can be written, nothing is kept.

    A file that was changed a moment ago might be changed again within the same tick of its clock: it is not kept yet.
    """
    if time.time_ns() - status.st_mtime_ns < SETTLED_NS:
        return
    with suppress(OSError):
        snapshot.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = snapshot.with_name(f".{snapshot.name}.{os.getpid()}.tmp")
        content = json.dumps({"file": str(file), "identity": identity(status), "data": data})
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(content)
        temporary.replace(snapshot)
