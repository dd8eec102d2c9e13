"""entry(): answers --version and completion from the standard library alone, else starts the command line."""

import gc
import os
import sys

# Imports make no garbage worth collecting: with the default of 700 a tenth of a short command goes into looking for it.
_COLLECT_AFTER = 50_000


def entry() -> None:
    """Run mlreg with this process's arguments and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mlreg import __version__

        _print(f"mlreg {__version__}\n".encode())
        _leave(0)
    gc.set_threshold(_COLLECT_AFTER)
    if sys.argv[1:2] == ["__complete"]:
        from mlreg.completion.answer import complete

        complete(sys.argv[2:])
        _leave(0)
    from mlreg.cli.main import run

    _leave(run(sys.argv[1:]))


def _print(line: bytes) -> None:
    """Written like this because render would import what --version must not wait for."""
    try:  # noqa: SIM105 - contextlib takes 3 ms to import
        os.write(1, line)
    except OSError:
        pass


def _leave(code: int) -> None:
    """End the process at once: taking the interpreter apart costs 20 ms, and nothing here waits for it.

    MLflow, where it was loaded, has work to finish at exit.
    """
    if "mlflow" in sys.modules:
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, AttributeError):
        pass
    os._exit(code)


if __name__ == "__main__":
    entry()
