"""`mlreg completion SHELL`."""

import pytest

from mlreg.cli.shells import SHELLS
from tests.cli.conftest import Cli
from tests.cli_runner import CHECKOUT


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(cli: Cli, shell: str) -> None:
    """`mlreg completion SHELL` prints what is in completions/, to standard output and nowhere else."""
    done = cli("completion", shell)
    assert done.stdout == (CHECKOUT / "completions" / SHELLS[shell].file).read_text()
    assert (done.code, done.stderr) == (0, "")


def test_no_other_shell(cli: Cli) -> None:
    """A shell without a script is named with those that have one."""
    done = cli("completion", "fsh")
    assert (done.code, done.stdout) == (2, "")
    assert "bash, zsh, fish" in done.stderr
    assert "did you mean 'fish'" in done.stderr
