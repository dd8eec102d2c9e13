"""A process that outlives this one, to do what is left if this one is killed; what that is it is told in a pipe."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

DONE: Final = "done"
# While it waits it has loaded nothing. What comes last in the search for modules hides none.
_BOOT: Final = f"""
import sys
told = sys.stdin.read()
if not told.endswith("{DONE}"):
    import importlib
    sys.path.append(sys.argv[1])
    importlib.import_module(sys.argv[2]).main(told)
"""
_ROOT: Final = Path(__file__).parents[2]
_LEAVING_S: Final = 2.0


class Watch:
    """The other end of the pipe. The kernel closes it when this process ends, however that comes."""

    def __init__(self, module: str, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - mlreg itself
            [sys.executable, "-c", _BOOT, str(_ROOT), module],
            env=dict(environ),
            cwd=os.sep,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def tell(self, **facts: object) -> None:
        """Say what would have to be done, or more of it."""
        self._say(f"{json.dumps(facts)}\n")

    def dismiss(self) -> None:
        """Say that nothing is left to do, and let it go."""
        self._say(DONE)
        pipe = self._process.stdin
        with suppress(OSError, subprocess.TimeoutExpired):
            if pipe:
                pipe.close()
            self._process.wait(_LEAVING_S)

    def _say(self, text: str) -> None:
        """If somebody has killed it, there is nobody to tell."""
        pipe = self._process.stdin
        with suppress(OSError):
            if pipe:
                pipe.write(text)
                pipe.flush()
