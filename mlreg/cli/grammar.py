"""How mlreg's commands are built on Typer: lazy nouns, synonyms, global options anywhere, no value in an error."""

import importlib
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from mlreg.cli.options import GLOBAL_OPTIONS, WRITE_OPTIONS
from mlreg.core.errors import Usage

PROGRAM = "mlreg.program"
OWN_EXIT = 125
PAIR = "KEY VALUE"  # the metavar of an option that takes two words, which Typer has no type for when it repeats

Loaded = Any  # a command of Typer's vendored click, which has no public name


class Verb(TyperCommand):
    """One command. It knows the global options, and counts surplus arguments instead of quoting them."""

    allow_extra_args = True
    shared_options = GLOBAL_OPTIONS

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        for param in self.params:
            if param.metavar == PAIR:
                param.nargs = 2

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        return [*super().get_params(ctx), *_shared_options(self)]

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """NAME instead of Typer's {NAME}."""
        return [piece[1:-1] if piece.startswith("{") else piece for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        rest = super().parse_args(ctx, args)
        if rest:
            surplus = "an argument" if len(rest) == 1 else f"{len(rest)} arguments"
            raise Usage(f"{surplus} too many", hint=f"{ctx.command_path} --help")
        return rest

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        _list_global_options(self, ctx, formatter)


class Write(Verb):
    """A command that changes something: it can be tried without, and does not ask when told not to."""

    shared_options = (*GLOBAL_OPTIONS, *WRITE_OPTIONS)


class WriteWithProgram(Write):
    """A write whose words after `--` are another program's: mlreg reads nothing into them."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[PROGRAM] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])


class Wrapper(WriteWithProgram):
    """A verb that runs another program and ends with its exit code: mlreg's own failures have one that tells them."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "-- COMMAND [ARG]..."]

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        ctx.obj.own_exit = OWN_EXIT
        if "--" not in args and not {"-h", "--help"} & {*args}:
            raise Usage("no command is given", cause="it stands after --", hint=f"{ctx.command_path} -- COMMAND ARG...")
        return super().parse_args(ctx, args)


def program(ctx: typer.Context) -> tuple[str, ...]:
    """The words after `--`."""
    words: tuple[str, ...] = ctx.meta[PROGRAM]
    return words


class Noun(TyperGroup):
    """A group of verbs."""

    synonyms: Mapping[str, str] = {}
    familiar: Mapping[str, Loaded] = {}
    shared_options = (*GLOBAL_OPTIONS, *WRITE_OPTIONS)

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        return [*super().get_params(ctx), *_shared_options(self)]

    def list_commands(self, ctx: Any) -> list[str]:
        """The names alone: nothing is imported to know them."""
        return list(self.commands)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Loaded:  # type: ignore[override]
        name = self.synonyms.get(cmd_name, cmd_name)
        return super().get_command(ctx, name) or self.familiar.get(name)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        _list_global_options(self, ctx, formatter)


class LazyCommands(MutableMapping[str, Loaded]):
    """Commands by name, each imported when it is called: `"tracker": "mlreg.cli.tracker:app"`.

    A verb among those of a noun stands behind a space: `"mlreg.cli.tracker:app list"`.
    """

    def __init__(self, places: Mapping[str, str], writes: Collection[str] = ()) -> None:
        self._places = dict(places)
        self._writes = writes
        self._loaded: dict[str, Loaded] = {}

    def __getitem__(self, name: str) -> Loaded:
        if name not in self._loaded:
            place, _, inner = self._places[name].partition(" ")
            module, _, attribute = place.partition(":")
            found = getattr(importlib.import_module(module), attribute)
            command = self._command(name, found)
            command = command.commands[inner] if inner else command
            command.name = name
            self._loaded[name] = command
        return self._loaded[name]

    def _command(self, name: str, found: Any) -> Loaded:
        """Typer's command for what stands at a place: a noun's app, a noun already made, or a verb's function."""
        if isinstance(found, TyperGroup):
            return found
        if not isinstance(found, typer.Typer):
            app = noun("")
            verb(app, name, writes=name in self._writes)(found)
            found = app
        return typer.main.get_command(found)

    def __setitem__(self, name: str, command: Loaded) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._places[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._places, **self._loaded})

    def __len__(self) -> int:
        return len({**self._places, **self._loaded})


def noun(
    help: str, *, synonyms: Mapping[str, str] | None = None, familiar: Mapping[str, str] | None = None
) -> typer.Typer:
    """Make the Typer app of a noun.

    `synonyms` are hidden other spellings of its verbs, `familiar` the places of hidden verbs of other tools.
    """
    cls = type("Noun", (Noun,), {"synonyms": synonyms or {}, "familiar": LazyCommands(familiar or {})})
    return typer.Typer(
        cls=cls,
        help=help,
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def lazy_noun(
    help: str, *, reads: Mapping[str, str], writes: Mapping[str, str], familiar: Mapping[str, str] | None = None
) -> Noun:
    """Make a noun of many verbs: each place is a function (or a noun within), imported when it is called."""
    made = Noun(
        commands={},
        help=help,
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.commands = LazyCommands({**reads, **writes}, writes)
    made.familiar = LazyCommands(familiar or {})
    return made


def verb(
    app: typer.Typer,
    name: str,
    *,
    writes: bool = False,
    program: bool = False,
    wraps: bool = False,
    **settings: Any,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a verb of a noun. Its docstring is the help; `Examples:` are kept as they are."""

    cls = Wrapper if wraps else WriteWithProgram if program else Write if writes else Verb

    def register(function: Callable[..., None]) -> Callable[..., None]:
        text, found, examples = inspect.cleandoc(function.__doc__ or "").partition("\nExamples:")
        epilog = f"\b\nExamples:{examples}" if found else None
        app.command(name, cls=cls, help=text, epilog=epilog, **settings)(function)
        return function

    return register


def _shared_options(command: Any) -> list[TyperOption]:
    taken = {spelling for param in command.params for spelling in (*param.opts, *param.secondary_opts)}
    return [option for make in command.shared_options if (option := make(taken)) is not None]


def _list_global_options(command: Any, ctx: Any, formatter: Any) -> None:
    """Below `mlreg` itself, whose help explains them, the global options are listed by name only."""
    if ctx.parent is not None:
        with formatter.section("Global options (see mlreg --help)"):
            formatter.write_text(" ".join(max(option.opts, key=len) for option in _shared_options(command)))
