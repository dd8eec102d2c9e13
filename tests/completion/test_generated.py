"""What completion is generated to is what the commands say now, and completion reads it as Typer reads the line."""

from typing import Any

import pytest

from mlreg.cli.main import Root
from mlreg.completion.line import Line
from tests.completion import kinds, tree

FILES = tree.files()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_generated_files_are_up_to_date(file: Any) -> None:
    """The command tree and the three scripts are written again by `python -m tests.completion`."""
    assert file.read_text() == FILES[file], "run: python -m tests.completion"


def test_an_argument_that_nobody_has_decided_on() -> None:
    """A new metavar fails, and says where to decide."""
    with pytest.raises(LookupError, match=r"tests\.completion\.kinds .* WIDGET of 'model paint'"):
        kinds.kind("model paint", "WIDGET")


def test_every_decision_is_needed() -> None:
    """No entry is left behind by a command that is gone."""
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return super().get(key, default)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "KINDS", Asked(kinds.KINDS))
        tree.text()
    assert not kinds.KINDS.keys() - asked


def _verbs(path: list[str], command: Any, ctx: Any) -> Any:
    yield path, command, ctx
    if hasattr(command, "commands"):
        for name in [*command.commands, *command.synonyms, *command.familiar]:
            below = command.get_command(ctx, name)
            yield from _verbs([*path, name], below, type(ctx)(below, parent=ctx, info_name=name))


def test_options_are_those_of_typer() -> None:
    """In every command, hidden ones and synonyms too, the same spellings are options, and take as many values."""
    root = Root()
    ctx: Any = root.make_context("mlreg", ["x"], resilient_parsing=True)
    for path, command, below in _verbs([], root, ctx):
        line = Line()
        for word in path:
            line.take(word)
        known: dict[str, int] = {}
        for spellings, values, _ in line.options():
            known = {**dict.fromkeys(spellings, len(values)), **known}
        real = {
            spelling: 0 if param.is_flag else param.nargs
            for param in command.get_params(below)
            if param.param_type_name == "option" and not param.hidden
            for spelling in (*param.opts, *param.secondary_opts)
        }
        assert {**known, "--help": 0, "-h": 0} == {**real, "--help": 0, "-h": 0}, path
