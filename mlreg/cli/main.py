"""The root command, and run(): the single place that turns errors into messages and exit codes."""

import itertools
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from typer.core import TyperOption
from typer.exceptions import Abort, Exit, TyperException

from mlreg import __version__
from mlreg.cli.familiar import NOUNS
from mlreg.cli.grammar import LazyCommands, Noun
from mlreg.cli.session import Session, start
from mlreg.cli.text import refuse_bytes
from mlreg.core.errors import Failed, MlregError, Usage, did_you_mean

COMMANDS = {
    "quickstart": ("mlreg.cli.quickstart:app", "Make a local registry to try things on, in one go."),
    "status": ("mlreg.cli.status:status_app", "What is active, and whether its server answers."),
    "doctor": ("mlreg.cli.status:doctor_app", "Check files, keyring, secrets and servers, with remedies."),
    "login": ("mlreg.cli.login:app", "Log in to a tracking server: register it the shortest way."),
    "tracker": ("mlreg.cli.tracker:app", "MLflow servers and local stores, and how to authenticate there."),
    "stack": ("mlreg.cli.stack:app", "Named sets of a tracker and its settings; one is active."),
    "secret": ("mlreg.cli.secret:app", "Credentials, kept in the system keyring."),
    "model": ("mlreg.cli.model:app", "Registered models and their versions."),
    "run": ("mlreg.cli.run:app", "Run a command with the stack's servers in its environment."),
    "env": ("mlreg.cli.env:app", "Print the stack's variables, for a shell to evaluate."),
    "completion": ("mlreg.cli.completion:app", "Print the script that lets TAB complete mlreg in a shell."),
    "version": ("mlreg.cli.version:app", "The version of mlreg."),
    "help": ("mlreg.cli.topics:app", "References, secrets, files, environment, exit codes, output, gates, CI."),
}

_HELP = """Manage MLflow model registries from the command line.

\b
Start here:
  mlreg quickstart
  mlreg tracker register team https://mlflow.example.com --tracking-token={{team.token}}
  mlreg model list
"""


class Root(Noun):
    """`mlreg` itself: its commands are imported when they are called."""

    def __init__(self) -> None:
        super().__init__(
            name="mlreg",
            commands={},
            help=_HELP,
            no_args_is_help=True,
            params=[_version_option()],
            rich_markup_mode=None,
            context_settings={
                "help_option_names": ["-h", "--help"],
                "token_normalize_func": lambda token: token.replace("_", "-"),
            },
        )
        self.commands = LazyCommands({name: place for name, (place, _) in COMMANDS.items()})
        self.familiar = LazyCommands(NOUNS)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version_option() -> TyperOption:
    def show(_ctx: Any, _param: Any, wanted: bool) -> None:
        if wanted:
            print(f"mlreg {__version__}")  # noqa: T201 - as in __main__, which answers the usual way of asking
            raise Exit

    return TyperOption(
        param_decls=["--version", "-V"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show the version and exit.",
    )


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    session = start()
    _prepare_process()
    try:
        _refuse_bytes(argv)
        return _invoke(session, list(argv))
    except MlregError as error:
        return _failed(session, argv, error)
    except TyperException as error:
        return _misused(session, argv, error)
    except (KeyboardInterrupt, Abort):
        session.out.interrupted()
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return 141
    except Exception as error:
        if session.debug:
            raise
        return _failed(session, argv, _bug(error))


def _invoke(session: Session, argv: list[str]) -> int:
    try:
        with Root().make_context("mlreg", argv, obj=session) as ctx:
            ctx.command.invoke(ctx)
        code = 0
    except Exit as end:
        code = end.exit_code
    session.out.flush()
    session.runtime.keep_names()
    return code


def _refuse_bytes(argv: Sequence[str]) -> None:
    """No name and no value has bytes that are no text; what `run` hands on behind `--` is not ours."""
    ours = itertools.takewhile(lambda word: word != "--", argv) if "run" in argv else argv
    for word in ours:
        refuse_bytes(word, "an argument")


def _failed(session: Session, argv: Sequence[str], error: MlregError) -> int:
    ours = list(itertools.takewhile(lambda word: word != "--", argv))
    if session.own_exit and error.exit < session.own_exit:
        error.exit = session.own_exit
    as_json = _wants_json(session, ours)
    session.out.failed(error, as_json=as_json)
    if not as_json and "--no-ci" not in ours:  # which may stand behind what could not be parsed
        from mlreg.cli import ci

        ci.annotate(session, error)
    return error.exit


def _misused(session: Session, argv: Sequence[str], error: TyperException) -> int:
    """Typer's own errors in mlreg's form. Asking for a noun alone shows its help, as for a usage error, on stderr."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else " ".join(["mlreg", *itertools.takewhile(_is_word, argv)])
    if type(error).__name__ == "NoArgsIsHelpError":
        if not argv:
            session.out.text(f"{error.message}\n")
            return 0
        if not _wants_json(session, argv):
            session.out.say(error.message)
            return error.exit_code
        return _failed(session, argv, Usage("which command?", hint=f"{path} --help"))
    what, _, near = error.format_message().partition(" (Possible option")[0].partition(" Did you mean ")
    options = getattr(error, "possibilities", None)
    hint = did_you_mean(getattr(error, "option_name", ""), options) if options else near and f"did you mean {near}"
    return _failed(session, argv, Usage(what, hint=hint or f"{path} --help"))


def _is_word(argument: str) -> bool:
    return not argument.startswith("-")


def _wants_json(session: Session, argv: Sequence[str]) -> bool:
    """Also known when the command line could not be parsed as far as its --output."""
    if session.out.format == "json":
        return True
    words = list(argv)
    pairs = itertools.pairwise(words)
    return any(word in ("-ojson", "-o=json", "--output=json") for word in words) or any(
        option in ("-o", "--output") and value == "json" for option, value in pairs
    )


def _bug(error: Exception) -> Failed:
    return Failed(
        "mlreg did not expect this", cause=type(error).__name__, hint="add --debug, and report what it shows as a bug"
    )


def _prepare_process() -> None:
    def terminated(number: int, _frame: Any) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, terminated)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # nohup ignores it
        signal.signal(signal.SIGHUP, terminated)
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _open_closed_streams() -> None:
    """A stream that the caller has closed reads as empty and takes everything."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _silence_stdout() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere instead of complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
