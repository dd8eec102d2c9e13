"""Which tracker a request of MLflow's own client is for: its address says, and no other address gets credentials."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from mlreg.core import stacks
from mlreg.core.addresses import origin
from mlreg.core.credentials import credentials_of
from mlreg.core.errors import Usage
from mlreg.core.types import Components, Tracker


def tracker_at(components: Components, url: str, stack: str | None = None) -> Tracker | None:
    """Return the tracker that a URL belongs to, None where there is none; between several `stack` decides.

    Raises ComponentNotFound for an unknown stack, Usage where trackers at one address differ in their credentials.
    """
    chosen = stacks.choose(components, env_stack=stack) if stack else None
    there = _nearest([each for each in components.trackers.values() if _leads_to(each, url)], url)
    if chosen:
        ours = {chosen.tracker.name, chosen.registry.name}
        there = [each for each in there if each.name in ours] or there
    if len({frozenset(credentials_of(each).items()) for each in there}) > 1:
        names = [each.name for each in there]
        raise Usage(
            f"{', '.join(names)} are trackers at {origin(url)} with different credentials",
            cause=f"MLREG_STACK says {stack}, which has none of them" if stack else "nothing says which one is meant",
            hint=f"MLREG_STACK={names[0]}, or another stack with one of them",
        )
    return there[0] if there else None


def _leads_to(tracker: Tracker, url: str) -> bool:
    try:
        return tracker.kind == "server" and origin(tracker.tracking_uri) == origin(url)
    except ValueError:  # an address that somebody has written by hand
        return False


def _nearest(trackers: Sequence[Tracker], url: str) -> list[Tracker]:
    """Behind one address each path may be a server of its own: those of the longest path that the URL is below."""
    below = f"{urlsplit(url).path}/"
    above = [path for path in map(_path, trackers) if below.startswith(f"{path}/")]
    return [each for each in trackers if not above or _path(each) == max(above, key=len)]


def _path(tracker: Tracker) -> str:
    return urlsplit(tracker.tracking_uri).path.rstrip("/")
