"""What a registry cannot do is refused before anything is sent, with what to use instead."""

from typing import Final

from mlreg.core import databricks, local
from mlreg.core.errors import Unsupported, Usage
from mlreg.core.ports import Feature, Registry
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef
from mlreg.core.types import Tracker

MLFLOW: Final = "MLflow"
OF_MLFLOW: Final = frozenset(
    {
        Feature.STAGES,
        Feature.ALIASES,
        Feature.FILTERS,
        Feature.CONJUNCTIONS,
        Feature.WHOLE_HITS,
        Feature.FREE_NAMES,
        Feature.RENAMES,
    }
)
OVER_REST: Final = OF_MLFLOW | {Feature.PARALLEL}
_TITLES: Final[dict[databricks.RegistryKind, str]] = {
    "unity-catalog": "Unity Catalog",
    "workspace": "the Databricks workspace registry",
}
_OF_DATABRICKS: Final[dict[databricks.RegistryKind, frozenset[Feature]]] = {
    "unity-catalog": frozenset({Feature.ALIASES, Feature.LEVELS, Feature.RENAMES, Feature.PARALLEL}),
    "workspace": frozenset({Feature.STAGES, Feature.FILTERS, Feature.WHOLE_HITS, Feature.RENAMES, Feature.PARALLEL}),
}
_TO_WORKSPACE = "or register the tracker with --registry-uri databricks for the workspace registry"
_TO_CATALOG = "register the tracker with --registry-uri databricks-uc for Unity Catalog"


def of(tracker: Tracker) -> frozenset[Feature]:
    """What the registry of a tracker can do."""
    if tracker.kind == "databricks":
        return _OF_DATABRICKS[databricks.registry_kind(tracker)]
    if tracker.kind == "server" or local.place(tracker.tracking_uri) is None:
        return OF_MLFLOW
    on_disk = OF_MLFLOW | {Feature.PATHS}
    return on_disk - {Feature.RENAMES} if _is_file_store(tracker) else on_disk


def served(tracker: Tracker) -> frozenset[Feature]:
    """What it can do behind a server, which refuses paths that no run has written. Plain files take one at a time."""
    behind = of(tracker) - {Feature.PATHS}
    return behind if _is_file_store(tracker) else behind | {Feature.PARALLEL}


def title(tracker: Tracker) -> str:
    """What people call the registry of a tracker."""
    if tracker.kind == "databricks":
        return _TITLES[databricks.registry_kind(tracker)]
    return "MLflow's file store" if _is_file_store(tracker) else MLFLOW


def require(registry: Registry, feature: Feature, instead: str) -> None:
    """Raise Unsupported, with what to do instead, unless the registry has this feature."""
    if feature not in registry.features:
        raise Unsupported(f"{registry.kind} has no {feature.value}", hint=instead)


def require_stages(registry: Registry, ref: ModelRef) -> None:
    """Raise Unsupported where a version is in no stage; an alias does the work there."""
    version = quoted(ref if ref.selector and ref.selector.kind == "version" else f"{ref.name}/7")
    require(registry, Feature.STAGES, f"use an alias: mlreg model alias set {version} champion; {_TO_WORKSPACE}")


def require_aliases(registry: Registry, ref: ModelRef) -> None:
    """Raise Unsupported where a version has no aliases; a stage does the work there."""
    version = quoted(ref if ref.selector and ref.selector.kind == "version" else f"{ref.name}/7")
    require(registry, Feature.ALIASES, f"use a stage: mlreg model transition {version} Production; or {_TO_CATALOG}")


def require_selector(registry: Registry, ref: ModelRef) -> None:
    """Raise Unsupported for a reference by stage or by alias where there are none."""
    kind = ref.selector.kind if ref.selector else None
    if kind == "stage":
        require_stages(registry, ref)
    elif kind == "alias":
        require_aliases(registry, ref)


def check_name(registry: Registry, name: str) -> None:
    """Raise Usage for a name that the registry can never have: levels where it has none, none where it has three."""
    levels = name.split(".")
    if Feature.LEVELS in registry.features:
        if len(levels) != 3 or not all(levels):
            raise Usage(
                f"'{name}' is no name in {registry.kind}",
                cause=f"{registry.kind} names have three levels: catalog.schema.NAME",
                hint=f"write catalog.schema.{levels[-1] or 'NAME'}, {_TO_WORKSPACE}",
            )
    elif Feature.FREE_NAMES not in registry.features and len(levels) == 3:
        raise Usage(
            f"'{name}' is no name in {registry.kind}",
            cause="names of three levels belong to Unity Catalog",
            hint=_TO_CATALOG,
        )


def _is_file_store(tracker: Tracker) -> bool:
    """A directory of files, whose renaming loses aliases and tags, and stops half-way where versions have tags."""
    return tracker.kind == "local" and tracker.tracking_uri.lower().startswith("file:")
