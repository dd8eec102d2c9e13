"""The servers of this run: a connection for each tracker, opened when it is first asked for."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import cast

from mlreg.core import tracker_rules
from mlreg.core.local_server import LocalServers
from mlreg.core.ports import Artifacts, Connection, Tracking
from mlreg.core.tracker_rules import Machine
from mlreg.core.types import Target, Tracker
from mlreg.runtime.seams import (
    ARTIFACTS,
    ARTIFACTS_WITH_MLFLOW,
    BEHIND_LOCAL_SERVER,
    REGISTRIES,
    WITH_MLFLOW,
    adapter,
)
from mlreg.runtime.secrets import Secrets


class Servers(Secrets):
    """Whom one command talks to."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, notify: Callable[[str], None] = lambda _: None
    ) -> None:
        super().__init__(environ, notify)
        self._connections: dict[tuple[str, str | None], Connection] = {}
        self._stores: dict[tuple[str, str | None, str], Artifacts] = {}

    def tracking_of(self, tracker: Tracker) -> Tracking:
        """The tracking server of a tracker."""
        return self._connection(tracker)

    def reconnect(self, tracker: Tracker) -> Tracking:
        """The tracking server of a tracker, on a connection whose time begins now."""
        self._connections.pop((tracker.name, tracker.workspace), None)
        return self._connection(tracker)

    def connect_once(self, tracker: Tracker, timeout_s: float) -> Connection:
        """A connection to a tracking server that is not registered yet, with a deadline of its own."""
        return self._open(REGISTRIES["server"], tracker, timeout_s=timeout_s)

    def mlflow_settings(self) -> Tracker | None:
        """The tracker that MLflow's own variables and files describe."""
        found: Target | None = adapter("mlreg.adapters.mlflow_settings:read")(self.environ, self._home)
        return found.tracker if found else None

    @cached_property
    def local_servers(self) -> LocalServers:
        """The servers that mlreg runs for local trackers."""
        servers: LocalServers = adapter("mlreg.adapters.local_server:Servers")(
            adapter("mlreg.adapters.places:state")(self.environ),
            self.environ,
            notify=self.notify,
            say=self.say,
            person=self.may_ask,
        )
        return servers

    @property
    def machine(self) -> Machine:
        """What the rules for trackers may ask of this machine."""
        return Machine(
            opens=lambda scheme: adapter("mlreg.adapters.store_plugins:opens")(scheme),
            profiles=self.databricks_profiles,
        )

    def databricks_profiles(self) -> list[str]:
        """The profiles of Databricks' tools on this machine."""
        found: list[str] = adapter("mlreg.adapters.databricks_profiles:names")(self.environ, self._home)
        return found

    def _connection(self, tracker: Tracker) -> Connection:
        place = (tracker.name, tracker.workspace)
        if place not in self._connections:
            self._connections[place] = self._connect(tracker)
        return self._connections[place]

    def _connect(self, tracker: Tracker) -> Connection:
        self._check(tracker)
        if tracker.kind == "local" and tracker.client != "mlflow":
            address = self.local_servers.address(tracker)
            if address:
                return self._open(BEHIND_LOCAL_SERVER, tracker, address=address, patient=self.patient)
        if tracker.client == "mlflow" or tracker.kind == "local":
            return self._open(WITH_MLFLOW, tracker)
        renew = partial(self._renew, tracker)
        if tracker.kind == "server":
            return self._open(REGISTRIES["server"], tracker, renew=renew, patient=self.patient)
        with_mlflow = partial(self._open, WITH_MLFLOW, tracker)
        known = adapter("mlreg.adapters.databricks_profiles:resolved")(tracker, self.environ, self._home)
        if known is None:
            return with_mlflow()
        return self._open(REGISTRIES["databricks"], known, renew=renew, patient=self.patient, with_mlflow=with_mlflow)

    def _check(self, tracker: Tracker) -> None:
        """Raise Usage for a tracker that breaks a rule: a file may have been written by hand, or by somebody else."""
        if tracker.layer != "environment":
            tracker_rules.check(tracker, self.machine, again=True)

    def _open(self, place: str, tracker: Tracker, **extra: object) -> Connection:
        return cast(Connection, self._made(place, tracker, **extra))

    def _artifacts(self, tracker: Tracker, uri: str) -> Artifacts:
        scheme = uri.partition(":")[0].lower()
        place = ARTIFACTS.get(scheme) if tracker.kind == "server" and tracker.client != "mlflow" else None
        key = (tracker.name, tracker.workspace, scheme)
        if key not in self._stores:
            renew = {"renew": partial(self._renew, tracker)} if place else {}
            self._stores[key] = cast(Artifacts, self._made(place or ARTIFACTS_WITH_MLFLOW, tracker, **renew))
        return self._stores[key]

    def _made(self, place: str, tracker: Tracker, **extra: object) -> object:
        look_up = partial(self.look_up, tracker)
        usual = {"timeout_s": self.timeout_s, "notify": self.notify}
        return adapter(place)(tracker, look_up, **{**usual, **extra})
