"""Spellings of other tools, which work and are not in the help: ZenML's, and the `mlflow models` verbs of tutorials."""

from collections.abc import Mapping
from typing import Final

NOUNS: Final[Mapping[str, str]] = {
    "use": "mlreg.cli.stack:app use",
    "experiment-tracker": "mlreg.cli.tracker:app",
    "model-registry": "mlreg.cli.familiar.registry:app",
    "models": "mlreg.cli.model:app",
    "secrets-manager": "mlreg.cli.familiar.secrets:app",
    "integration": "mlreg.cli.familiar.integration:app",
}
_OF_VERSIONS = (
    "list-versions",
    "get-version",
    "register-version",
    "update-version",
    "delete-version",
    "transition-stage",
)
# Hidden verbs of `mlreg model`.
MODEL_VERBS: Final[Mapping[str, str]] = {
    **{verb: f"mlreg.cli.familiar.versions:app {verb}" for verb in _OF_VERSIONS},
    "transition-model-version-stage": "mlreg.cli.familiar.versions:app transition-stage",
}
