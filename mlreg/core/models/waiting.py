"""Waiting until a registry has a version ready: Databricks copies the files first."""

from collections.abc import Callable

from mlreg.core.errors import Failed, TimedOut
from mlreg.core.models.browse import locate
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.references import ModelRef
from mlreg.core.types import Version

READY = "READY"

# Waits a little; False when there is no time left.
Pause = Callable[[], bool]


def wait(registry: Registry, ref: ModelRef, pause: Pause) -> Version:
    """Return the version that a reference names once it is ready; the reference is resolved once."""
    found = locate(registry, ref)
    return until_ready(registry, registry.get_version(found.model.name, found.number), pause)


def until_ready(registry: Registry, version: Version, pause: Pause) -> Version:
    """Return the version once it is ready. Raises Failed when it never will be, TimedOut when time is up."""
    while version.status != READY:
        if version.status.startswith("FAILED"):
            raise Failed(
                f"{version.ref} could not be registered",
                cause=version.status_message or version.status,
                hint=f"mlreg model delete {quoted(version.ref)}, then register it again",
            )
        if not pause():
            raise TimedOut(
                f"{version.ref} is not ready yet",
                cause=f"its status is {version.status}",
                hint=f"mlreg model wait {quoted(version.ref)} --timeout 30m",
            )
        version = registry.get_version(version.name, version.number)
    return version
