"""MLmodel, the file in which MLflow says what a model is: YAML that a server sends, so read without trust."""

from collections.abc import Mapping
from typing import Any

from mlreg.adapters import yaml_text
from mlreg.core.errors import NotMlflow, StoreBroken


def read(content: bytes) -> Mapping[str, Any]:
    """Return what an MLmodel file says; raises NotMlflow."""
    try:
        return yaml_text.load(content.decode(), "MLmodel")
    except UnicodeDecodeError as error:
        raise NotMlflow("MLmodel is no text", cause=str(error)) from None
    except StoreBroken as error:
        raise NotMlflow(error.message, cause=error.cause) from None
