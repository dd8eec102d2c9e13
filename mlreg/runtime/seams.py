"""What stands behind each seam, by name: what a command does not use is not imported.

This package alone names adapters, and it names them by string.
"""

import importlib
from typing import Any

from mlreg.core.types import Kind

REGISTRIES: dict[Kind, str] = {
    "server": "mlreg.adapters.rest:connect",
    "databricks": "mlreg.adapters.databricks:connect",
}
WITH_MLFLOW = "mlreg.adapters.mlflow_client:connect"
GUEST = "mlreg.adapters.mlflow_guest:Guest"
BEHIND_LOCAL_SERVER = "mlreg.adapters.rest_local:connect"
VAULTS: dict[str, str] = {
    "keyring": "mlreg.adapters.vaults.keyring:connect",
    "env": "mlreg.adapters.vaults.env:connect",
    "command": "mlreg.adapters.vaults.command:connect",
}
# Files are opened by the scheme of their URI; what is not here only MLflow can open.
ARTIFACTS = {"mlflow-artifacts": "mlreg.adapters.proxied_artifacts:connect"}
ARTIFACTS_WITH_MLFLOW = "mlreg.adapters.mlflow_artifacts:connect"


def adapter(place: str) -> Any:
    """Import what stands at `module:name`."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
