"""The options that commands share: global ones, accepted anywhere, and the annotated ones of several verbs."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperOption

from mlreg.cli.session import Session
from mlreg.core import settings
from mlreg.core.errors import Usage

# Typer types of the options that more than one verb has.
Description = Annotated[str | None, typer.Option("--description", "-d", metavar="TEXT", help="What it is for.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="A tag; may be repeated.")]
Replace = Annotated[bool, typer.Option("--replace", help="Change what exists under this name.")]
Unset = Annotated[
    list[str] | None, typer.Option("--unset", metavar="FIELD", help="Take a field away; may be repeated.")
]
Comment = Annotated[str | None, typer.Option("--comment", metavar="TEXT", help="Why; the journal keeps it.")]
Dotenv = Annotated[
    str | None, typer.Option("--dotenv", metavar="FILE", help="Write the result to FILE as MLREG_VERSION=7 and so on.")
]
Force = Annotated[bool, typer.Option("--force", help="Override the refusal.")]


class GlobalOption(TyperOption):
    """An option of every command; its value goes to the session, not to the command's function."""

    def get_help_record(self, ctx: Any) -> tuple[str, str] | None:
        return super().get_help_record(ctx) if ctx.parent is None else None


def session(ctx: typer.Context) -> Session:
    """The session this command runs in."""
    found: Session = ctx.obj
    return found


def tags(given: list[str] | None) -> dict[str, str]:
    """Read KEY=VALUE tags; raises Usage for one without `=`."""
    return pairs("tag", given or [])


def pairs(option: str, given: list[str]) -> dict[str, str]:
    """Read the KEY=VALUE of an option that may be repeated; raises Usage, which quotes nothing that may be a secret."""
    read = {}
    for text in given:
        key, found, value = text.partition("=")
        if not key or not found:
            raise Usage(f"a {option} has no value", hint=f"--{option} KEY=VALUE")
        read[key] = value
    return read


def names(option: str, given: str | None) -> tuple[str, ...]:
    """Read A,B, each once; raises Usage for an option that names nothing."""
    if given is None:
        return ()
    read = tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    if not read:
        raise Usage(f"{option} names nothing", hint=f"{option} auc,loss")
    return read


Recipe = Callable[[set[str]], Any]


def _option(apply: Callable[[Session, Any], None], *spellings: str, **settings: Any) -> Recipe:
    """A recipe for a global option, made for a command whose own spellings are taken."""

    def callback(ctx: typer.Context, _param: Any, value: Any) -> Any:
        if value not in (None, False) and not ctx.resilient_parsing:
            apply(session(ctx), value)
        return value

    def make(taken: set[str]) -> GlobalOption | None:
        free = [spelling for spelling in spellings if spelling not in taken]
        if not any(spelling.startswith("--") for spelling in free):
            return None
        return GlobalOption(param_decls=free, expose_value=False, callback=callback, default=None, **settings)

    return make


def _set_stack(to: Session, value: str) -> None:
    to.runtime.choices.stack = value


def _set_tracker(to: Session, value: str) -> None:
    to.runtime.choices.tracker = value


def _set_timeout(to: Session, value: str) -> None:
    to.runtime.choices.timeout_s = settings.duration_s(value)


def _set_output(to: Session, value: str) -> None:
    to.out.choose(value)


def _set_fields(to: Session, value: str) -> None:
    to.out.fields = tuple(name.strip() for name in value.split(",") if name.strip())


def _set_quiet(to: Session, _: bool) -> None:
    to.out.quiet = True


def _set_no_input(to: Session, _: bool) -> None:
    to.no_input = True


def _set_dry_run(to: Session, _: bool) -> None:
    to.runtime.choices.dry_run = to.out.dry_run = True


def _set_yes(to: Session, _: bool) -> None:
    to.yes = True


def _set_no_project(to: Session, _: bool) -> None:
    to.runtime.choices.no_project = True


def _set_no_ci(to: Session, _: bool) -> None:
    to.no_ci = True


def _set_debug(to: Session, _: bool) -> None:
    to.debug = True


def _set_color(to: Session, value: str) -> None:
    to.out.choose_color(value)


# Options of every verb that writes: declared once, like the global ones.
WRITE_OPTIONS: tuple[Recipe, ...] = (
    _option(_set_dry_run, "--dry-run", is_flag=True, help="Decide and say everything, change nothing."),
    _option(_set_yes, "--yes", "-y", is_flag=True, help="Do not ask for confirmation."),
)
GLOBAL_OPTIONS: tuple[Recipe, ...] = (
    _option(_set_stack, "--stack", "-s", metavar="NAME", help="Talk to this stack's servers."),
    _option(_set_tracker, "--tracker", metavar="NAME", help="Talk to this tracker."),
    _option(
        _set_output,
        "--output",
        "-o",
        metavar="FORMAT",
        help="table, json, yaml, csv, tsv, name or markdown (MLREG_OUTPUT).",
    ),
    _option(_set_fields, "--fields", metavar="A,B", help="Show only these fields."),
    _option(_set_quiet, "--quiet", "-q", is_flag=True, help="Say nothing but warnings and errors."),
    _option(_set_no_input, "--no-input", is_flag=True, help="Never ask."),
    _option(_set_no_project, "--no-project", is_flag=True, help="Ignore the project's mlreg.yaml (MLREG_NO_PROJECT)."),
    _option(_set_no_ci, "--no-ci", is_flag=True, help="Print, and tell GitHub or GitLab nothing else (MLREG_NO_CI)."),
    _option(_set_timeout, "--timeout", metavar="DURATION", help="Give up after this long: 30s, 5m (default 60s)."),
    _option(_set_color, "--color", metavar="WHEN", help="auto, always or never."),
    _option(_set_debug, "--debug", is_flag=True, help="Show where an unexpected error came from."),
)
