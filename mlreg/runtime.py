"""The composition root: makes the store, the vaults and the registries when a verb first asks for them.

This is the only module that names adapters, and it names them by string: what a command does not use is not imported.
"""

import importlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

from mlreg.core import credentials, local, secret_hosts, settings, stacks, tracker_rules
from mlreg.core.dry_run import DryKeeper, DryRun
from mlreg.core.errors import Usage
from mlreg.core.local_server import LocalServers
from mlreg.core.models.custody import Custody
from mlreg.core.models.files import Means
from mlreg.core.models.journal import Journal, Witness
from mlreg.core.namespace import Namespaced
from mlreg.core.ports import (
    Artifacts,
    ComponentStore,
    Connection,
    Disk,
    Edit,
    Keeper,
    Meter,
    Registry,
    RunLog,
    Tracking,
    Vault,
)
from mlreg.core.references import ModelRef, Placeholder
from mlreg.core.secret import Secret
from mlreg.core.secret_values import Values
from mlreg.core.settings import Setting
from mlreg.core.tracker_rules import Machine
from mlreg.core.types import Components, Kind, Outcome, Target, Tracker

REGISTRIES: dict[Kind, str] = {
    "server": "mlreg.adapters.rest:connect",
    "databricks": "mlreg.adapters.databricks:connect",
}
WITH_MLFLOW = "mlreg.adapters.mlflow_client:connect"
BEHIND_LOCAL_SERVER = "mlreg.adapters.rest_local:connect"
VAULTS: dict[str, str] = {
    "keyring": "mlreg.adapters.vaults.keyring:connect",
    "env": "mlreg.adapters.vaults.env:connect",
    "command": "mlreg.adapters.vaults.command:connect",
}
# Files are opened by the scheme of their URI; what is not here only MLflow can open.
ARTIFACTS = {"mlflow-artifacts": "mlreg.adapters.proxied_artifacts:connect"}
ARTIFACTS_WITH_MLFLOW = "mlreg.adapters.mlflow_artifacts:connect"
TIMEOUT_S = 60.0
LOCK_S = 10.0


@dataclass(slots=True)
class Choices:
    """The global options as typed; None where nothing was said."""

    stack: str | None = None
    tracker: str | None = None
    timeout_s: float | None = None
    dry_run: bool = False
    no_project: bool = False


