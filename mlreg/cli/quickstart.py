"""`mlreg quickstart`: from nothing to a local registry with a model in it, and what to try next."""

import shlex
import shutil
import sys
from dataclasses import replace
from typing import Annotated

import typer

from mlreg.cli import tracker_server, views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core import quickstart, trackers
from mlreg.core.addresses import masked
from mlreg.core.errors import Conflict
from mlreg.core.models import browse
from mlreg.core.quickstart import MODEL, NAME
from mlreg.core.references import ModelRef
from mlreg.core.types import Tracker

app = noun("From nothing to a local registry.")


@verb(app, "quickstart", writes=True)
def start(
    ctx: typer.Context,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the tracker and the store it made.")] = False,
) -> None:
    """Make a local registry with one model to try things on. Can be run again.

    Examples:
      mlreg quickstart
      mlreg quickstart --remove
    """
    here = session(ctx)
    tracker = Tracker(name=NAME, tracking_uri=here.runtime.resolve_uri(NAME, None))
    if remove:
        _remove(here, tracker)
        return
    _check_ours(here, tracker)
    outcome = here.runtime.change(lambda known: trackers.register(known, tracker))
    if here.runtime.choices.dry_run:
        here.out.say(f"dry run, nothing is changed; it would make a model with two versions in {tracker.tracking_uri}")
        return
    here.out.say(outcome.said)
    here.out.say("opening it with MLflow, which takes some seconds")
    with tracker_server.served(here, tracker):
        _fill(here)
    _suggest(here, tracker)


def _fill(here: Session) -> None:
    """Make what is not there yet, and list it."""
    ref = ModelRef(MODEL, stack=NAME)
    registry, tracking = here.runtime.registry(ref), here.runtime.tracking(ref)
    runs, custody = here.runtime.run_log(here.runtime.target(NAME)), here.runtime.custody(ref)
    if not quickstart.build(registry, tracking, runs, here.out.say, custody):
        here.out.say(f"the model {MODEL} is there already")
    rows = map(views.version, browse.list_versions(registry, ModelRef(MODEL)))
    here.out.many(rows, views.VERSION_COLUMNS, views.ref_of, "")


def _check_ours(here: Session, tracker: Tracker) -> None:
    """Leave a tracker alone that somebody else gave this name."""
    known = here.runtime.components.trackers.get(NAME)
    if known is not None and known.tracking_uri != tracker.tracking_uri:
        raise Conflict(
            f"there is another tracker '{NAME}'",
            cause=f"it leads to {masked(known.tracking_uri)}, which quickstart did not make",
            hint=f"mlreg tracker rename {NAME} NEW",
        )


def _remove(here: Session, tracker: Tracker) -> None:
    known = here.runtime.store.read()
    if NAME not in known.trackers:
        here.out.say("there is no quickstart to remove")
        return
    _check_ours(here, tracker)
    outcome = here.runtime.change(lambda now: trackers.delete(now, NAME))
    if not here.runtime.choices.dry_run:
        here.runtime.local_servers.stop(tracker)
        here.runtime.remove_store(tracker)
        outcome = replace(outcome, said=f"deleted the tracker {NAME} and its store")
    here.out.result({"name": NAME, "deleted": True}, NAME, outcome)


def _suggest(here: Session, tracker: Tracker) -> None:
    """The next commands, such that each works when it is pasted."""
    program = "mlreg" if shutil.which("mlreg") else shlex.quote(sys.argv[0])
    active = here.runtime.store.read().active_stack == NAME and not here.runtime.environ.get("MLREG_STACK")
    stack = "" if active else f" --stack {NAME}"
    here.out.say("\nNext, try:")
    running = here.runtime.local_servers.find(tracker).state == "running"
    for command in (
        "model list",
        f"model show {MODEL}@champion",
        f"model compare {MODEL}@champion {MODEL}@challenger",
        f"model promote {MODEL}@challenger @champion --require 'metrics.auc >= holder.metrics.auc'",
        f"model history {MODEL}@champion",
        f"model rollback {MODEL}@champion",
        f"model versions {MODEL} --metrics auc -o json",
    ):
        here.out.say(f"  {program} {command}{stack}")
    for command in (*(["tracker stop quickstart"] if running else []), "quickstart --remove"):
        here.out.say(f"  {program} {command}")
