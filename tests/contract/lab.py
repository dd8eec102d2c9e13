"""What a contract stands on: a Lab with the registry under test, and the fixtures that each of its parts shares."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import uuid4

import pytest

from mlreg.core.errors import Unsupported
from mlreg.core.ports import Feature, Registry, Tracking
from mlreg.core.types import Measurement, NewVersion

SOURCE = "s3://bucket/model"


class Lab(Protocol):
    """A registry under test, and the means to prepare what mlreg itself does not make."""

    @property
    def registry(self) -> Registry:
        """The registry under test."""
        ...

    @property
    def tracking(self) -> Tracking:
        """The tracking server beside it."""
        ...

    def run(
        self,
        files: Mapping[str, str] | None = None,
        *,
        name: str = "",
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Make a finished run that logged these, in an experiment of its own; return its id."""
        ...

    def delete_run(self, run_id: str) -> None:
        """Delete a run, as MLflow does it: it is kept, and marked."""
        ...

    def logged_model(self, run_id: str, name: str, params: Mapping[str, str] | None = None) -> str | None:
        """Let a run log a model as MLflow 3 does; return its id, or None where the server is older."""
        ...

    def measure(
        self, run_id: str, key: str, measured: Sequence[Measurement], *, model_id: str | None = None, dataset: str = ""
    ) -> None:
        """Let a run log a metric again and again, on MLflow 3 also for a model, as measured on a dataset."""
        ...

    def prompt(self, name: str) -> None:
        """Make a prompt, which shares MLflow's tables with the models."""
        ...


def refused(registry: Registry, feature: Feature, act: Callable[[], object]) -> bool:
    """Tell whether a registry lacks a feature; then the act must be refused, with what to do instead."""
    if feature in registry.features:
        return False
    with pytest.raises(Unsupported) as caught:
        act()
    assert caught.value.hint
    return True


class Contract:
    """A part of the contract: behaviours that any `lab` must show."""

    @pytest.fixture
    def registry(self, lab: Lab) -> Registry:
        """The registry under test."""
        return lab.registry

    @pytest.fixture
    def name(self, registry: Registry) -> str:
        """The name of a model that no other test uses, in the registry's form."""
        name = f"m-{uuid4().hex[:12]}"
        return f"main.ml.{name}" if Feature.LEVELS in registry.features else name

    @pytest.fixture
    def model(self, registry: Registry, name: str) -> str:
        """The name of a model with three versions."""
        registry.create_model(name)
        for _ in range(3):
            registry.create_version(NewVersion(name=name, source=SOURCE))
        return name
