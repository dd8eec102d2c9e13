"""The least that mlreg's `model list -o json` can cost: its libraries and its request, `python bare_list.py URI`."""

import json
import sys

import typer  # noqa: F401 - its import is what is measured
import urllib3
import yaml  # noqa: F401

query = {"order_by": "name ASC", "max_results": "200"}
answer = urllib3.PoolManager().request("GET", f"{sys.argv[1]}/api/2.0/mlflow/registered-models/search", fields=query)
json.dump(answer.json()["registered_models"], sys.stdout)
