"""The composition root: makes the store, the vaults and the registries when a verb first asks for them."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mlreg.core import local, stacks
from mlreg.core.dry_run import DryRun
from mlreg.core.errors import MlregError
from mlreg.core.namespace import Namespaced
from mlreg.core.ports import Connection, Disk, Meter, Registry, RunLog, Tracking
from mlreg.core.references import ModelRef, Placeholder
from mlreg.core.types import Target
from mlreg.runtime.seams import VAULTS, adapter
from mlreg.runtime.servers import Servers

if TYPE_CHECKING:  # a listing does not load what moving and transfers need
    from mlreg.core.models.custody import Custody
    from mlreg.core.models.files import Means
    from mlreg.core.models.journal import Witness

__all__ = ["VAULTS", "Runtime"]


class Runtime(Servers):
    """The world as one command sees it."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, notify: Callable[[str], None] = lambda _: None
    ) -> None:
        super().__init__(environ, notify)
        self._told: set[str] = set()
        self._asked_for = self.environ.get("MLFLOW_TRACKING_URI")  # before MLflow, in this process, sets it

    def target(self, stack: str | None = None) -> Target:
        """Which servers this command talks to; `stack` is one that a reference names."""
        target = stacks.choose(
            self.components,
            stack=stack or self.choices.stack,
            tracker=None if stack else self.choices.tracker,
            env_stack=self.environ.get("MLREG_STACK"),
            from_env=lambda: adapter("mlreg.adapters.mlflow_settings:read")(self.environ, self._home),
            seen=lambda: [name for name in ("mlflow.db", "mlruns") if Path(name).exists()],
        )
        differing = stacks.difference(target, self._asked_for)
        if differing and differing not in self._told:
            self._told.add(differing)
            self.notify(differing)
        return target

    def variables(self, target: Target, *, plain: bool) -> dict[str, str | None]:
        """What the environment of a program must say for it to use these servers; see core.environment."""
        from mlreg.core import environment

        for tracker in (target.tracker, target.registry):
            self._check(tracker)
        alone = target.tracker.kind == target.registry.kind == "local" and target.tracker == target.registry
        address = self.local_servers.address(target.tracker) if alone else None
        said = environment.variables(target, self.look_up, plain=plain, inherited=self.environ, address=address)
        named = stacks.every(self.components).get(target.stack.name)
        shadowed = named is not None and named.tracker != target.stack.tracker  # --tracker goes around such a stack
        return {**said, "MLREG_STACK": None} if shadowed else said

    def target_python(self) -> Any:
        """The Python that MLflow programs run with here; None where there is none."""
        return adapter("mlreg.adapters.target_python:look")(self.environ)

    def registry(self, ref: ModelRef | None = None) -> Registry:
        """The registry that a reference names, or the one this command talks to; read only in a dry run."""
        target = self.target(ref.stack if ref else None)
        registry: Registry = self._noted(target, self._connection(target.registry))
        if self.choices.dry_run:
            registry = DryRun(registry)
        return Namespaced(registry, target.stack.namespace) if target.stack.namespace else registry

    def tracking(self, ref: ModelRef | None = None) -> Tracking:
        """The tracking server beside that registry."""
        target = self.target(ref.stack if ref else None)
        return self._noted(target, self._connection(target.tracker))

    def run_log(self, target: Target) -> RunLog:
        """Where runs of a local tracker are written."""
        return cast(RunLog, self._connection(target.tracker))

    def means(self, ref: ModelRef, meter: Meter, jobs: int) -> "Means":
        """What a transfer from or to the registry that a reference names works with."""
        from mlreg.core.models.files import Means

        target = self.target(ref.stack)
        disk: Disk = adapter("mlreg.adapters.local_files:connect")()
        return Means(
            registry=self.registry(ref),
            tracking=self.tracking(ref),
            storage=lambda uri: disk if local.place(uri) else self._artifacts(target.tracker, uri),
            disk=disk,
            meter=meter,
            jobs=jobs,
            pretend=self.choices.dry_run,
        )

    def read_mlmodel(self, content: bytes) -> Mapping[str, Any]:
        """What an MLmodel file says; raises NotMlflow."""
        said: Mapping[str, Any] = adapter("mlreg.adapters.mlmodel:read")(content)
        return said

    def custody(self, ref: ModelRef, comment: str | None = None) -> "Custody":
        """What binds moves in the registry that a reference names, and records them; a dry run records nothing."""
        from mlreg.core.models.custody import Custody
        from mlreg.core.models.journal import Journal

        protected = self.components.protected
        if self.choices.dry_run:
            return Custody(protected=protected)
        witness: Witness = adapter("mlreg.adapters.journal_file:witness")(
            adapter("mlreg.adapters.places:state")(self.environ),
            self.environ,
            lambda: self._user_in(ref),
            comment or "",
        )
        return Custody(journal=Journal(witness), protected=protected)

    def _user_in(self, ref: ModelRef) -> str | None:
        """The user that the registry knows us as, where the tracker says it. Nothing raises: the move is made."""
        with suppress(MlregError):
            registry = self.target(ref.stack).registry
            name = registry.tracking_username
            if isinstance(name, Placeholder):
                name = self.look_up(registry, name)
            return name.reveal() if name else None
        return None

    def keep_names(self) -> None:
        """Leave the names that this command came across to completion."""
        if "store" in self.__dict__:
            self._names.keep(self.store.read, time.time())

    @cached_property
    def _names(self) -> Any:
        cache, folder = adapter("mlreg.adapters.names_cache:NamesCache"), adapter("mlreg.adapters.places:names")
        return cache(self.environ, folder(self.environ), self.store_path, self.project_file)

    def _noted(self, target: Target, connection: Connection) -> Connection:
        return cast(Connection, self._names.noted(target, connection))
