"""ZenML's verbs for model versions, with ZenML's options; each does what mlreg's own verb does."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from mlreg.cli import prompt, views
from mlreg.cli.familiar.options import Metadata, Name, NameAlso, VersionOf, pairs, version_ref
from mlreg.cli.grammar import noun, verb
from mlreg.cli.model import browse, move, transfer
from mlreg.cli.model.find_options import when
from mlreg.cli.options import Description, Force, session
from mlreg.core.errors import Usage
from mlreg.core.models import removal, revise, select
from mlreg.core.models.transfer import Request
from mlreg.core.references import check_stage, parse_model

app = noun("Versions of models, in ZenML's words.")

COLUMNS = ("name", "version", "stage", "aliases", "description", "tags", "created_at")


@verb(app, "list-versions")
def list_versions(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The model.")] = None,
    also: NameAlso = None,
    model_uri: Annotated[str | None, typer.Option("--model-uri", metavar="URI", help="Only from this source.")] = None,
    metadata: Metadata = None,
    count: Annotated[int | None, typer.Option("--count", "-c", metavar="N", help="At most so many.")] = None,
    order_by_date: Annotated[
        str | None, typer.Option("--order-by-date", metavar="ORDER", help="asc or desc (the default).")
    ] = None,
    created_after: Annotated[str | None, typer.Option(metavar="DAY", help="Made on this day (UTC) or later.")] = None,
    created_before: Annotated[str | None, typer.Option(metavar="DAY", help="Made before this day (UTC).")] = None,
) -> None:
    """List versions of a model: `mlreg model versions`, with filters.

    Examples:
      mlreg model list-versions churn -m team risk --count 5
    """
    here = session(ctx)
    if order_by_date not in (None, "asc", "desc"):
        raise Usage(f"--order-by-date takes asc or desc, not '{order_by_date}'")
    ref = parse_model(_one(name, also, "NAME"))
    wanted = select.WantedVersions(
        source=model_uri,
        tags=pairs(metadata),
        since=when("--created-after", created_after),
        until=when("--created-before", created_before),
        oldest_first=order_by_date == "asc",
        limit=count,
    )
    rows = map(views.version, select.versions(here.runtime.registry(ref), ref, wanted))
    here.out.many(rows, COLUMNS, views.ref_of, "no such versions")


@verb(app, "get-version")
def get_version(ctx: typer.Context, name: Name, version: VersionOf) -> None:
    """Show a version: `mlreg model show`.

    Examples:
      mlreg model get-version churn -v 7
    """
    browse.show_ref(session(ctx), version_ref(name, version))


@verb(app, "register-version", writes=True)
def register_version(
    ctx: typer.Context,
    name: Name,
    model_uri: Annotated[str, typer.Option("--model-uri", "-u", metavar="URI", help="Where the model is.")],
    version: Annotated[
        str | None, typer.Option("--version", "-v", metavar="VERSION", help="MLflow numbers versions itself.")
    ] = None,
    description: Description = None,
    metadata: Metadata = None,
    zenml_version: Annotated[str | None, typer.Option(metavar="TEXT", help="Becomes a tag.")] = None,
    zenml_run_name: Annotated[str | None, typer.Option(metavar="TEXT", help="Becomes a tag.")] = None,
    zenml_pipeline_run_id: Annotated[str | None, typer.Option(metavar="TEXT", help="Becomes a tag.")] = None,
    zenml_pipeline_name: Annotated[str | None, typer.Option(metavar="TEXT", help="Becomes a tag.")] = None,
    zenml_step_name: Annotated[str | None, typer.Option(metavar="TEXT", help="Becomes a tag.")] = None,
) -> None:
    """Register a version: `mlreg model register`.

    Examples:
      mlreg model register-version churn -u s3://bucket/model -m team risk
    """
    here = session(ctx)
    from_zenml = {
        "zenml_version": zenml_version,
        "zenml_run_name": zenml_run_name,
        "zenml_pipeline_run_id": zenml_pipeline_run_id,
        "zenml_pipeline_name": zenml_pipeline_name,
        "zenml_step_name": zenml_step_name,
    }
    tags = {key: value for key, value in from_zenml.items() if value is not None} | pairs(metadata)
    ref = parse_model(name)
    custody = here.runtime.custody(ref)
    wanted = Request(tags=tags, description=description or "", run_id=tags.get("mlflow_run_id"), custody=custody)
    made, outcome = transfer.registered(here, ref, model_uri, wanted)
    if version not in (None, str(made.number)):
        note = f"MLflow numbers versions itself: this one is {made.number}, not {version}"
        outcome = replace(outcome, notes=[*outcome.notes, note])
    here.out.result(views.version(made), made.ref, outcome)


@verb(app, "update-version", writes=True)
def update_version(
    ctx: typer.Context,
    name: Name,
    version: VersionOf,
    description: Description = None,
    metadata: Metadata = None,
    stage: Annotated[
        str | None, typer.Option("--stage", "-s", metavar="STAGE", help="None, Staging, Production or Archived.")
    ] = None,
    remove_metadata: Annotated[
        list[str] | None, typer.Option("--remove-metadata", "-rm", metavar="KEY", help="A tag to take away.")
    ] = None,
) -> None:
    """Change a version: `mlreg model update | tag | transition` at once.

    Examples:
      mlreg model update-version churn -v 7 -s Production
    """
    here = session(ctx)
    ref = version_ref(name, version)
    wanted = revise.Revision(
        description=description,
        tags=pairs(metadata),
        untag=tuple(remove_metadata or ()),
        stage=check_stage(stage) if stage is not None else None,
    )
    done, outcome = revise.version(here.runtime.registry(ref), ref, wanted, custody=here.runtime.custody(ref))
    here.out.result(views.version(done), done.ref, outcome)


@verb(app, "delete-version", writes=True)
def delete_version(ctx: typer.Context, name: Name, version: VersionOf, force: Force = False) -> None:
    """Delete a version: `mlreg model delete`.

    Examples:
      mlreg model delete-version churn -v 7 -y
    """
    here = session(ctx)
    ref = version_ref(name, version)
    registry = here.runtime.registry(ref)
    ask, custody = partial(prompt.confirm, here), here.runtime.custody(ref)
    done = removal.delete_version(registry, ref, ask, force=force, custody=custody)
    here.out.result(views.deleted(done), done.ref, done.outcome)


@verb(app, "transition-stage", writes=True)
def transition_stage(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME [VERSION [STAGE]]]", help="What no option names.")
    ] = None,
    also: NameAlso = None,
    version: Annotated[str | None, typer.Option("--version", "-v", metavar="VERSION", help="The version.")] = None,
    stage: Annotated[str | None, typer.Option("--stage", "-s", metavar="STAGE", help="Where it goes.")] = None,
    archive_existing: Annotated[
        bool,
        typer.Option(
            "--archive-existing", "--archive-existing-versions", help="Move the versions that are there to Archived."
        ),
    ] = False,
) -> None:
    """Move a version to a stage: `mlreg model transition`.

    Examples:
      mlreg model transition-stage --name churn --version 7 --stage Production
    """
    left = iter(words or ())
    name = _one(None if also else next(left, None), also, "--name NAME")
    number = _one(None if version else next(left, None), version, "--version VERSION")
    target = _one(None if stage else next(left, None), stage, "--stage STAGE")
    if next(left, None) is not None:
        raise Usage("an argument too many", hint="mlreg model transition NAME/VERSION STAGE")
    move.transition_ref(session(ctx), version_ref(name, number), target, archive_existing=archive_existing)


def _one(argument: str | None, option: str | None, missing: str) -> str:
    """What is given as an argument or as an option; raises Usage for neither and for both that differ."""
    given = {text for text in (argument, option) if text is not None}
    if len(given) != 1:
        raise Usage(f"{missing} is missing" if not given else f"{missing} is given twice")
    return given.pop()
