"""Runs that mlreg opens and ends."""

from uuid import uuid4

import pytest

from mlreg.core.errors import SourceNotFound
from mlreg.core.types import NewRun
from tests.contract.lab import Contract, Lab


class OpeningContract(Contract):
    """Opening and ending runs."""

    @pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
    def test_a_run_from_its_beginning_to_its_end(self, lab: Lab, status: str) -> None:
        """It is RUNNING with its name and tags until it is ended; then it has its status and a time."""
        run = lab.tracking.start_run(NewRun(experiment=uuid4().hex, name="night", tags={"team": "risk", "a b": "é"}))
        begun = lab.tracking.get_run(run.run_id)
        assert (begun.status, begun.name, begun.ended) == ("RUNNING", "night", None)
        assert {"team": "risk", "a b": "é"}.items() <= begun.tags.items()
        lab.tracking.end_run(run.run_id, status)
        done = lab.tracking.get_run(run.run_id)
        assert done.status == status
        assert done.started is not None
        assert done.ended is not None
        assert done.started <= done.ended

    def test_experiments_are_made_once(self, lab: Lab) -> None:
        """The second run of a name is in the same experiment; so is one that only says beside which it belongs."""
        experiment = uuid4().hex
        first, second = (lab.tracking.start_run(NewRun(experiment=experiment)) for _ in range(2))
        beside = lab.tracking.start_run(NewRun(beside=first))
        assert first.experiment_id == second.experiment_id == beside.experiment_id
        assert lab.tracking.start_run(NewRun()).experiment_id != first.experiment_id
        assert first.name
        assert first.run_id != second.run_id

    def test_ending_a_run_that_is_not_there(self, lab: Lab) -> None:
        """It is not found."""
        with pytest.raises(SourceNotFound):
            lab.tracking.end_run("0" * 32, "FINISHED")
