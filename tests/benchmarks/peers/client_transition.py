"""`model transition` by MlflowClient: `python client_transition.py URI MODEL`."""

import sys

from mlflow import MlflowClient

client, name = MlflowClient(sys.argv[1]), sys.argv[2]
client.get_registered_model(name)
version = client.transition_model_version_stage(name, "1", "Staging")
client.set_model_version_tag(name, "1", "moved", "Staging")
sys.stdout.write(f"{version.name}/{version.version} is now in {version.current_stage}\n")
