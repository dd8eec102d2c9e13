"""`mlreg model create | update | rename`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.model import bulk
from mlreg.cli.options import Description, Tags, session, tags
from mlreg.core.errors import Usage
from mlreg.core.models import edit
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef, parse_model
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
    refs: Annotated[list[str], typer.Argument(metavar="REF...", help="Models or versions: churn, churn/7, churn@a.")],
    description: Annotated[
        str | None, typer.Option("--description", "-d", metavar="TEXT", help="The new description; '' for none.")
    ] = None,
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Describe models or versions anew, and leave everything else. `-` reads references from standard input.

    Examples:
      mlreg model update churn -d "Will they leave?"
      mlreg model update churn/7 -d "Trained on the data of May."
    """
    here = session(ctx)
    if description is None:
        raise Usage("nothing is said to change", hint=f"mlreg model update {quoted(*refs)} --description TEXT")

    def describe(registry: Registry, ref: ModelRef) -> bulk.Shown:
        if ref.selector is None:
            model, outcome = edit.describe_model(registry, ref, description)
            return views.model(model), model.name, outcome
        version, outcome = edit.describe_version(registry, ref, description)
        return views.version(version), version.ref, outcome

    bulk.each(here, refs, bulk.references(here, refs), describe, lambda done: done, jobs)


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
    model, outcome = edit.rename(here.runtime.registry(ref), ref, new, custody=here.runtime.custody(ref))
    here.out.result(views.model(model), model.name, outcome)
