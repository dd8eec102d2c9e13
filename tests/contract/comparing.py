"""Comparing versions, and curves of their metrics, on every registry."""

from fractions import Fraction

import pytest

from mlreg.adapters import local_files, mlmodel
from mlreg.cli.progress import NoMeter
from mlreg.core.models.compare import Comparison, Wanted, compare
from mlreg.core.models.curves import over_steps, over_versions
from mlreg.core.models.files import Means
from mlreg.core.models.sides import Unknown
from mlreg.core.ports import Registry
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import Measurement, NewVersion
from tests.contract.lab import SOURCE, Contract, Lab


class ComparingContract(Contract):
    """The behaviours of comparing and plotting."""

    @pytest.fixture
    def measured(self, lab: Lab, registry: Registry, name: str) -> str:
        """A model with a version from no run, and two from a run each."""
        registry.create_model(name)
        registry.create_version(NewVersion(name=name, source=SOURCE))
        for number in 1, 2:
            run_id = lab.run(metrics={"auc": number / 4}, params={"depth": str(number)})
            lab.measure(run_id, "loss", [Measurement(step, step, number / (step + 1)) for step in range(3)])
            registry.create_version(NewVersion(name=name, source=SOURCE, run_id=run_id, tags={"n": str(number)}))
        return name

    def compared(self, lab: Lab, name: str, *numbers: int) -> Comparison:
        """A comparison where no storage can be opened."""
        disk = local_files.connect()
        means = Means(
            registry=lab.registry, tracking=lab.tracking, storage=lambda uri: disk, disk=disk, meter=NoMeter()
        )
        refs = [parse_ref(f"{name}/{number}") for number in numbers]
        return compare(refs, lambda _: means, mlmodel.read, Wanted())

    def test_what_differs(self, lab: Lab, measured: str) -> None:
        """Metrics with their difference, parameters and tags; what no storage gives is unknown."""
        found = self.compared(lab, measured, 2, 3)
        rows = {row.name: row for row in found.rows}
        assert rows["metrics.auc"].values == [0.25, 0.5]
        assert rows["metrics.auc"].deltas == [None, Fraction(1, 4)]
        assert rows["params.depth"].values == ["1", "2"]
        assert rows["tags.n"].values == ["1", "2"]
        assert all(isinstance(value, Unknown) for value in rows["files"].values)
        assert len(found.notes) == 2

    def test_a_version_from_no_run(self, lab: Lab, measured: str) -> None:
        """It has no metrics, which is known."""
        rows = {row.name: row for row in self.compared(lab, measured, 1, 3).rows}
        assert rows["metrics.auc"].values == [None, 0.5]

    def test_curves(self, lab: Lab, measured: str) -> None:
        """Over versions, the oldest first, and over the steps of their runs."""
        points = over_versions(lab.registry, lab.tracking, ModelRef(measured), "auc")
        assert [(point.version.number, point.value) for point in points] == [(1, None), (2, 0.25), (3, 0.5)]
        courses, notes = over_steps(lambda _: (lab.registry, lab.tracking), [ModelRef(measured)], "loss")
        assert [[each.value for each in course.measured] for course in courses] == [[1, 0.5, 1 / 3], [2, 1, 2 / 3]]
        assert notes == [f"{measured}/1 came from no run"]
