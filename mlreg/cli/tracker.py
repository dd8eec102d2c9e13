"""`mlreg tracker`: define MLflow servers and local stores."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Description, Replace, session
from mlreg.core import databricks, local, trackers
from mlreg.core.entries import credential
from mlreg.core.errors import Usage
from mlreg.core.types import Tracker

app = noun("MLflow servers and local stores, and how to authenticate there.", synonyms={"describe": "show"})

Name = Annotated[str, typer.Argument(metavar="NAME", help="The tracker's name.")]


@verb(app, "register", writes=True)
def register(
    ctx: typer.Context,
    name: Name,
    uri: Annotated[str | None, typer.Argument(metavar="[URI]", help="Where MLflow is; else a new local store.")] = None,
    flavor: Annotated[str, typer.Option(metavar="FLAVOR", help="Always mlflow.")] = "mlflow",
    tracking_uri: Annotated[str | None, typer.Option(metavar="URI", help="The same as URI.")] = None,
    tracking_username: Annotated[str | None, typer.Option(metavar="USER", help="With --tracking-password.")] = None,
    tracking_password: Annotated[
        str | None, typer.Option(metavar="PASSWORD", help="Better a placeholder, {{secret.key}}.")
    ] = None,
    tracking_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Better a placeholder, {{secret.key}}.")
    ] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="The server asks for no credentials.")] = False,
    tracking_insecure_tls: Annotated[
        bool, typer.Option("--tracking-insecure-tls", help="Do not verify the certificate.")
    ] = False,
    tracking_ca_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Trust the authority in this PEM file, and no other.")
    ] = None,
    tracking_client_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show this certificate (PEM, with its key).")
    ] = None,
    registry_uri: Annotated[
        str | None, typer.Option(metavar="URI", help="databricks or databricks-uc; else Unity Catalog.")
    ] = None,
    databricks_host: Annotated[str | None, typer.Option(metavar="URL", help="The workspace, with databricks.")] = None,
    databricks_client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="An OAuth client, with its secret.")
    ] = None,
    databricks_client_secret: Annotated[
        str | None, typer.Option(metavar="SECRET", help="Better a placeholder, {{secret.key}}.")
    ] = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Send credentials over http, unencrypted.")] = False,
    description: Description = None,
    replace: Replace = False,
) -> None:
    """Define a tracker. The first one becomes active; each is also a stack of its own name.

    Examples:
      mlreg tracker register team https://mlflow.example.com --tracking-token={{team.token}}
      mlreg tracker register lab http://127.0.0.1:5000 --no-auth
      mlreg tracker register here
      mlreg tracker register dbx databricks://PROFILE
    """
    here = session(ctx)
    tracker = Tracker(
        name=name,
        flavor=flavor,
        tracking_uri=here.runtime.resolve_uri(name, _one_uri(uri, tracking_uri)),
        tracking_username=credential("tracking_username", tracking_username),
        tracking_password=credential("tracking_password", tracking_password),
        tracking_token=credential("tracking_token", tracking_token),
        no_auth=no_auth,
        tracking_insecure_tls=tracking_insecure_tls,
        tracking_ca_cert=_file(tracking_ca_cert),
        tracking_client_cert=_file(tracking_client_cert),
        allow_http=allow_http,
        registry_uri=registry_uri,
        databricks_host=databricks_host,
        databricks_client_id=credential("databricks_client_id", databricks_client_id),
        databricks_client_secret=credential("databricks_client_secret", databricks_client_secret),
        description=description,
    )
    if tracker.kind == "databricks":
        databricks.check(tracker, here.runtime.databricks_profiles())
    outcome = here.runtime.change(lambda known: trackers.register(known, tracker, replace=replace))
    known = here.runtime.store.read()
    here.out.result(views.tracker(tracker, active=known.active_stack == name), name, outcome)


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
def show(ctx: typer.Context, name: Name) -> None:
    """Show a tracker; literal credentials are masked.

    Examples:
      mlreg tracker show team
    """
    here = session(ctx)
    known = here.runtime.store.read()
    found = trackers.find(known, name)
    here.out.one(views.tracker(found, active=known.active_stack == name), views.name_of)


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget a tracker. Nothing happens on its server, and a local store is kept.

    Examples:
      mlreg tracker delete lab
    """
    here = session(ctx)
    place = local.place(trackers.find(here.runtime.store.read(), name).tracking_uri)
    outcome = here.runtime.change(lambda known: trackers.delete(known, name))
    if place and Path(place).exists():
        outcome = replace(outcome, notes=[*outcome.notes, f"its data is kept in {place}"])
    here.out.result({"name": name, "deleted": True}, name, outcome)


def _one_uri(argument: str | None, option: str | None) -> str | None:
    if argument is not None and option is not None and argument != option:
        raise Usage("two different URIs are given", hint="leave --tracking-uri out")
    uri = option if argument is None else argument
    if uri == "":
        raise Usage("the URI is empty", hint="mlreg tracker register NAME https://mlflow.example.com")
    return uri


def _file(path: Path | None) -> str | None:
    if path is None:
        return None
    if not path.is_file():
        raise Usage(f"there is no file {path}", cause="a certificate is read from it at every use")
    return str(path.absolute())
