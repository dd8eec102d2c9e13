"""`mlreg model create`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import Description, Tags, session, tags
from mlreg.core.models import edit
from mlreg.core.references import parse_model
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
