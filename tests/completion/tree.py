"""The command tree as completion reads it: `text()` walks mlreg's commands and writes down what TAB needs to know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mlreg.cli.familiar import NOUNS
from mlreg.cli.grammar import Write, WriteWithProgram
from mlreg.cli.main import COMMANDS, Root
from mlreg.cli.options import GLOBAL_OPTIONS, WRITE_OPTIONS
from mlreg.cli.shells import SHELLS
from tests.cli_runner import CHECKOUT
from tests.completion.kinds import kind

HEAD: Final = """\
# What mlreg/completion knows of mlreg's commands. Generated: python -m tests.completion
# A line is a command: its path, marks, help. Below it, after a tab: an option's spellings (none: an argument), the
# kinds of its values, help. Marks: group, writes, program (after -- nothing is mlreg's), hidden, =PATH (a synonym).
"""
HELP: Final = "\t--help -h\t\tShow this message and exit."


def files() -> dict[Path, str]:
    """Every generated file, and what should be in it."""
    scripts = {CHECKOUT / "completions" / shell.file: shell.script for shell in SHELLS.values()}
    return {CHECKOUT / "mlreg" / "completion" / "tree.tsv": text(), **scripts}


def text() -> str:
    """The whole tree."""
    lines = [
        *_shared("+global", GLOBAL_OPTIONS),
        HELP,
        *_shared("+writes", WRITE_OPTIONS),
        *_command("mlreg", Root(), ""),
    ]
    return HEAD + "\n".join(lines) + "\n"


def _shared(name: str, recipes: Any) -> Iterator[str]:
    yield f"{name}\t\t"
    for make in recipes:
        yield from _param("mlreg", make(set()))


def _command(path: str, command: Any, marks: str) -> Iterator[str]:
    group = hasattr(command, "commands")
    own = ("group" if group else "", "writes" if isinstance(command, Write) else "")
    program = "program" if isinstance(command, WriteWithProgram) else ""
    hidden = "hidden" if command.hidden and "hidden" not in marks else ""
    yield _line(path, " ".join(filter(None, (*own, program, marks, hidden))), _first(command.get_short_help_str(200)))
    for param in command.params:
        if not getattr(param, "hidden", False):
            yield from _param(path, param)
    if group:
        yield from _below(path, command)


def _below(path: str, noun: Any) -> Iterator[str]:
    places = {place: name for name, (place, _) in COMMANDS.items()}
    for name, command in noun.commands.items():
        yield from _command(f"{path} {name}", command, "")
    for name, same in noun.synonyms.items():
        yield _line(f"{path} {name}", f"={path} {same}", "")
    for name, command in noun.familiar.items():
        place, _, verb = NOUNS.get(name, "").partition(" ") if path == "mlreg" else ("", "", "")
        if place in places:
            yield _line(f"{path} {name}", f"={path} {places[place]} {verb}".rstrip(), "")
        else:
            yield from _command(f"{path} {name}", command, "hidden")


def _param(path: str, param: Any) -> Iterator[str]:
    below = path.partition(" ")[2]
    if param.param_type_name == "argument":
        rest = "..." if param.nargs == -1 else ""
        yield _line("", "", kind(below, param.metavar) + rest, _first(param.help))
        return
    longest_first = sorted((*param.opts, *param.secondary_opts), key=lambda spelling: spelling[:2] != "--")
    kinds = () if param.is_flag else (kind(below, param.metavar or "", param.opts),) * param.nargs
    yield _line("", " ".join(longest_first), " ".join(kinds), _first(param.help))


def _first(help: str | None) -> str:
    return (help or "").partition("\n")[0]


def _line(*fields: str) -> str:
    return "\t".join(fields)
