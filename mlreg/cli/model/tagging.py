"""`mlreg model tag set | delete`."""

from typing import Annotated

import typer

from mlreg.cli import views
from mlreg.cli.model import bulk
from mlreg.cli.options import session, tags
from mlreg.core.errors import Usage
from mlreg.core.models import tagging
from mlreg.core.models.tagging import Tagged
from mlreg.core.tags import check_keys


def set_tags(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="REF... KEY=VALUE...", help="Models or versions, and tags with new values.")
    ],
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Set tags of models or versions; the others stay. `-` reads references from standard input.

    What has a = is a tag; a model with = in its name is written models:/NAME.

    Examples:
      mlreg model tag set churn team=risk
      mlreg model tag set churn/7 churn/8 approved=yes by=ada
      mlreg model versions churn -o name | mlreg model tag set - reviewed=no
    """
    here = session(ctx)
    given = [word for word in words if "=" in word and not word.startswith("models:/")]
    texts = [word for word in words if word not in given]
    usage = "mlreg model tag set churn/7 KEY=VALUE"
    if not texts or not given:
        raise Usage("REF is missing" if given else "KEY=VALUE is missing", hint=usage)
    wanted = tags(given)
    check_keys(wanted)
    refs = bulk.references(here, texts)
    bulk.each(here, texts, refs, lambda registry, ref: tagging.set_tags(registry, ref, wanted), _shown, jobs)


def delete_tags(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="REF... KEY", help="Models or versions, and the tag's key.")],
    jobs: bulk.Jobs = bulk.JOBS,
) -> None:
    """Take a tag of models or versions away. `-` reads references from standard input.

    Examples:
      mlreg model tag delete churn/7 approved
    """
    here = session(ctx)
    texts, key = bulk.last(words, "KEY", "mlreg model tag delete churn/7 KEY")
    check_keys([key])
    refs = bulk.references(here, texts)
    bulk.each(here, texts, refs, lambda registry, ref: tagging.delete_tags(registry, ref, [key]), _shown, jobs)


def _shown(done: Tagged) -> bulk.Shown:
    return views.tagged(done), done.ref, done.outcome
