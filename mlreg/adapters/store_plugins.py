"""Which stores MLflow opens through plugins that are installed beside it."""

from importlib.metadata import entry_points

_GROUPS = ("mlflow.tracking_store", "mlflow.model_registry_store")


def opens(scheme: str) -> bool:
    """Tell whether a plugin has registered this scheme (https://mlflow.org/docs/latest/plugins.html)."""
    return any(point.name == scheme for group in _GROUPS for point in entry_points(group=group))
