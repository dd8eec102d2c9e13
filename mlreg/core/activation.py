"""Activating a stack within a program: what its code asks for, and what MLflow is to be set to for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlreg.core.types import Target, Tracker


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the code asks for, beside the stack."""

    experiment: str | None = None
    nested: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    run_name: str | None = None

    @property
    def wants_run(self) -> bool:
        """Tell whether a run is to be opened: it is when anything is said of one."""
        return self.nested or bool(self.tags) or self.run_name is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to open around the code."""

    name: str | None
    nested: bool
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What MLflow is to be set to. Without variables its servers stay what they are.

    `experiment` is asked for; `usual_experiment` is for code that begins anew, not within what goes on already.
    """

    tracker: Tracker
    variables: Mapping[str, str | None]
    experiment: str | None = None
    usual_experiment: str | None = None
    artifact_root: str | None = None
    run: NewRun | None = None


def setting(target: Target, wish: Wish, variables: Mapping[str, str | None]) -> Setting:
    """Put together what a stack says and what the code asks for. A stack's tags go to the runs that mlreg opens."""
    stack = target.stack
    run = NewRun(name=wish.run_name, nested=wish.nested or stack.nested, tags={**stack.tags, **wish.tags})
    return Setting(
        tracker=target.tracker,
        variables=variables,
        experiment=wish.experiment,
        usual_experiment=stack.experiment,
        artifact_root=stack.artifact_store,
        run=run if wish.wants_run else None,
    )
