"""The least that mlreg's `model list -o json` can cost: its libraries and its requests, `python bare_list.py URI`."""

import json
import sys

import typer  # noqa: F401 - its import is what is measured
import urllib3
import yaml  # noqa: F401

pool, models = urllib3.PoolManager(), []
query = {"order_by": "name ASC", "max_results": "200"}
while query.get("page_token") != "":
    answer = pool.request("GET", f"{sys.argv[1]}/api/2.0/mlflow/registered-models/search", fields=query).json()
    models += answer["registered_models"]
    query["page_token"] = answer.get("next_page_token", "")
json.dump(models, sys.stdout)
