"""`mlreg model wait | open`."""

import sys
import time
from typing import Annotated

import typer

from mlreg.cli import tracker_server, views
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core import pages
from mlreg.core.models import browse, waiting
from mlreg.core.references import parse_ref
from mlreg.core.types import Outcome

PATIENCE_S = 300.0  # as MLflow's own client has it
LONGEST_PAUSE_S = 5.0


def wait(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="One version: churn/7, churn/latest.")],
) -> None:
    """Wait until a version is ready to be used.

    5 minutes, unless --timeout says otherwise.

    Examples:
      mlreg model wait churn/7
      mlreg model wait churn/latest --timeout 30m
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    pause = pausing(here)
    ready = waiting.wait(here.runtime.registry(wanted), wanted, pause)
    here.out.result(views.version(ready), ready.ref, Outcome(said=f"{ready.ref} is ready"))


def open_page(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A model, or one version: churn/7, churn@champion.")],
) -> None:
    """Open the page of a model or version in the browser.

    Its address is printed; without a terminal that is all.

    Examples:
      mlreg model open churn@champion
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    registry = here.runtime.registry(wanted)
    if wanted.selector is None:
        name, number = browse.get_model(registry, wanted.name).name, None
    else:
        found = browse.resolve(registry, wanted)
        name, number = found.model.name, found.number
    tracker = tracker_server.for_browser(here, here.runtime.target(wanted.stack).registry)
    address = pages.of_model(tracker, name, number)
    if sys.stdout.isatty() and not here.runtime.environ.get("CI"):
        import webbrowser

        webbrowser.open(address)
    here.out.value({"name": name, "version": number, "url": address}, "url")


def pausing(here: Session) -> waiting.Pause:
    """Longer and longer pauses until this command's time is up; call it before the registry is opened."""
    here.runtime.patience_s = PATIENCE_S
    end = time.monotonic() + here.runtime.timeout_s
    length = 0.25

    def pause() -> bool:
        nonlocal length
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(length, left))
        length = min(length * 1.5, LONGEST_PAUSE_S)
        return True

    return pause
