"""mlreg inside of a program that is not its own: MLflow's plugin and the Python API."""

import logging
from collections.abc import Mapping
from functools import partial

from mlreg.core import credentials, request_auth, tracker_rules
from mlreg.runtime import Runtime

log = logging.getLogger("mlreg").warning


class InProgram(Runtime):
    """The world as a program sees it that mlreg is a part of: nobody is asked, and each act has its own time."""

    def request_headers(self, url: str) -> Mapping[str, str] | None:
        """The credentials of the tracker that a request of MLflow's goes to; None where mlreg knows none there."""
        tracker = request_auth.tracker_at(self.components, url, self.environ.get("MLREG_STACK"))
        if tracker is None:
            return None
        tracker_rules.check(tracker, self.machine, again=True)
        return credentials.authorization(tracker, partial(self.look_up, tracker))
