"""`mlreg model-registry models`: ZenML's verbs for models; each does what mlreg's own verb does."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.familiar import versions
from mlreg.cli.familiar.options import ModelMetadata, Name, pairs
from mlreg.cli.grammar import PAIR, noun, verb
from mlreg.cli.model.browse import show_ref
from mlreg.cli.model.removal import name_typed
from mlreg.cli.options import Description, session
from mlreg.core.models import browse, edit, removal, revise, select
from mlreg.core.references import parse_model
from mlreg.core.types import Outcome

app = noun("Registered models and their versions, in ZenML's words.", synonyms={"describe": "get"})
app.registered_commands += versions.app.registered_commands

COLUMNS = ("name", "description", "tags", "latest_version", "stages", "aliases")


@verb(app, "list")
def list_models(
    ctx: typer.Context,
    metadata: Annotated[
        list[str] | None, typer.Option("--metadata", "-m", metavar=PAIR, help="Only with this tag; may be repeated.")
    ] = None,
) -> None:
    """List the registered models: `mlreg model list`.

    Examples:
      mlreg model-registry models list -m team risk
    """
    here = session(ctx)
    registry = here.runtime.registry()
    for note in browse.listing_notes(registry):
        here.out.warn(note)
    rows = map(views.model, select.models(registry, select.Wanted(tags=pairs(metadata))))
    here.out.many(rows, COLUMNS, views.name_of, "no such models")


@verb(app, "register", writes=True)
def register(ctx: typer.Context, name: Name, description: Description = None, metadata: ModelMetadata = None) -> None:
    """Create an empty model: `mlreg model create`.

    Examples:
      mlreg model-registry models register churn -d "Will they leave?" -t team risk
    """
    here = session(ctx)
    ref = parse_model(name)
    made = edit.create(here.runtime.registry(ref), ref, description=description or "", tags=pairs(metadata))
    here.out.result(views.model(made), made.name, Outcome(said=f"created the model {made.name}"))


@verb(app, "get")
def get(ctx: typer.Context, name: Name) -> None:
    """Show a model: `mlreg model show`.

    Examples:
      mlreg model-registry models get churn
    """
    show_ref(session(ctx), parse_model(name))


@verb(app, "update", writes=True)
def update(ctx: typer.Context, name: Name, description: Description = None, metadata: ModelMetadata = None) -> None:
    """Change a model: `mlreg model update` and `mlreg model tag set` at once.

    Examples:
      mlreg model-registry models update churn -t team risk
    """
    here = session(ctx)
    ref = parse_model(name)
    wanted = revise.Revision(description=description, tags=pairs(metadata))
    done, outcome = revise.model(here.runtime.registry(ref), ref, wanted)
    here.out.result(views.model(done), done.name, outcome)


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name) -> None:
    """Delete a model with all its versions: `mlreg model delete`.

    Examples:
      mlreg model-registry models delete churn -y
    """
    here = session(ctx)
    ref = parse_model(name)
    ask = name_typed(here, ref.name, ref.name if here.yes else None)
    done = removal.delete_model(here.runtime.registry(ref), ref, ask, custody=here.runtime.custody(ref))
    here.out.result(views.deleted(done), done.ref, done.outcome)