class Runtime:
    """The world as one command sees it. `notify` takes what an adapter has to say while it works."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, notify: Callable[[str], None] = lambda _: None
    ) -> None:
        self.environ = os.environ if environ is None else environ
        self.choices = Choices()
        self.notify = notify
        self.may_ask: Callable[[], bool] = lambda: False
        self.say: Callable[[str], None] = lambda _: None
        self._connections: dict[tuple[str, str | None], Connection] = {}
        self._stores: dict[tuple[str, str | None, str], Artifacts] = {}
        self._vaults: dict[str, Vault] = {}
        self._told: set[str] = set()
        self.patience_s = TIMEOUT_S
        self.patient = False

    @cached_property
    def store_path(self) -> Path:
        """The user's component file."""
        return Path(_adapter("mlreg.adapters.places:configuration")(self.environ)) / "components.yaml"

    @cached_property
    def project_file(self) -> Path | None:
        """The project's component file, if this directory is in a project that has one."""
        if self.choices.no_project or self.environ.get("MLREG_NO_PROJECT"):
            return None
        found: Path | None = _adapter("mlreg.adapters.places:project_file")(Path.cwd(), self._home, self.notify)
        return found if found != self.store_path else None

    @cached_property
    def store(self) -> ComponentStore:
        """The component store: the user's file, with the project's laid over it."""
        user: ComponentStore = _adapter("mlreg.adapters.yaml_store:YamlStore")(
            self.store_path,
            lock_s=min(LOCK_S, self.timeout_s),
            snapshot=_adapter("mlreg.adapters.places:cache")(self.environ) / "components.json",
        )
        if self.project_file is None:
            return user
        layered: ComponentStore = _adapter("mlreg.adapters.layered_store:LayeredStore")(
            user, self.store_path, self.project_file
        )
        return layered

    @cached_property
    def components(self) -> Components:
        """What the store says now; read once, and again after a change."""
        return self.store.read()

    def resolve_uri(self, tracker: str, uri: str | None) -> str:
        """What is stored as a tracker's URI: absolute, and without one a database in mlreg's data directory."""
        if uri is None:
            data = _adapter("mlreg.adapters.places:data")(self.environ)
            return local.default_uri(str(data), tracker)
        typed = str(Path(uri).expanduser()) if uri.startswith("~") else uri
        return local.absolute_uri(typed, str(Path.cwd()))

    @cached_property
    def local_servers(self) -> LocalServers:
        """The servers that mlreg runs for local trackers."""
        servers: LocalServers = _adapter("mlreg.adapters.local_server:Servers")(
            _adapter("mlreg.adapters.places:state")(self.environ),
            self.environ,
            notify=self.notify,
            say=self.say,
            person=self.may_ask,
        )
        return servers

    def run_log(self, target: Target) -> RunLog:
        """Where runs of a local tracker are written."""
        return cast(RunLog, self._connection(target.tracker))

    def resolve_place(self, uri: str) -> str:
        """What is stored as an artifact store: a URI, or an absolute path."""
        return local.absolute_place(str(Path(uri).expanduser()) if uri.startswith("~") else uri, str(Path.cwd()))

    def shared_text(self, data: Mapping[str, object]) -> str:
        """Exported components as the text of a file in the form of the component file."""
        text: str = _adapter("mlreg.adapters.stack_file:text")(data)
        return text

    def shared_data(self, text: str, where: str) -> Mapping[str, Any]:
        """Read such a text; raises StoreBroken with line and column."""
        data: Mapping[str, Any] = _adapter("mlreg.adapters.stack_file:data")(text, where)
        return data

    def remove_store(self, tracker: Tracker) -> None:
        """Delete a local store that mlreg itself made in its data directory, artifacts and all."""
        if tracker.tracking_uri == self.resolve_uri(tracker.name, None):
            import shutil

            shutil.rmtree(Path(str(local.place(tracker.tracking_uri))).parent, ignore_errors=True)

    def change(self, decide: Callable[[Components], tuple[Edit, Outcome]]) -> Outcome:
        """Change the component store as `decide` says, which sees what is written under the same lock."""
        outcomes: list[Outcome] = []

        def edit(components: Components) -> Edit:
            wanted, outcome = decide(components)
            outcomes[:] = [outcome]
            return wanted

        if self.choices.dry_run:
            edit(self.store.read())
        else:
            self.store.edit(edit)
        self.__dict__.pop("components", None)
        return outcomes[0]

    def vault(self, backend: str = "keyring") -> Vault:
        """The vault of that name."""
        if backend not in VAULTS:
            raise Usage(f"there is no secret backend '{backend}'", cause=f"mlreg has {', '.join(VAULTS)}")
        if backend not in self._vaults:
            self._vaults[backend] = _adapter(VAULTS[backend])(
                scope=str(self.store_path.parent),
                timeout_s=self.timeout_s,
                environ=self.environ,
                interactive=self.may_ask(),
                notify=self.notify,
            )
        return self._vaults[backend]

    def keeper(self, backend: str) -> Keeper:
        """The vault of that name for writing, if mlreg writes there; in a dry run it only pretends to."""
        keeper = cast(Keeper, self.vault(backend))
        return DryKeeper(keeper) if self.choices.dry_run else keeper

    @property
    def secret_backend(self) -> Setting:
        """Where new secrets go, and who said so."""
        files = {str(self.store_path): self.components.secret_backend}
        return settings.resolve("secret_backend", "keyring", self.environ, files=files)

    @cached_property
    def values(self) -> Values:
        """The values of secrets, each fetched once in this process."""
        return Values(lambda: self.components.secrets, self.vault, time.time)

    def target(self, stack: str | None = None) -> Target:
        """Which servers this command talks to; `stack` is one that a reference names."""
        target = stacks.choose(
            self.components,
            stack=stack or self.choices.stack,
            tracker=None if stack else self.choices.tracker,
            env_stack=self.environ.get("MLREG_STACK"),
            from_env=lambda: _adapter("mlreg.adapters.mlflow_settings:read")(self.environ, self._home),
            seen=lambda: [name for name in ("mlflow.db", "mlruns") if Path(name).exists()],
        )
        differing = stacks.difference(target, self.environ.get("MLFLOW_TRACKING_URI"))
        if differing and differing not in self._told:
            self._told.add(differing)
            self.notify(differing)
        return target

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

    def means(self, ref: ModelRef, meter: Meter, jobs: int) -> Means:
        """What a transfer from or to the registry that a reference names works with."""
        target = self.target(ref.stack)
        disk: Disk = _adapter("mlreg.adapters.local_files:connect")()
        return Means(
            registry=self.registry(ref),
            tracking=self.tracking(ref),
            storage=lambda uri: disk if local.place(uri) else self._artifacts(target.tracker, uri),
            disk=disk,
            meter=meter,
            jobs=jobs,
            pretend=self.choices.dry_run,
        )

    def _artifacts(self, tracker: Tracker, uri: str) -> Artifacts:
        scheme = uri.partition(":")[0].lower()
        adapter = ARTIFACTS.get(scheme) if tracker.kind == "server" and tracker.client != "mlflow" else None
        key = (tracker.name, tracker.workspace, scheme)
        if key not in self._stores:
            renew = {"renew": partial(self._renew, tracker)} if adapter else {}
            self._stores[key] = cast(Artifacts, self._made(adapter or ARTIFACTS_WITH_MLFLOW, tracker, **renew))
        return self._stores[key]

    def custody(self, comment: str | None = None) -> Custody:
        """What binds moves and records them; a dry run records nothing."""
        protected = self.components.protected
        if self.choices.dry_run:
            return Custody(protected=protected)
        witness: Witness = _adapter("mlreg.adapters.journal_file:witness")(
            _adapter("mlreg.adapters.places:state")(self.environ), self.environ, self._server_user, comment or ""
        )
        return Custody(journal=Journal(witness), protected=protected)

    def _server_user(self) -> str | None:
        """The user that the registry knows us as, where the tracker says it."""
        name = self.target().registry.tracking_username
        if isinstance(name, Placeholder):
            name = self.look_up(self.target().registry, name)
        return name.reveal() if name else None

    def tracking_of(self, tracker: Tracker) -> Tracking:
        """The tracking server of a tracker."""
        return self._connection(tracker)

    def connect_once(self, tracker: Tracker, timeout_s: float) -> Connection:
        """A connection to a tracking server that is not registered yet, with a deadline of its own."""
        return self._open(REGISTRIES["server"], tracker, timeout_s=timeout_s)

    def mlflow_settings(self) -> Tracker | None:
        """The tracker that MLflow's own variables and files describe."""
        found: Target | None = _adapter("mlreg.adapters.mlflow_settings:read")(self.environ, self._home)
        return found.tracker if found else None

    def keyring_name(self) -> str:
        """How the system keyring in use is called; raises VaultUnavailable."""
        return str(cast(Any, self.vault("keyring")).backend_name())

    @property
    def timeout(self) -> Setting:
        """How long a command may take, and who said so."""
        flag = f"{self.choices.timeout_s:g}s" if self.choices.timeout_s else None
        return settings.resolve("timeout", f"{self.patience_s:g}s", self.environ, flag=flag)

    def look_up(self, tracker: Tracker, placeholder: Placeholder) -> Secret:
        """The value that a tracker's placeholder stands for. Raises NotAllowed for its host, and SecretMissing."""
        secret_hosts.check_host(placeholder, tracker, self.components, self.environ)
        return self.values.value(placeholder)

    def keep_names(self) -> None:
        """Leave the names that this command came across to completion."""
        if "store" in self.__dict__:
            self._names.keep(self.store.read, time.time())

    @cached_property
    def _names(self) -> Any:
        cache, folder = _adapter("mlreg.adapters.names_cache:NamesCache"), _adapter("mlreg.adapters.places:names")
        return cache(self.environ, folder(self.environ), self.store_path, self.project_file)

    def _noted(self, target: Target, connection: Connection) -> Connection:
        return cast(Connection, self._names.noted(target, connection))

    def _renew(self, tracker: Tracker) -> bool:
        """Drop what may be stale of a tracker's secrets; False when asking again could give nothing new."""
        return self.values.forget(placeholder.secret for placeholder in credentials.secrets_of(tracker))

    def _connection(self, tracker: Tracker) -> Connection:
        place = (tracker.name, tracker.workspace)
        if place not in self._connections:
            self._connections[place] = self._connect(tracker)
        return self._connections[place]

    def _connect(self, tracker: Tracker) -> Connection:
        if tracker.layer != "environment":  # a file may have been written by hand, or by somebody else
            tracker_rules.check(tracker, self.machine, again=True)
        if tracker.kind == "local" and tracker.client != "mlflow":
            address = self.local_servers.address(tracker)
            if address:
                return self._open(BEHIND_LOCAL_SERVER, tracker, address=address)
        if tracker.client == "mlflow" or tracker.kind == "local":
            return self._open(WITH_MLFLOW, tracker)
        renew = partial(self._renew, tracker)
        if tracker.kind == "server":
            return self._open(REGISTRIES["server"], tracker, renew=renew, patient=self.patient)
        with_mlflow = partial(self._open, WITH_MLFLOW, tracker)
        known = _adapter("mlreg.adapters.databricks_profiles:resolved")(tracker, self.environ, self._home)
        if known is None:
            return with_mlflow()
        return self._open(REGISTRIES["databricks"], known, renew=renew, patient=self.patient, with_mlflow=with_mlflow)

    def _open(self, adapter: str, tracker: Tracker, **extra: object) -> Connection:
        return cast(Connection, self._made(adapter, tracker, **extra))

    def _made(self, adapter: str, tracker: Tracker, **extra: object) -> object:
        look_up = partial(self.look_up, tracker)
        usual = {"timeout_s": self.timeout_s, "notify": self.notify}
        return _adapter(adapter)(tracker, look_up, **{**usual, **extra})

    @property
    def machine(self) -> Machine:
        """What the rules for trackers may ask of this machine."""
        return Machine(
            opens=lambda scheme: _adapter("mlreg.adapters.store_plugins:opens")(scheme),
            profiles=self.databricks_profiles,
        )

    def databricks_profiles(self) -> list[str]:
        """The profiles of Databricks' tools on this machine."""
        found: list[str] = _adapter("mlreg.adapters.databricks_profiles:names")(self.environ, self._home)
        return found

    @property
    def _home(self) -> Path:
        return Path(_adapter("mlreg.adapters.places:home")(self.environ))

    @property
    def timeout_s(self) -> float:
        """How long a command may take, in seconds."""
        return settings.duration_s(self.timeout.value)


def _adapter(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
