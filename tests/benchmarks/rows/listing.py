"""Listing models: over REST, with a password from a Secret Service, from a local store, and up to 10,000 of them."""

import json
from functools import partial
from typing import Final

from tests.benchmarks.acts import Act, Peer
from tests.benchmarks.figures import at_most, faster
from tests.benchmarks.filling import model_name
from tests.benchmarks.places import MODELS, Place, closed, local, served

COMMAND: Final = "$mlreg model list -o json"
SEARCH: Final = "$uri/api/2.0/mlflow/registered-models/search?order_by=name+ASC&max_results=200"
LOGGED_IN: Final = "env MLFLOW_TRACKING_USERNAME=$user MLFLOW_TRACKING_PASSWORD=$password"


def lists(count: int, _place: Place, output: str) -> bool:
    """Tell whether the JSON that was printed holds every model."""
    printed = json.loads(output)
    models = printed["registered_models"] if isinstance(printed, dict) else printed
    return [model["name"] for model in models] == [model_name(number) for number in range(count)]


def client(python: str, uri: str, limit: float | None = None) -> Peer:
    """MlflowClient, of the whole of mlflow or of mlflow-skinny."""
    name = "MlflowClient, skinny" if python == "$python" else "MlflowClient, mlflow"
    return Peer(name, f"{python} $peers/client_list.py {uri}", faster(limit), every=2)


def bare(limit: float | None) -> Peer:
    """The least that Python takes to do the same."""
    return Peer("bare script", "$python $peers/bare_list.py $uri", at_most(limit))


def grown(count: int, limit: float | None = None, memory: float | None = None) -> Act:
    """The listing of so many models."""
    place = partial(served, models=count)
    name = f"model list, {count:,} models"
    return Act(name, COMMAND, (bare(limit),), done=partial(lists, count), place=place, size=count, memory=memory)


LIST: Final = Act(
    "model list",
    COMMAND,
    (
        client("$full", "$uri", 15),
        client("$python", "$uri"),
        bare(1.4),
        Peer("curl", f"curl --silent --show-error --fail '{SEARCH}'", at_most()),
    ),
    done=partial(lists, MODELS),
    size=MODELS,
    imports=True,
)
ELSEWHERE: Final = (
    Act(
        "model list, basic-auth and Secret Service",
        COMMAND,
        (
            client(f"{LOGGED_IN} $full", "$uri", 6),
            Peer("bare script", "$python $peers/bare_closed_list.py $uri $user $keeper", at_most(1.3)),
        ),
        done=partial(lists, MODELS),
        place=closed,
    ),
    Act(
        "model list, local sqlite, server started",
        COMMAND,
        (client("$full", "$store", 15), client("$python", "$store")),
        done=partial(lists, MODELS),
        place=local,
    ),
    grown(10),
    grown(1000),
    grown(10_000, 1.3, memory=80),
)
