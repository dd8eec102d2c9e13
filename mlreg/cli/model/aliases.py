"""`mlreg model alias set | delete | list`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.model import bulk
from mlreg.cli.options import Comment, session
from mlreg.core import features
from mlreg.core.errors import Usage
from mlreg.core.models import browse, move
from mlreg.core.models.move import Moved
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef, check_alias, parse_model


def set_alias(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="REF... ALIAS", help="A version of each model, and champion or @champion.")
    ],
    comment: Comment = None,
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Let an alias name a version, wherever it pointed before. `-` reads references from standard input.

    Examples:
      mlreg model alias set churn/7 champion
      mlreg model alias set churn/7 fraud/3 champion
    """
    here = session(ctx)
    texts, alias = bulk.last(words, "ALIAS", "mlreg model alias set churn/7 champion")
    _refuse_mlflows_order(texts, alias)
    check_alias(alias)
    refs = bulk.references(here, texts)
    bulk.refuse_rivals(here, refs, "an alias names one version")

    def set_one(registry: Registry, ref: ModelRef) -> Moved:
        return move.set_alias(registry, ref, alias, custody=here.runtime.custody(ref, comment))

    bulk.each(here, texts, refs, set_one, _shown, jobs)


def delete_alias(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="NAME@ALIAS...", help="The aliases to take away.")],
    comment: Comment = None,
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Take aliases away; the versions stay. `-` reads references from standard input.

    Examples:
      mlreg model alias delete churn@challenger
      mlreg model alias delete churn@challenger fraud@challenger
    """
    here = session(ctx)

    def delete_one(registry: Registry, ref: ModelRef) -> Moved:
        return move.delete_alias(registry, ref, custody=here.runtime.custody(ref, comment))

    bulk.each(here, words, bulk.references(here, words), delete_one, _shown, jobs)


def list_aliases(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model.")],
) -> None:
    """List a model's aliases and the versions they name.

    Examples:
      mlreg model alias list churn
    """
    here = session(ctx)
    ref = parse_model(name)
    registry = here.runtime.registry(ref)
    features.require_aliases(registry, ref)
    model = browse.get_model(registry, ref.name)
    rows = ({"name": model.name, "alias": alias, "version": held} for alias, held in sorted(model.aliases.items()))
    here.out.many(
        rows,
        views.ALIAS_COLUMNS,
        lambda row: f"{row['name']}@{row['alias']}",
        f"no aliases yet: mlreg model alias set {quoted(f'{model.name}/1')} champion",
    )


def _refuse_mlflows_order(texts: list[str], last: str) -> None:
    """MLflow's client takes NAME ALIAS VERSION; raises Usage with the same in mlreg's words."""
    if len(texts) == 2 and last.isdigit() and not any(mark in text for text in texts for mark in "/@:"):
        name, alias = texts
        hint = f"mlreg model alias set {quoted(f'{name}/{last}', alias)}"
        raise Usage("the version comes before the alias", hint=hint)


def _shown(done: Moved) -> bulk.Shown:
    return views.moved(done), f"{done.name}{done.target}", done.outcome
