"""The same act on many references: several at a time, each model looked at once, and what failed is told, not lost."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, cast

from mlreg.core import pace
from mlreg.core.errors import Failed, MlregError, Unauthenticated, Unreachable, Usage, VaultUnavailable
from mlreg.core.ports import Feature, Registry
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef
from mlreg.core.types import Model, Outcome

# Does the act to one reference.
Act = Callable[[Registry, ModelRef], Outcome]

# After one of these the next reference would fail in the same way.
_FINAL = (Unauthenticated, Unreachable, VaultUnavailable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one reference."""

    ref: str
    state: Literal["done", "planned", "unchanged", "failed"]
    detail: str
    error: MlregError | None = None


def each(
    act: Act,
    registries: Callable[[ModelRef], Registry],
    refs: Sequence[ModelRef],
    jobs: int,
    clock: pace.Clock,
) -> Iterator[Done]:
    """Yield what became of each reference, in their order, as it is known; by the clock, as many at a time as pays.

    The first goes alone: it gets the credentials that all others use too. When it, or a later one, finds its server
    unreachable or closed, those of the same stack that have not begun are not tried.
    """
    look = _Looks(registries)
    stopped: dict[str | None, MlregError] = {}

    def one(ref: ModelRef) -> Done:
        if error := stopped.get(ref.stack):
            return Done(ref=shown(ref), state="failed", detail=f"not tried: {error.message}", error=error)
        try:
            outcome = act(look.registry(ref), ref)
        except MlregError as error:
            if isinstance(error, _FINAL):
                stopped[ref.stack] = error
            return Done(ref=shown(ref), state="failed", detail=told(error), error=error)
        detail = "; ".join([outcome.said, *outcome.notes])
        return Done(ref=shown(ref), state="done" if outcome.changed else "unchanged", detail=detail)

    if not refs:
        return
    yield one(refs[0])
    many = all(map(look.takes_many, {ref.stack: ref for ref in refs}.values()))
    yield from pace.each(one, refs[1:], jobs if many else 1, clock)


def interrupted(refs: Sequence[ModelRef]) -> Iterator[Done]:
    """Yield what is to be said of references whose result was not waited for."""
    error = Failed("interrupted: it may be done, or not")
    for ref in refs:
        yield Done(ref=shown(ref), state="failed", detail=told(error), error=error)


def exit_code(done: Sequence[Done]) -> int:
    """0 when nothing failed; the exit code that all failures share, else 1."""
    codes = {item.error.exit for item in done if item.error}
    return codes.pop() if len(codes) == 1 else int(bool(codes))


def refuse_rivals(refs: Sequence[ModelRef], what: str, stack: Callable[[ModelRef], str]) -> None:
    """Raise Usage when two references are to the same model of a stack, where each would undo the other."""
    seen: set[tuple[str, str]] = set()
    for ref in refs:
        place = stack(ref), ref.name
        if place in seen:
            raise Usage(f"{what}: one version of each model, and there are several of {ref.name}")
        seen.add(place)


def shown(ref: ModelRef) -> str:
    """A reference as it may be typed again."""
    return f"{ref.stack}::{ref}" if ref.stack else str(ref)


def told(error: MlregError) -> str:
    """A failure on one line."""
    return f"{error.message} ({error.cause})" if error.cause else error.message


def looking_once(registry: Registry) -> Registry:
    """The same registry, but it answers from memory when it is asked for a model again."""
    return cast(Registry, _LooksOnce(registry))


class _Looks:
    """Registries that look at each model once, whoever asks."""

    def __init__(self, registries: Callable[[ModelRef], Registry]) -> None:
        self._registries = registries
        self._looking: dict[str | None, Registry] = {}
        self._lock = threading.Lock()

    def registry(self, ref: ModelRef) -> Registry:
        """The registry that a reference is in."""
        with self._lock:
            if ref.stack not in self._looking:
                self._looking[ref.stack] = looking_once(self._registries(ref))
            return self._looking[ref.stack]

    def takes_many(self, ref: ModelRef) -> bool:
        """Tell whether a registry may be asked by several at a time. One that cannot be had is not asked at all."""
        try:
            return Feature.PARALLEL in self.registry(ref).features
        except MlregError:
            return True


class _LooksOnce:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._models: dict[str, Model] = {}
        self._locks: dict[str, threading.Lock] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    def get_model(self, name: str) -> Model:
        with self._locks.setdefault(name, threading.Lock()):
            if name not in self._models:
                self._models[name] = self._registry.get_model(name)
            return self._models[name]
