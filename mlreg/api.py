"""The Python API: `connect` to a model registry, `activate` a stack for MLflow's own client; see mlreg/__init__.py."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ContextDecorator
from types import TracebackType
from typing import Any, TypeVar

from mlreg.core.errors import Usage
from mlreg.core.ports import Registry
from mlreg.core.runs import Wanted
from mlreg.runtime.programs import InProgram

Function = TypeVar("Function", bound=Callable[..., Any])


def connect(stack: str | None = None) -> Registry:
    """Return the model registry of a stack or tracker, by default of the one that `mlreg` uses here.

    Nothing is sent before its first method is called; threads may share it. Raises `mlreg.errors`.
    """
    return InProgram(stack).registry()


def activate(
    stack: str | None = None,
    *,
    experiment: str | None = None,
    nested: bool = False,
    tags: Mapping[str, str] | None = None,
    run_name: str | None = None,
) -> "Activation":
    """Set MLflow up for a stack, for a block (`with mlreg.activate("prod"):`) or a function (`@mlreg.activate()`).

    Tracking and registry URI, credentials (asked for at each request: no password is in the environment), certificates
    and experiment are the stack's, or as given. With `nested`, `tags` or `run_name` a run is opened too, with the
    stack's tags; `with` gives it. Afterwards all is as it was, and the run is ended: FAILED if the code raised.
    Raises `mlreg.errors`: Conflict where another thread has a stack activated, for MLflow has one setting for all.
    """
    return Activation(stack, Wanted(experiment=experiment, name=run_name, nested=nested, tags=dict(tags or {})))


class Activation(ContextDecorator):
    """A stack that can be activated, any number of times, also within itself."""

    def __init__(self, stack: str | None, wanted: Wanted) -> None:
        self._stack = stack
        self._wanted = wanted
        self._entered: list[AbstractContextManager[Any]] = []

    def __call__(self, function: Function) -> Function:
        from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

        if any(kind(function) for kind in (iscoroutinefunction, isgeneratorfunction, isasyncgenfunction)):
            raise Usage(
                f"{function.__qualname__} only begins when it is called",
                cause="it is a coroutine or a generator, and a decorator would be through before it runs",
                hint="with mlreg.activate(...): inside of it",
            )
        return super().__call__(function)

    def __enter__(self) -> Any:
        entered = InProgram(self._stack).activated(self._wanted)
        run = entered.__enter__()
        self._entered.append(entered)
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._entered.pop().__exit__(kind, error, traceback)
