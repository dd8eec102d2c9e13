"""A registry to try things on: one model, two versions from two runs, their stages and aliases."""

import json
from collections.abc import Callable, Mapping

from mlreg.core.errors import ModelNotFound
from mlreg.core.models import move, transfer
from mlreg.core.models.custody import Custody
from mlreg.core.ports import Registry, RunLog, Tracking
from mlreg.core.references import ModelRef, Selector

NAME = "quickstart"
MODEL = "churn"

# Two trainings of the same tiny model: name, metrics, coefficients.
_TRAININGS: tuple[tuple[str, Mapping[str, float], Mapping[str, float]], ...] = (
    ("first training", {"auc": 0.87, "log_loss": 0.41}, {"bias": -1.2, "months": -0.03}),
    ("with support calls", {"auc": 0.91, "log_loss": 0.36}, {"bias": -1.5, "months": -0.02, "calls": 0.4}),
)
_ML_MODEL = """artifact_path: model
flavors:
  coefficients:
    data: model.json
"""


def build(registry: Registry, tracking: Tracking, runs: RunLog, tell: Callable[[str], None], custody: Custody) -> bool:
    """Make the model and its versions; what is there already, perhaps moved meanwhile, is left as it is.

    True when something was made.
    """
    made = _number_of_versions(registry)
    for number, (name, metrics, coefficients) in enumerate(_TRAININGS, start=1):
        if number <= made:
            continue
        files = {"model/MLmodel": _ML_MODEL, "model/model.json": json.dumps(coefficients, indent=2)}
        run = runs.log_run(NAME, name, metrics, files)
        version, outcome = transfer.register(registry, tracking, ModelRef(MODEL), f"runs:/{run.run_id}/model")
        tell(f"{outcome.said} (auc {metrics['auc']})")
        stage, alias = ("Production", "champion") if number == 1 else ("Staging", "challenger")
        ref = ModelRef(MODEL, Selector("version", str(version.number)))
        tell(move.transition(registry, ref, stage, custody=custody).outcome.said)
        tell(move.set_alias(registry, ref, alias, custody=custody).outcome.said)
    return made < len(_TRAININGS)


def _number_of_versions(registry: Registry) -> int:
    try:
        return registry.get_model(MODEL).latest or 0
    except ModelNotFound:
        return 0
