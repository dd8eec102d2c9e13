"""mlreg inside of a program that is not its own: MLflow's plugin and the Python API."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, cast

from mlreg.core import credentials, environment, request_auth
from mlreg.core.ports import Connection
from mlreg.core.runs import Wanted
from mlreg.core.types import Tracker
from mlreg.runtime import Runtime
from mlreg.runtime.seams import GUEST, WITH_MLFLOW, adapter


class InProgram(Runtime):
    """The world as a program sees it that mlreg is a part of: nobody is asked, and time runs while something is done.

    `stack` is the one that the program names.
    """

    def __init__(self, stack: str | None = None) -> None:
        super().__init__(notify=logging.getLogger("mlreg").warning)
        self.choices.stack = stack
        self.patient = True

    def request_headers(self, url: str) -> Mapping[str, str] | None:
        """The credentials of the tracker that a request of MLflow's goes to; None where mlreg knows none there."""
        tracker = request_auth.tracker_at(self.components, url, self.environ.get("MLREG_STACK"))
        if tracker is None:
            return None
        self._check(tracker)
        return credentials.authorization(tracker, partial(self.look_up, tracker))

    def activated(self, wanted: Wanted) -> AbstractContextManager[Any]:
        """MLflow set to the stack's servers for a block of code. What would fail at its first request fails here."""
        target = self.target()
        on_databricks = "databricks" in (target.tracker.kind, target.registry.kind)  # which asks no plugin
        kept = environment.unsaved(target)
        variables = {} if kept else self.variables(target, plain=on_databricks)
        for tracker in (target.tracker, target.registry):
            for placeholder in credentials.secrets_of(tracker):
                self.look_up(tracker, placeholder)
        opened: AbstractContextManager[Any] = adapter("mlreg.adapters.mlflow_activation:activated")(
            target, variables, wanted
        )
        return opened

    def _open(self, place: str, tracker: Tracker, **extra: object) -> Connection:
        connect = partial(super()._open, place, tracker, **extra)
        return cast(Connection, adapter(GUEST)(connect)) if place == WITH_MLFLOW else connect()
