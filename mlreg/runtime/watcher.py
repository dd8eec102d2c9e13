"""The last act of `mlreg run` when mlreg itself was killed: the command is ended, then its run."""

import json

from mlreg.core import credentials
from mlreg.runtime import Runtime
from mlreg.runtime.seams import adapter


def main(told: str) -> None:
    """Do what mlreg has said would have to be done: a JSON object in each line.

    The command is ended first: at its own end MLflow's client would call the run FINISHED.
    """
    facts = {key: value for line in told.splitlines() for key, value in json.loads(line).items()}
    if child := facts.get("child"):
        adapter("mlreg.adapters.child:end")(child)
    if "run_id" in facts:
        tracker = credentials.closed_again(facts["tracker"])
        Runtime().tracking_of(tracker).end_run(facts["run_id"], facts.get("status", "KILLED"))
