"""Everything that must pass: ruff, mypy, and all tests. `python -m tests [PYTEST ARGUMENTS]`."""

import os
import subprocess
import sys

from tests.cli_runner import CHECKOUT

TOOLS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
WORKERS = max(2, os.cpu_count() or 2)


def main(arguments: list[str]) -> int:
    """Run each tool; the first that fails ends it. The environments of older MLflows are built meanwhile."""
    with subprocess.Popen([sys.executable, "-m", "tests.legacy"], cwd=CHECKOUT, stdout=subprocess.DEVNULL) as legacy:
        for tool in TOOLS:
            code = subprocess.run([sys.executable, "-m", *tool], cwd=CHECKOUT, check=False).returncode
            if code:
                legacy.terminate()
                return code
    tests = [sys.executable, "-m", "pytest", "-q", "-n", str(WORKERS), *arguments]
    return subprocess.run(tests, cwd=CHECKOUT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
