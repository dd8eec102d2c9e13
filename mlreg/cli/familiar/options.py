"""The options of ZenML's model verbs, and how their values are read."""

from dataclasses import replace
from typing import Annotated

import typer

from mlreg.cli.grammar import PAIR
from mlreg.core.references import ModelRef, parse_model, parse_ref

Name = Annotated[str, typer.Argument(metavar="NAME", help="The model.")]
VersionOf = Annotated[str, typer.Option("--version", "-v", metavar="VERSION", help="The version, such as 7.")]
Metadata = Annotated[list[str] | None, typer.Option("--metadata", "-m", metavar=PAIR, help="A tag; may be repeated.")]
ModelMetadata = Annotated[
    list[str] | None, typer.Option("--metadata", "-t", "-m", metavar=PAIR, help="A tag; may be repeated.")
]
NameAlso = Annotated[str | None, typer.Option("--name", "--model-name", "-n", metavar="NAME", help="The same as NAME.")]


def pairs(given: list[str] | None) -> dict[str, str]:
    """Read `-m KEY VALUE`, which arrive as pairs of words."""
    return dict(map(tuple, given or ()))  # type: ignore[arg-type]


def version_ref(name: str, version: str) -> ModelRef:
    """The reference that ZenML writes as two words: a number, and with mlreg `@alias`, a stage or `latest` too."""
    selected = parse_ref(f"x{version}" if version.startswith("@") else f"x/{version}")
    return replace(parse_model(name), selector=selected.selector)
