"""What the README and the help show can be typed: every command in them parses, and CI runs what the README says."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlreg.cli.main import Root
from mlreg.cli.session import start
from tests.architecture.test_commands import VERBS

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text()


def commands(text: str) -> Iterator[str]:
    """Every mlreg command in a text, continued lines joined, each of a pipe or a list."""
    for line in text.replace("\\\n", " ").splitlines():
        yield from (part for part in parts(line) if part.startswith("mlreg "))


def parts(line: str) -> Iterator[str]:
    """The commands of a pipe or a list; what stands between quotes is no border."""
    whole = ""
    for piece in re.split(r"( [|] | && |; )", line):
        whole += piece
        if whole.count('"') % 2 == 0 and whole.count("'") % 2 == 0:
            yield whole.strip()
            whole = ""


def shell_blocks(markdown: str) -> list[str]:
    """The contents of the `sh` blocks."""
    return re.findall(r"```sh\n(.*?)```", markdown, re.DOTALL)


IN_README = [command for block in shell_blocks(README) for command in commands(block)]
IN_HELP = [command for _, verb in VERBS for command in commands(verb.epilog or "")]


@pytest.mark.parametrize("command", sorted({*IN_README, *IN_HELP}))
def test_examples_parse(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noun, verb, options and number of arguments are right; nothing is run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").touch()
    words = shlex.split(command, comments=True)[1:]
    context: Any = Root().make_context("mlreg", words, obj=start())
    while hasattr(context.command, "commands"):
        name, verb, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        context = verb.make_context(name, rest, parent=context)


def test_the_readme_begins_with_two_commands() -> None:
    """One installs and runs the main job, one installs and runs the tests; both stand on the first screen."""
    first, second, *_ = shell_blocks(README)
    assert "pip install" in first
    assert "mlreg quickstart" in first
    assert README[: README.index(second)].count("\n") < 24


def test_ci_runs_the_readmes_test_command() -> None:
    """To the letter."""
    assert shell_blocks(README)[1].strip() in (TOP / ".ci" / "run").read_text().splitlines()
