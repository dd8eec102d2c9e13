"""`model list -o json` by MlflowClient: `python client_list.py URI`."""

import json
import sys

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])
models = client.search_registered_models(max_results=200, order_by=["name ASC"])
json.dump([dict(model) for model in models], sys.stdout, default=str)
