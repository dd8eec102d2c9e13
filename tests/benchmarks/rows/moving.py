"""Writing: one version to another stage, and a tag on each of 300 versions."""

import sqlite3
from contextlib import closing
from functools import partial
from typing import Final

from tests.benchmarks.acts import Act, Peer
from tests.benchmarks.figures import at_most, faster
from tests.benchmarks.filling import model_name
from tests.benchmarks.places import Place, served

VERSIONS: Final = 300
MODEL: Final = model_name(0)
REFS: Final = "".join(f"{MODEL}/{number}\n" for number in range(1, VERSIONS + 1))

API: Final = "$uri/api/2.0/mlflow"
CURL: Final = "--silent --show-error --fail"
MOVE: Final = '{"name": "$model", "version": "1", "stage": "Staging", "archive_existing_versions": false}'
TAG: Final = '{"name": "$model", "version": "1", "key": "moved", "value": "Staging"}'
BY_CURL: Final = (
    f"curl {CURL} '{API}/registered-models/get?name=$model'"
    f" --next {CURL} --json '{MOVE}' {API}/model-versions/transition-stage"
    f" --next {CURL} --json '{TAG}' {API}/model-versions/set-tag"
)


def move_back(place: Place) -> None:
    """Take the version out of its stage, so that every run has something to do."""
    place.registry.transition(MODEL, 1, "None")


def moved(place: Place, output: str) -> bool:
    """Tell whether the server has the version in its new stage."""
    return place.registry.get_version(MODEL, 1).stage == "Staging"


def untag(place: Place) -> None:
    """Take all tags away behind the server's back, which is quick: it keeps none in memory."""
    assert place.server
    with closing(sqlite3.connect(place.server.root / "mlflow.db", timeout=60)) as database, database:
        database.execute("DELETE FROM model_version_tags")


def tagged(place: Place, output: str) -> bool:
    """Tell whether the server has the tag on every version."""
    return [version.tags.get("reviewed") for version in place.registry.search_versions(MODEL)] == ["yes"] * VERSIONS


TRANSITION: Final = Act(
    "model transition",
    "$mlreg model transition $model/1 Staging",
    (
        Peer("MlflowClient, mlflow", "$full $peers/client_transition.py $uri $model", faster(12), every=2),
        Peer("MlflowClient, skinny", "$python $peers/client_transition.py $uri $model", faster(), every=2),
        Peer("bare script", "$python $peers/bare_transition.py $uri $model", at_most(1.5)),
        Peer("curl", BY_CURL, at_most()),
    ),
    done=moved,
    prepare=move_back,
)
SHARED: Final = Act(
    "bulk tags",
    "$mlreg model tag set - reviewed=yes",
    (
        Peer("bare script, 8 threads", "$python $peers/bare_tags.py $uri 8", at_most(1.3)),
        Peer("MlflowClient loop", "$full $peers/client_tags.py $uri", faster(7), every=5),
    ),
    done=tagged,
    prepare=untag,
    place=partial(served, models=1, versions=VERSIONS, workers=4),
    given=REFS,
)
ALONE: Final = Act(
    "bulk tags, 1 worker",
    "$mlreg model tag set - reviewed=yes",
    (
        Peer("mlreg --jobs 1", "$mlreg model tag set --jobs 1 - reviewed=yes", at_most(1.0)),
        Peer("bare script, 8 threads", "$python $peers/bare_tags.py $uri 8", at_most()),
    ),
    done=tagged,
    prepare=untag,
    place=partial(served, models=1, versions=VERSIONS),
    given=REFS,
)
BULK: Final = (SHARED, ALONE)
