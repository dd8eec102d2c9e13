"""`model transition` by MlflowClient: `python client_transition.py URI MODEL`."""

import sys

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])
version = client.transition_model_version_stage(sys.argv[2], "1", "Staging")
sys.stdout.write(f"{version.name}/{version.version} is now in {version.current_stage}\n")
