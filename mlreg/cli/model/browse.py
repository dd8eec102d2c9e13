"""`mlreg model list | show | versions | resolve`."""

from functools import partial
from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.component_options import given_by
from mlreg.cli.model import find_options
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core.models import browse, joined, select
from mlreg.core.references import ModelRef, parse_model, parse_ref


@given_by(find_options.models)
def list_models(ctx: typer.Context, given: tuple[select.Wanted, joined.Asked]) -> None:
    """List the registered models, with their stages and aliases.

    What MLflow's own filters do not know (aliases, stages, times) mlreg looks for itself. The time of a model is its
    last update; its metrics and parameters are those of its newest version's run.

    Examples:
      mlreg model list
      mlreg model list --stage Production --since 7d
      mlreg model list --filter "name LIKE 'churn%'" --tag team=risk --metrics auc,loss
      mlreg model list --order-by "last_updated_timestamp DESC" --limit 10 -o json
    """
    here = session(ctx)
    wanted, asked = given
    registry = here.runtime.registry()
    found = select.models(registry, wanted)
    both = joined.models(registry, here.runtime.tracking, found, asked)
    for note in browse.listing_notes(registry):
        here.out.warn(note)
    empty = "no models yet: mlreg model create NAME" if wanted == select.Wanted() else "no such models"
    rows = (views.model(model) | views.values(logged) for model, logged in both)
    here.out.many(rows, (*views.MODEL_COLUMNS, *asked.fields), views.name_of, empty)


@given_by(find_options.versions)
def versions(
    ctx: typer.Context,
    given: tuple[select.WantedVersions, joined.Asked],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The model; all models if not given.")] = None,
) -> None:
    """List a model's versions, newest first, with their aliases.

    What MLflow's own filters do not know (aliases, stages, statuses, times) mlreg looks for itself. The time of a
    version is its creation.

    Examples:
      mlreg model versions churn
      mlreg model versions churn --since 2026-01-31 --metrics auc,loss --params lr
      mlreg model versions --alias champion
      mlreg model versions churn --filter "version_number > 7" --order-by "version_number ASC" --limit 3
    """
    here = session(ctx)
    wanted, asked = given
    ref = parse_model(name) if name is not None else None
    found = select.versions(here.runtime.registry(ref), ref, wanted)
    both = joined.versions(partial(here.runtime.tracking, ref), found, asked)
    rows = (views.version(version) | views.values(logged) for version, logged in both)
    none_yet = "no versions yet: mlreg model register NAME SOURCE"
    empty = none_yet if wanted == select.WantedVersions() else "no such versions"
    here.out.many(rows, (*views.VERSION_COLUMNS, *asked.fields), views.ref_of, empty)


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
