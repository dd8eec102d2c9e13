"""`python tether.py CMD ARG...` becomes CMD, and on Linux CMD ends when the process that started it ends."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tethered(*command: str) -> list[str]:
    """Return the command line that runs the command tied to its parent's life."""
    return [sys.executable, "-I", "-S", __file__, *command]


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
