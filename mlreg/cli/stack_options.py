"""The options that describe a stack, and what is typed there as a stack's fields."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from mlreg.cli.options import pairs
from mlreg.runtime import Runtime


def options(
    tracker: Annotated[
        str | None,
        typer.Option("--tracker", "-t", "--experiment-tracker", "-e", metavar="TRACKER", help="Where runs are kept."),
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option(
            "--registry", "-r", "--model-registry", metavar="TRACKER", help="Where models are kept, if elsewhere."
        ),
    ] = None,
    artifact_store: Annotated[
        str | None, typer.Option("--artifact-store", "-a", metavar="URI", help="Where new artifacts go.")
    ] = None,
    experiment: Annotated[str | None, typer.Option(metavar="NAME", help="The default experiment of runs.")] = None,
    nested: Annotated[bool, typer.Option("--nested", help="Start runs as children of the run around them.")] = False,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="A tag of runs; may be repeated.")
    ] = None,
    workspace: Annotated[str | None, typer.Option(metavar="NAME", help="A workspace of the server.")] = None,
    namespace: Annotated[
        str | None, typer.Option(metavar="CATALOG.SCHEMA", help="Completes short names on Unity Catalog.")
    ] = None,
) -> None:
    """Declared here for `register` and `update`."""


def fields(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was typed as fields of a stack, only those that were; raises Usage."""
    read: dict[str, Any] = {**given}
    if "tags" in given:
        read["tags"] = pairs("tag", given["tags"])
    if "artifact_store" in given:
        read["artifact_store"] = runtime.resolve_place(given["artifact_store"])
    return read
