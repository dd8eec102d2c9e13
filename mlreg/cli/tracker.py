"""`mlreg tracker`: define MLflow servers and local stores."""

from dataclasses import replace as with_fields
from pathlib import Path
from typing import Annotated, Any

import typer

from mlreg.cli import sign_in, tracker_options, tracker_server, views
from mlreg.cli.component_options import takes
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Replace, Unset, session
from mlreg.cli.session import Session
from mlreg.core import databricks, local, trackers
from mlreg.core.errors import Usage
from mlreg.core.fields import changed
from mlreg.core.types import Outcome, Tracker

app = noun(
    "MLflow servers and local stores, and how to authenticate there.",
    synonyms={"describe": "show", "get": "show"},
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The tracker's name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW", help="The name it gets.")]
Uri = Annotated[str | None, typer.Argument(metavar="[URI]", help="Where MLflow is.")]


@verb(app, "register", writes=True)
@takes(tracker_options.options)
def register(
    ctx: typer.Context,
    name: Name,
    given: dict[str, Any],
    uri: Uri = None,
    from_env: Annotated[
        bool, typer.Option("--from-env", help="Take address and credentials from MLflow's own settings.")
    ] = False,
    replace: Replace = False,
) -> None:
    """Define a tracker; without URI it is a new local store. The first one becomes active.

    On a terminal a server's password is asked for, tried, and kept in the keyring.

    Examples:
      mlreg tracker register team https://mlflow.example.com
      mlreg tracker register team https://mlflow.example.com --tracking-token={{team.token}}
      mlreg tracker register lab http://127.0.0.1:5000 --no-auth
      mlreg tracker register here
      mlreg tracker register dbx databricks://PROFILE
    """
    here = session(ctx)
    fields = tracker_options.fields(here.runtime, name, uri, given)
    if "tracking_uri" not in fields:
        fields["tracking_uri"] = here.runtime.resolve_uri(name, None)
    tracker = databricks.plain(Tracker(name=name, **fields))
    sign_in.register(here, tracker, from_env=from_env, replace=replace)


@verb(app, "list")
def list_trackers(ctx: typer.Context) -> None:
    """List the trackers.

    Examples:
      mlreg tracker list -o json
    """
    here = session(ctx)
    known = here.runtime.store.read()
    rows = (views.tracker(item, active=item.name == known.active_stack) for item in known.trackers.values())
    here.out.many(rows, views.TRACKER_COLUMNS, views.name_of, "no trackers yet: mlreg tracker register NAME URI")


@verb(app, "show")
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The tracker's name; the active stack's if not given.")
    ] = None,
) -> None:
    """Show a tracker, credentials masked, and a local one's server.

    Examples:
      mlreg tracker show team
    """
    here = session(ctx)
    known = here.runtime.store.read()
    found = here.runtime.target().tracker if name is None else trackers.find(known, name)
    server = here.runtime.local_servers.find(found) if found.kind == "local" else None
    shown = views.tracker(found, active=known.active_stack == found.name)
    here.out.one({**shown, **views.local_server(found.name, server)}, views.name_of)


@verb(app, "update", writes=True)
@takes(tracker_options.options)
def update(ctx: typer.Context, name: Name, given: dict[str, Any], uri: Uri = None, unset: Unset = None) -> None:
    """Change what is named of a tracker, and nothing else.

    Examples:
      mlreg tracker update team --tracking-token={{team.token}} --unset no-auth
      mlreg tracker update team --unset label.env
    """
    here = session(ctx)
    fields = tracker_options.fields(here.runtime, name, uri, given)
    if not fields and not unset:
        raise Usage("nothing is said to change", hint=f"mlreg tracker update {name} --description TEXT, for one")
    _update(here, name, fields, unset or [])


@verb(app, "remove-attribute", writes=True, hidden=True)
def remove_attribute(
    ctx: typer.Context,
    name: Name,
    attributes: Annotated[list[str], typer.Argument(metavar="FIELD...", help="Fields, called as their options are.")],
) -> None:
    """Take fields away: ZenML's spelling of `update --unset`.

    Examples:
      mlreg tracker remove-attribute team tracking_ca_cert
    """
    _update(session(ctx), name, {}, attributes)


@verb(app, "rename", writes=True)
def rename(ctx: typer.Context, name: Name, new: NewName) -> None:
    """Rename a tracker, also in the stacks that use it.

    Examples:
      mlreg tracker rename lab laboratory
    """
    here = session(ctx)
    renamed = with_fields(trackers.find(here.runtime.store.read(), name), name=new)
    _show(here, renamed, here.runtime.change(lambda known: trackers.rename(known, name, new)))


@verb(app, "copy", writes=True)
def copy(ctx: typer.Context, name: Name, new: NewName, replace: Replace = False) -> None:
    """Define a tracker like another one.

    Examples:
      mlreg tracker copy team team-staging
    """
    here = session(ctx)
    copied = with_fields(trackers.find(here.runtime.store.read(), name), name=new)
    _show(here, copied, here.runtime.change(lambda known: trackers.copy(known, name, new, replace=replace)))


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget a tracker. Nothing happens on its server; a local store is kept, and what was started for it is stopped.

    Examples:
      mlreg tracker delete lab
    """
    here = session(ctx)
    known = trackers.find(here.runtime.store.read(), name)
    place = local.place(known.tracking_uri)
    outcome = here.runtime.change(lambda now: trackers.delete(now, name))
    outcome = tracker_server.released(here, known, outcome)
    if place and Path(place).exists():
        outcome = with_fields(outcome, notes=[*outcome.notes, f"its data is kept in {place}"])
    here.out.result({"name": name, "deleted": True}, name, outcome)


verb(app, "start", writes=True)(tracker_server.start)
verb(app, "stop", writes=True)(tracker_server.stop)


def _update(here: Session, name: str, fields: dict[str, Any], unset: list[str]) -> None:
    def change(tracker: Tracker) -> Tracker:
        return databricks.plain(changed(tracker, fields, unset))

    before = trackers.find(here.runtime.store.read(), name)
    outcome = here.runtime.change(lambda known: trackers.update(known, name, change, machine=here.runtime.machine))
    _show(here, change(before), tracker_server.released(here, before, outcome))


def _show(here: Session, tracker: Tracker, outcome: Outcome) -> None:
    active = here.runtime.store.read().active_stack == tracker.name
    here.out.result(views.tracker(tracker, active=active), tracker.name, outcome)
