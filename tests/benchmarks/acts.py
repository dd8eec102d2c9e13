"""What is measured, as data: acts of mlreg, peers that do the same, and bounds. A new act is a new row of ACTS.

Commands are written as for a shell; `$name` is filled in by the place (see places.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.figures import Bound, at_most, faster
from tests.benchmarks.places import MODELS, NAMES, Place


@dataclass(frozen=True)
class Peer:
    """Somebody else's way to the same end, and what mlreg owes it; it takes part in each `every`-th round."""

    name: str
    command: str
    bound: Bound
    every: int = 1


@dataclass(frozen=True)
class Act:
    """A command of mlreg, and a name to choose it by.

    `prepare` comes before every run, unmeasured; `done` tells that a run did its work.
    """

    name: str
    command: str
    peers: tuple[Peer, ...]
    done: Callable[[Place, str], bool] = lambda place, output: True
    prepare: Callable[[Place], object] = lambda place: None


def listed(place: Place, output: str) -> bool:
    """Tell whether the JSON that was printed holds every model."""
    printed = json.loads(output)
    models = printed["registered_models"] if isinstance(printed, dict) else printed
    return [model["name"] for model in models] == list(MODELS)


def move_back(place: Place) -> None:
    """Take the version out of its stage, so that every run has something to do."""
    place.lab.registry.transition(MODELS[0], 1, "None")


def moved(place: Place, output: str) -> bool:
    """Tell whether the server has the version in its new stage."""
    return place.lab.registry.get_version(MODELS[0], 1).stage == "Staging"


def completed(place: Place, _output: str) -> bool:
    """Tell whether mlreg answers TAB with every name; its peers do what they do."""
    return place.run(TAB).stdout.splitlines() == ["words", *NAMES]


def beside_python(limit: float) -> Peer:
    """The least that any Python program takes."""
    return Peer("python -c pass", "$python -c pass", at_most(limit))


GH: Final = Peer("gh --version", "gh --version", at_most(4.5))
TAB: Final = "$mlreg __complete bash 'mlreg --stack names model versions ' ''"
API: Final = "$uri/api/2.0/mlflow"
CURL: Final = "curl --silent --show-error --fail"
BODY: Final = '{"name": "$model", "version": "1", "stage": "Staging", "archive_existing_versions": false}'

LIST: Final = Act(
    "model list",
    "$mlreg model list -o json",
    (
        Peer("MlflowClient, mlflow", "$full $peers/client_list.py $uri", faster(15), every=2),
        Peer("MlflowClient, skinny", "$python $peers/client_list.py $uri", faster(), every=2),
        Peer("bare script", "$python $peers/bare_list.py $uri", at_most(1.4)),
        Peer("curl", f"{CURL} '{API}/registered-models/search?order_by=name+ASC&max_results=200'", at_most()),
    ),
    done=listed,
)
TRANSITION: Final = Act(
    "model transition",
    "$mlreg model transition $model/1 Staging",
    (
        Peer("MlflowClient, mlflow", "$full $peers/client_transition.py $uri $model", faster(12), every=2),
        Peer("MlflowClient, skinny", "$python $peers/client_transition.py $uri $model", faster(), every=2),
        Peer("bare script", "$python $peers/bare_transition.py $uri $model", at_most(1.5)),
        Peer(
            "curl",
            f"{CURL} '{API}/registered-models/get?name=$model'"
            f" --next {CURL.removeprefix('curl')} --json '{BODY}' {API}/model-versions/transition-stage",
            at_most(),
        ),
    ),
    done=moved,
    prepare=move_back,
)
LIST_LOCAL: Final = Act(
    "model list, local sqlite, server started",
    "$mlreg model list --stack local -o json",
    (
        Peer("MlflowClient, mlflow", "$full $peers/client_list.py $store", faster(15), every=2),
        Peer("MlflowClient, skinny", "$python $peers/client_list.py $store", faster(), every=2),
    ),
    done=listed,
)
COMPLETION: Final = Act(
    "completion",
    TAB,
    (beside_python(3), Peer("gh __complete", "gh __complete pr ''", at_most(0.8))),
    done=completed,
)
ACTS: Final = (
    LIST,
    LIST_LOCAL,
    TRANSITION,
    Act("stack list", "$mlreg stack list", (beside_python(15), GH)),
    Act("help", "$mlreg --help", (beside_python(15), GH)),
    Act("version", "$mlreg --version", (beside_python(2.5),)),
    COMPLETION,
)
IMPORTING: Final = ("--help", "stack list", "model list")
