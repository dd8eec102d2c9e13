"""A store that MLflow itself opens, in a program of others: MLflow's process-wide settings are lent for each call."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mlreg.adapters.mlflow_globals import preserved, turn
from mlreg.adapters.mlflow_process import LOGGERS, TOUCHED


class Guest:
    """A Connection that is opened for each call and, when it returns, leaves the process as it found it."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        opened = connect()  # which does nothing before the first call
        self.features = opened.features
        self.kind = opened.kind

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            with _lent():
                answer = getattr(self._connect(), name)(*arguments, **named)
                return iter(list(answer)) if isinstance(answer, Iterator) else answer

        return call


@contextmanager
def _lent() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    with turn.lent(), preserved(TOUCHED):
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
