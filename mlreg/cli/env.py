"""`mlreg env`: the stack's variables, for a shell to evaluate."""

import shlex
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.cli.text import clean
from mlreg.core import environment, exports
from mlreg.core.errors import Usage, did_you_mean

app = noun("Print the stack's variables, for a shell to evaluate.")

Shell = Annotated[
    str | None,
    typer.Option("--shell", metavar="FORM", help=f"{', '.join(exports.FORMS)} (default: that of SHELL)."),
]
Reveal = Annotated[bool, typer.Option("--reveal", help="Print the credentials themselves.")]


@verb(app, "env")
def env(ctx: typer.Context, shell: Shell = None, reveal: Reveal = False) -> None:
    """Print the stack's variables, for a shell to evaluate.

    MLflow programs started from that shell then use the stack's servers: eval "$(mlreg env)", in fish:
    mlreg env | source. Variables that would lead elsewhere are unset.

    There is no secret among them. MLFLOW_TRACKING_AUTH=mlreg makes MLflow ask mlreg for the credentials of each
    request's host, so mlreg must be installed beside MLflow. --reveal prints the credentials instead: then every
    program in that shell can read them. `mlreg run` shows them to one command only.

    bash is for zsh and other POSIX shells too. A dotenv file cannot unset anything; in JSON null means unset.

    Examples:
      mlreg env
      mlreg env --stack prod --shell fish
      mlreg env --shell dotenv --reveal
    """
    here = session(ctx)
    form = shell or _usual_form(here)
    if form not in exports.FORMS:
        known = f"there are {', '.join(exports.FORMS)}"
        raise Usage(f"there is no form '{form}'", cause=known, hint=did_you_mean(form, exports.FORMS))
    target = here.runtime.target()
    changes: Mapping[str, str | None] = {}
    if environment.unsaved(target) and not reveal:
        here.out.say("MLflow's own variables say which server, and are left as they are")
    else:
        changes = here.runtime.variables(target, plain=reveal)
    text = exports.FORMS[form](changes)
    if environment.asks_plugin(changes):
        _look_for_plugin(here)
    left = [name for name, value in changes.items() if value is None and name in here.runtime.environ]
    if form == "dotenv" and left:
        here.out.warn(f"a dotenv file cannot unset {', '.join(left)}")
    here.out.text(clean(text, keep_lines=True) if sys.stdout.isatty() else text)


def _usual_form(here: Session) -> str:
    """That of the person's shell; JSON where --output asks for it, but not MLREG_OUTPUT, which no shell evaluates."""
    asked = here.out.setting()
    if (asked.value, asked.origin) == ("json", "--output"):
        return "json"
    return exports.form_of(here.runtime.environ.get("SHELL", ""))


def _look_for_plugin(here: Session) -> None:
    """Without the plugin MLflow would only warn, and send no credentials."""
    python = here.runtime.target_python()
    if python is not None and python.has_plugin is False:
        install = f"{shlex.quote(python.path)} -m pip install mlreg"
        here.out.warn(
            f"MLflow in {python.path} would not find mlreg, and send no credentials\n"
            f"hint: {install}, or mlreg run -- COMMAND, which needs no mlreg there"
        )
