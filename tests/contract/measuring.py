"""What was measured again and again: a metric over the steps of a run, and what MLflow 3 keeps of it with a model."""

import math
import sys

from mlreg.core.types import Measurement
from tests.contract.lab import Contract, Lab

TIME = 1_700_000_000_000


class MeasuringContract(Contract):
    """The histories of metrics."""

    def test_the_history_of_a_metric(self, lab: Lab) -> None:
        """Every value comes back, by step, whatever the order in which they were logged."""
        run_id = lab.run(metrics={"other": 1.0})
        measured = [Measurement(step, TIME + step, 1 / (step + 1)) for step in range(30)]
        lab.measure(run_id, "loss", [*measured[10:], *measured[:10]])
        assert lab.tracking.metric_history(run_id, "loss") == measured
        assert lab.tracking.get_run(run_id).metrics["loss"] == measured[-1].value

    def test_histories_that_are_no_numbers(self, lab: Lab) -> None:
        """NaN is NaN; an infinity is at least the largest number there is."""
        run_id = lab.run()
        values = [math.nan, math.inf, -math.inf]
        lab.measure(run_id, "loss", [Measurement(step, TIME, value) for step, value in enumerate(values)])
        nan, up, down = (each.value for each in lab.tracking.metric_history(run_id, "loss"))
        assert math.isnan(nan)
        assert up >= sys.float_info.max
        assert down <= -sys.float_info.max

    def test_no_history(self, lab: Lab) -> None:
        """What a run has not logged has none; MLflow does not tell that from a run which is not there."""
        for run_id in lab.run(metrics={"other": 1.0}), "0" * 32:
            assert lab.tracking.metric_history(run_id, "loss") == []

    def test_what_a_logged_model_knows(self, lab: Lab) -> None:
        """Its parameters, and the last value of each metric, of each dataset too where there are several."""
        run_id = lab.run()
        model_id = lab.logged_model(run_id, "net", {"lr": "0.1"})
        if model_id is None:
            return
        for step, value in enumerate([0.5, 0.75]):
            lab.measure(run_id, "auc", [Measurement(step, TIME, value)], model_id=model_id, dataset="train")
        lab.measure(run_id, "auc", [Measurement(1, TIME + 1, 0.625)], model_id=model_id, dataset="test")
        lab.measure(run_id, "loss", [Measurement(0, TIME, 2.0)], model_id=model_id)
        logged = lab.tracking.get_logged_model(model_id)
        assert logged.params == {"lr": "0.1"}
        assert logged.metrics == {"auc": 0.625, "auc (train)": 0.75, "auc (test)": 0.625, "loss": 2.0}
