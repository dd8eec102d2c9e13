"""Runs, and the models they have logged."""

import math
import sys
from uuid import uuid4

import pytest

from mlreg.core.errors import SourceNotFound
from tests.contract.lab import Contract, Lab


class RunContract(Contract):
    """The runs of a tracking server."""

    def test_the_server_says_who_and_what_it_is(self, lab: Lab) -> None:
        """Its version, and the user where there are users."""
        info = lab.tracking.server()
        assert info.version
        assert info.user is None or "@" in info.user or info.user == "admin"

    def test_runs(self, lab: Lab) -> None:
        """A run tells where its artifacts are and whether there are any at a path."""
        run_id = lab.run({"model/MLmodel": "flavors: {}\n"})
        run = lab.tracking.get_run(run_id)
        assert (run.run_id, run.status) == (run_id, "FINISHED")
        assert run.artifact_uri
        assert lab.tracking.run_artifacts(run_id, "model")
        assert not lab.tracking.run_artifacts(run_id, "nothing")

    def test_what_a_run_has_logged(self, lab: Lab) -> None:
        """Name, times, metrics, params and tags come back as they were given, MLflow's own tags beside them."""
        run_id = lab.run(
            name="night", metrics={"auc": 0.93, "loss": -1.5e-9}, params={"lr": "0.1"}, tags={"a b/c": "é"}
        )
        run = lab.tracking.get_run(run_id)
        assert (run.name, run.metrics, run.params) == ("night", {"auc": 0.93, "loss": -1.5e-9}, {"lr": "0.1"})
        assert run.tags["a b/c"] == "é"
        assert run.started is not None
        assert run.ended is not None
        assert 1_600_000_000_000 < run.started <= run.ended

    def test_a_run_that_logged_nothing(self, lab: Lab) -> None:
        """It has no metrics and no params."""
        run = lab.tracking.get_run(lab.run())
        assert (run.metrics, run.params) == ({}, {})

    def test_metrics_that_are_no_numbers(self, lab: Lab) -> None:
        """NaN is NaN; an infinity is at least the largest number there is, which MLflow's databases make of it."""
        run_id = lab.run(metrics={"nan": math.nan, "up": math.inf, "down": -math.inf})
        for run in lab.tracking.get_run(run_id), lab.tracking.get_runs([run_id])[run_id]:
            assert math.isnan(run.metrics["nan"])
            assert run.metrics["up"] >= sys.float_info.max
            assert run.metrics["down"] <= -sys.float_info.max

    def test_many_runs(self, lab: Lab) -> None:
        """Runs are found whatever their experiment, deleted ones too, each as if it had been read alone."""
        first, second = lab.run(metrics={"auc": 0.9}, params={"lr": "1"}), lab.run()
        lab.delete_run(second)
        found = lab.tracking.get_runs([second, first, second])
        assert found == {run_id: lab.tracking.get_run(run_id) for run_id in (first, second)}
        assert lab.tracking.get_runs([]) == {}

    def test_runs_among_many_that_are_unknown(self, lab: Lab) -> None:
        """What cannot be had is left out, also what could never be a run's id, in however many requests."""
        run_id = lab.run()
        unknown = [f"{edge}{uuid4().hex[1:]}" for edge in "0f" for _ in range(60)]
        assert list(lab.tracking.get_runs([*unknown, run_id, "it's", "", "a' OR 'b"])) == [run_id]

    def test_absent_runs_and_logged_models(self, lab: Lab) -> None:
        """What was never logged is not found."""
        with pytest.raises(SourceNotFound):
            lab.tracking.get_run("0" * 32)
        with pytest.raises(SourceNotFound):
            lab.tracking.get_logged_model(f"m-{'0' * 32}")

    def test_logged_models(self, lab: Lab) -> None:
        """What a run has logged as MLflow 3 does is found by the run and by its id."""
        run_id = lab.run()
        model_id = lab.logged_model(run_id, "net")
        found = lab.tracking.logged_models(lab.tracking.get_run(run_id))
        if model_id is None:
            assert found == []
            return
        assert [(item.model_id, item.name, item.source_run_id) for item in found] == [(model_id, "net", run_id)]
        assert lab.tracking.get_logged_model(model_id).name == "net"
