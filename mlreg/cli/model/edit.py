"""`mlreg model create | update | rename`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import Description, Tags, session, tags
from mlreg.core.errors import Usage
from mlreg.core.models import edit
from mlreg.core.references import parse_model, parse_ref
from mlreg.core.types import Outcome


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new model's name.")],
    description: Description = None,
    tag: Tags = None,
) -> None:
    """Create an empty model.

    Examples:
      mlreg model create churn -d "Will they leave?" --tag team=risk
    """
    here = session(ctx)
    ref = parse_model(name)
    made = edit.create(here.runtime.registry(ref), ref, description=description or "", tags=tags(tag))
    here.out.result(views.model(made), made.name, Outcome(said=f"created the model {made.name}"))


def update(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A model, or one version: churn/7, churn@champion.")],
    description: Annotated[
        str | None, typer.Option("--description", "-d", metavar="TEXT", help="The new description; '' for none.")
    ] = None,
) -> None:
    """Describe a model or a version anew, and leave everything else.

    Examples:
      mlreg model update churn -d "Will they leave?"
      mlreg model update churn/7 -d "Trained on the data of May."
    """
    here = session(ctx)
    wanted = parse_ref(ref)
    if description is None:
        raise Usage("nothing is said to change", hint=f"mlreg model update {ref} --description TEXT")
    registry = here.runtime.registry(wanted)
    if wanted.selector is None:
        model, outcome = edit.describe_model(registry, wanted, description)
        here.out.result(views.model(model), model.name, outcome)
        return
    version, outcome = edit.describe_version(registry, wanted, description)
    here.out.result(views.version(version), version.ref, outcome)


def rename(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name it gets.")],
) -> None:
    """Rename a model; its versions, aliases and tags stay.

    Examples:
      mlreg model rename churn churn-eu
    """
    here = session(ctx)
    ref = parse_model(name)
    model, outcome = edit.rename(here.runtime.registry(ref), ref, new)
    here.out.result(views.model(model), model.name, outcome)
