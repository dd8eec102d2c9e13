"""entry(): answers --version from the standard library alone, else starts the command line."""

import sys


def entry() -> None:
    """Run mlreg with this process's arguments and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mlreg import __version__

        print(f"mlreg {__version__}")  # noqa: T201 - render would import what --version must not wait for
        sys.exit(0)
    from mlreg.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    entry()
