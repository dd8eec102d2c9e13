"""`mlreg model-registry`: ZenML's noun for where models are, which in mlreg is a tracker."""

import inspect
from dataclasses import replace as with_fields
from typing import Annotated, Any

import typer

from mlreg.cli import tracker, tracker_options, views
from mlreg.cli.component_options import takes
from mlreg.cli.familiar import models
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Replace, session
from mlreg.cli.session import Session
from mlreg.core import trackers
from mlreg.core.errors import NoServer
from mlreg.core.types import Outcome, Tracker

app = noun("Where models are: the same as mlreg tracker.", synonyms={"describe": "show", "get": "show"})
app.registered_commands += [command for command in tracker.app.registered_commands if command.name != "register"]
app.add_typer(models.app, name="models")

# What may be said of a registry that has no configuration of its own.
_WORDS = {"flavor", "description", "labels"}


@verb(app, "register", writes=True)
@takes(tracker_options.options)
def register(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The registry's name.")],
    given: dict[str, Any],
    uri: Annotated[str | None, typer.Argument(metavar="[URI]", help="Where MLflow is, if elsewhere.")] = None,
    replace: Replace = False,
) -> None:
    """Define a registry; without URI it is where the active stack's tracker is.

    Examples:
      mlreg model-registry register mlflow_model_registry --flavor=mlflow
    """
    here = session(ctx)
    if uri is not None or set(given) - _WORDS:
        fields = {field: given.get(field) for field in inspect.signature(tracker_options.options).parameters}
        tracker.register(ctx=ctx, name=name, uri=uri, replace=replace, from_env=False, **fields)
        return
    known = _active_tracker(here)
    wanted = with_fields(known, name=name, **tracker_options.fields(here.runtime, name, None, given))
    outcome = here.runtime.change(
        lambda components: trackers.register(components, wanted, replace=replace, machine=here.runtime.machine)
    )
    said = f"{outcome.said}, with the address and the credentials of {known.name}"
    _show(here, wanted, with_fields(outcome, said=said))


def _active_tracker(here: Session) -> Tracker:
    """The tracker that a registry takes its configuration from, as in ZenML; raises NoServer."""
    hint = "register a tracker first: mlreg experiment-tracker register mlflow_tracker --flavor=mlflow"
    rule = "an MLflow model registry needs an MLflow experiment tracker, whose configuration it uses"
    try:
        found = here.runtime.target().tracker
    except NoServer as error:
        raise NoServer(rule, cause=error.message, hint=hint) from error
    if found.layer != "user":  # a copy among the user's own would let its secrets go to that host
        raise NoServer(rule, cause=f"the one in use is the {found.layer}'s, not one of yours", hint=hint)
    return found


def _show(here: Session, registry: Tracker, outcome: Outcome) -> None:
    active = here.runtime.components.active_stack == registry.name
    here.out.result(views.tracker(registry, active=active), registry.name, outcome)
