"""`mlreg model register`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.options import Description, Tags, session, tags
from mlreg.core.models import transfer
from mlreg.core.references import parse_model


def register(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model; created if it does not exist.")],
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="runs:/ID/PATH, models:/NAME/7, models:/m-ID or s3://...")
    ],
    description: Description = None,
    tag: Tags = None,
    run_id: Annotated[
        str | None, typer.Option("--run-id", metavar="ID", help="The run that a storage URI came from.")
    ] = None,
) -> None:
    """Register a new version of a model. Prints NAME/VERSION.

    Examples:
      mlreg model register churn runs:/0a1b2c3d4e5f60718293a4b5c6d7e8f9/model
      mlreg model register churn-eu models:/churn@champion
    """
    here = session(ctx)
    ref = parse_model(name)
    runtime = here.runtime
    made, outcome = transfer.register(
        runtime.registry(ref),
        runtime.tracking(ref),
        ref,
        source,
        run_id=run_id,
        description=description or "",
        tags=tags(tag),
    )
    here.out.result(views.version(made), made.ref, outcome)
