"""Every command, argument and option explains itself, and every verb shows an example."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from mlreg.cli.main import COMMANDS, Root


def commands() -> Iterator[tuple[str, Any]]:
    """Every verb with its full name."""
    root = Root()
    ctx: Any = root.make_context("mlreg", ["x"], resilient_parsing=True)
    pending: list[tuple[str, Any]] = [(name, root.get_command(ctx, name)) for name in COMMANDS]
    while pending:
        path, command = pending.pop()
        if hasattr(command, "commands"):
            pending += [(f"{path} {name}", sub) for name, sub in command.commands.items()]
        else:
            yield path, command


VERBS = sorted(commands(), key=lambda item: item[0])


@pytest.mark.parametrize(("path", "command"), VERBS, ids=[path for path, _ in VERBS])
def test_commands_explain_themselves(path: str, command: Any) -> None:
    """Help for the command and each of its parameters, a short line that fits, and an example that starts with it."""
    assert command.help
    assert len(command.get_short_help_str(200)) <= 66
    assert f"mlreg {path}" in (command.epilog or "")
    for param in command.params:
        assert getattr(param, "help", None), param.name


def test_the_root_lists_every_noun() -> None:
    """The root's help names the nouns without importing them."""
    text = Root().get_help(typer.Context(Root(), info_name="mlreg"))
    assert all(f"  {name}" in text for name in COMMANDS)
