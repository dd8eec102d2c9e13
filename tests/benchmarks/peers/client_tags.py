"""`model tag set - reviewed=yes` by MlflowClient, one after the other: `python client_tags.py URI < REFS`."""

import sys

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])
for ref in sys.stdin.read().split():
    name, _, version = ref.rpartition("/")
    client.set_model_version_tag(name, version, "reviewed", "yes")
