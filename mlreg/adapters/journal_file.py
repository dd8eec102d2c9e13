"""The journal of this machine: a line of JSON for each move, in the state directory; and who is moving."""

import getpass
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from secrets import token_hex
from time import time
from typing import Any

from mlreg.core.models.journal import Witness

NAME = "journal.jsonl"


def witness(directory: Path, environ: Mapping[str, str], user: Callable[[], str | None], comment: str) -> Witness:
    """Return the signature of this process's moves; `user` is the server's name for us, where it is known."""
    return Witness(
        by=lambda: user() or mover(),
        job=job(environ),
        comment=comment,
        now_ms=lambda: int(time() * 1000),
        nonce=lambda: token_hex(4),
        keep=lambda facts: append(directory, facts),
    )


def append(directory: Path, facts: Mapping[str, Any]) -> str | None:
    """Add a line, whole or not at all; return what went wrong, if something did."""
    line = json.dumps(dict(facts), ensure_ascii=False) + "\n"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        return f"the move is not in the journal of this machine: {directory / NAME}: {error.strerror}"
    return None


def mover() -> str:
    """The user of this machine, as user@host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()}"


def job(environ: Mapping[str, str]) -> str:
    """The address of the CI job that this process runs in: GitHub, GitLab, Jenkins."""
    if environ.get("GITHUB_RUN_ID") and environ.get("GITHUB_REPOSITORY"):
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        return f"{server}/{environ['GITHUB_REPOSITORY']}/actions/runs/{environ['GITHUB_RUN_ID']}"
    return environ.get("CI_JOB_URL") or environ.get("BUILD_URL") or ""
