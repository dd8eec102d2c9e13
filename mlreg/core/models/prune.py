"""Which old versions nobody needs any more: none that something points at, none that a rollback would go back to."""

from collections.abc import Sequence

from mlreg.core import parallel
from mlreg.core.errors import MlregError, Usage
from mlreg.core.models.files import Means, listed, uri_of
from mlreg.core.models.history import Past, holders, read, targets, way_back
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Version

STEPS_BACK = 2

_IN_USE = ("Staging", "Production")


@dataclass(frozen=True, slots=True)
class Prunable:
    """A version that may go, and how many bytes its files have; None where the server does not tell."""

    version: Version
    size: int | None


def prunable(means: Means, ref: ModelRef, *, keep: int | None, before_ms: int | None) -> list[Prunable]:
    """Return the versions beyond the newest `keep` that were made before a time, oldest first.

    None that an alias names or that is in Staging or Production, and no former holder that rolling back would need,
    even twice.
    """
    if keep is None and before_ms is None:
        raise Usage("which are old is not said", hint=f"mlreg model prune {quoted(ref.name)} --keep 5 --older-than 90d")
    past = read(means.registry, ref.name)
    newest_first = sorted(past.versions, key=lambda version: -version.number)
    needed = _needed(past)
    old = [
        version
        for version in newest_first[keep or 0 :]
        if version.number not in needed and (before_ms is None or (version.created or before_ms) < before_ms)
    ]
    sizes = parallel.each(lambda version: _size(means, version), old, means.jobs)
    return [Prunable(version, size) for version, size in zip(old, sizes, strict=True)][::-1]


def total(found: Sequence[Prunable]) -> int:
    """The bytes of all of them, as far as they are known."""
    return sum(item.size or 0 for item in found)


def _needed(past: Past) -> set[int]:
    pointed = {*past.model.aliases.values()}
    staged = {version.number for version in past.versions if version.stage in _IN_USE}
    pointers = [target for target in targets(past) if target.startswith("@") or target in _IN_USE]
    return pointed | staged | {number for target in pointers for number in _way_back(past, target)}


def _way_back(past: Past, target: str) -> set[int]:
    """What rolling a pointer back, and back again, would need; where that is not there, whatever has ever held it."""
    ready = {version.number for version in past.versions if version.status == "READY"}
    steps = way_back(past, target)[:STEPS_BACK]
    return {*steps} if steps and ready.issuperset(steps) else holders(past, target)


def _size(means: Means, version: Version) -> int | None:
    try:
        uri = uri_of(means.registry, means.tracking, version.name, version.number)
        return sum(file.size for file in listed(means.storage(uri), uri))
    except MlregError:
        return None
