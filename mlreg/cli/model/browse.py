"""`mlreg model list | show | versions | resolve`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core.models import browse
from mlreg.core.references import ModelRef, parse_model, parse_ref


def list_models(ctx: typer.Context) -> None:
    """List the registered models, with their stages and aliases.

    Examples:
      mlreg model list
      mlreg model list -o json
    """
    here = session(ctx)
    registry = here.runtime.registry()
    for note in browse.listing_notes(registry):
        here.out.warn(note)
    rows = map(views.model, browse.list_models(registry))
    here.out.many(rows, views.MODEL_COLUMNS, views.name_of, "no models yet: mlreg model create NAME")


def versions(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The model; all models if not given.")] = None,
) -> None:
    """List a model's versions, newest first, with their aliases.

    Examples:
      mlreg model versions churn
    """
    here = session(ctx)
    ref = parse_model(name) if name is not None else None
    rows = map(views.version, browse.list_versions(here.runtime.registry(ref), ref))
    here.out.many(rows, views.VERSION_COLUMNS, views.ref_of, "no versions yet: mlreg model register NAME SOURCE")


def show(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A model, or one version: churn/7, churn@champion.")],
) -> None:
    """Show a model or one of its versions.

    Examples:
      mlreg model show churn
      mlreg model show churn@champion -o json
    """
    show_ref(session(ctx), parse_ref(ref))


def show_ref(here: Session, wanted: ModelRef) -> None:
    """Show what a reference names."""
    registry = here.runtime.registry(wanted)
    if wanted.selector is None:
        here.out.one(views.model(browse.get_model(registry, wanted.name)), views.name_of)
        return
    found, notes = browse.show_version(registry, wanted)
    for note in notes:
        here.out.warn(note)
    here.out.one(views.version(found), views.ref_of)


def resolve(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="One version: churn@champion, churn/Production.")],
) -> None:
    """Print the URI of the version that a reference names now.

    Examples:
      mlreg model resolve churn@champion
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    found = browse.resolve(here.runtime.registry(wanted), wanted)
    for note in found.notes:
        here.out.warn(note)
    here.out.value(views.resolved(found), "uri")
