"""`mlreg tracker start` and `stop`: MLflow's server for a local tracker, and what other verbs do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core import local_server, trackers
from mlreg.core.errors import MlregError, Usage
from mlreg.core.local_server import LocalServer
from mlreg.core.types import Outcome, Tracker

START_S = 120.0

Name = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="The tracker's name; the active stack's if not given.")
]


def start(ctx: typer.Context, name: Name = None) -> None:
    """Run MLflow for a local tracker: commands take no seconds then.

    The server listens on this machine only, has no password, and runs until it is stopped. Prints its address, where
    MLflow's own pages are.

    Examples:
      mlreg tracker start here
      open $(mlreg tracker start here)
    """
    here = session(ctx)
    tracker = _tracker(here, name)
    local_server.check(tracker)
    if here.runtime.choices.dry_run:
        _pretend(here, tracker)
        return
    server, outcome = run(here, tracker)
    here.out.result(views.local_server(tracker.name, server), str(server.uri), outcome)


def stop(
    ctx: typer.Context,
    name: Name = None,
    everything: Annotated[bool, typer.Option("--all", help="Every server that mlreg has started.")] = False,
) -> None:
    """Stop the server that was started for a local tracker.

    Examples:
      mlreg tracker stop here
      mlreg tracker stop --all
    """
    here = session(ctx)
    if everything:
        if name is not None:
            raise Usage("--all stops every server, so it goes without a name", hint="mlreg tracker stop --all")
        _stop_all(here)
        return
    tracker = _tracker(here, name)
    local_server.check(tracker)
    servers = here.runtime.local_servers
    outcome = local_server.stopped(servers.find(tracker)) if here.runtime.choices.dry_run else servers.stop(tracker)
    here.out.result({"name": tracker.name, "stopped": outcome.changed}, tracker.name, outcome)


def run(here: Session, tracker: Tracker) -> tuple[LocalServer, Outcome]:
    """Start a tracker's server unless it runs; a person sees how long it takes."""
    runtime = here.runtime
    root = local_server.artifact_root(tracker, partial(runtime.resolve_uri, tracker.name, None))

    def tell(seconds: float) -> None:
        here.out.live(f"starting MLflow for {tracker.name} ... {seconds:.0f} s")

    try:
        return runtime.local_servers.start(tracker, root, tell, runtime.choices.timeout_s or START_S)
    finally:
        here.out.live("")


@contextmanager
def served(here: Session, tracker: Tracker) -> Iterator[None]:
    """Work with a tracker's server if there can be one; what was started here is stopped again where nobody looks."""
    servers = here.runtime.local_servers
    outcome = Outcome(said="", changed=False)
    if servers.startable():
        try:
            _, outcome = run(here, tracker)
            here.out.say(outcome.said)
            for note in outcome.notes if here.may_ask else ():
                here.out.warn(note)
        except MlregError as error:
            here.out.warn(f"{error.message}; going on without a server")
    try:
        yield
    finally:
        if outcome.changed and not here.may_ask:
            here.out.say(servers.stop(tracker).said)


def released(here: Session, tracker: Tracker, outcome: Outcome) -> Outcome:
    """Stop the server of a store that no tracker leads to any more, and add that to what there is to say."""
    known = here.runtime.store.read().trackers.values()
    used = any(other.tracking_uri == tracker.tracking_uri for other in known)
    if tracker.kind != "local" or used or here.runtime.choices.dry_run:
        return outcome
    stopped = here.runtime.local_servers.stop(tracker)
    return replace(outcome, notes=[*outcome.notes, stopped.said]) if stopped.changed else outcome


def for_browser(here: Session, tracker: Tracker) -> Tracker:
    """A tracker as a browser reaches it: a local one by its server, while that runs."""
    server = here.runtime.local_servers.find(tracker) if tracker.kind == "local" else None
    return replace(tracker, tracking_uri=server.uri) if server and server.state == "running" and server.uri else tracker


def _tracker(here: Session, name: str | None) -> Tracker:
    if name is None:
        return here.runtime.target().tracker
    return trackers.find(here.runtime.store.read(), name)


def _pretend(here: Session, tracker: Tracker) -> None:
    servers = here.runtime.local_servers
    server = servers.find(tracker)
    if server.state != "running" and not servers.startable():
        raise local_server.not_installed()
    said = local_server.unchanged(server).said if server.state == "running" else f"started MLflow for {tracker.name}"
    here.out.say(f"dry run, nothing is changed; it would be: {said}")


def _stop_all(here: Session) -> None:
    servers = here.runtime.local_servers
    called = {
        servers.find(tracker).pid: tracker.name
        for tracker in here.runtime.store.read().trackers.values()
        if tracker.kind == "local"
    }
    pretend = here.runtime.choices.dry_run
    rows = [
        {"name": called.get(server.pid, server.tracker), "server_uri": server.uri, "stopped": not pretend}
        for server in (servers.all() if pretend else servers.stop_all())
    ]
    here.out.many(rows, ("name", "server_uri", "stopped"), views.name_of, "no server is running")
