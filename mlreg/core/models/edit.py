"""Making and changing models."""

from collections.abc import Mapping

from mlreg.core import features
from mlreg.core.errors import AlreadyExists
from mlreg.core.ports import Registry
from mlreg.core.references import ModelRef
from mlreg.core.types import Model


def create(registry: Registry, ref: ModelRef, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
    """Create an empty model; raises AlreadyExists."""
    features.check_name(registry, ref.name)
    try:
        return registry.create_model(ref.name, description=description, tags=tags)
    except AlreadyExists as error:
        raise AlreadyExists(f"the model '{ref.name}' exists", hint=f"mlreg model show {ref.name}") from error
