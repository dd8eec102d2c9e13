"""The least that mlreg's `model transition` can cost: libraries and requests, `python bare_transition.py URI MODEL`."""

import json
import sys

import typer  # noqa: F401 - its import is what is measured
import urllib3
import yaml  # noqa: F401

api = f"{sys.argv[1]}/api/2.0/mlflow"
version = {"name": sys.argv[2], "version": "1"}
pool = urllib3.PoolManager()
pool.request("GET", f"{api}/registered-models/get", fields={"name": sys.argv[2]}).json()
move = {**version, "stage": "Staging", "archive_existing_versions": False}
answer = pool.request("POST", f"{api}/model-versions/transition-stage", json=move)
pool.request("POST", f"{api}/model-versions/set-tag", json={**version, "key": "moved", "value": "Staging"})
json.dump(answer.json()["model_version"], sys.stdout)
