"""The composition root: makes the store, the vaults and the registries when a verb first asks for them.

This is the only module that names adapters, and it names them by string: what a command does not use is not imported.
"""

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

from mlreg.core import local, secrets, settings, stacks
from mlreg.core.dry_run import DryRun
from mlreg.core.errors import Usage
from mlreg.core.ports import ComponentStore, Connection, Edit, Registry, RunLog, Tracking, Vault
from mlreg.core.references import ModelRef, Placeholder
from mlreg.core.secret import Secret
from mlreg.core.settings import Setting
from mlreg.core.types import Components, Kind, Outcome, Target, Tracker

REGISTRIES: dict[Kind, str] = {
    "server": "mlreg.adapters.rest:connect",
    "databricks": "mlreg.adapters.databricks:connect",
    "local": "mlreg.adapters.mlflow_client:connect",
}
WITH_MLFLOW = "mlreg.adapters.mlflow_client:connect"
VAULTS: dict[str, str] = {
    "keyring": "mlreg.adapters.vaults.keyring:KeyringVault",
}
TIMEOUT_S = 60.0


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
        self._connections: dict[str, Connection] = {}
        self._vaults: dict[str, Vault] = {}
        self._secrets: dict[str, Mapping[str, Secret] | None] = {}

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
        user: ComponentStore = _adapter("mlreg.adapters.yaml_store:YamlStore")(self.store_path)
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

    def run_log(self, target: Target) -> RunLog:
        """Where runs of a local tracker are written."""
        return cast(RunLog, self._connection(target.tracker))

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
                str(self.store_path.parent),
                timeout_s=self._keyring_timeout_s(),
                environ=self.environ,
                interactive=self.may_ask(),
            )
        return self._vaults[backend]

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
        if differing:
            self.notify(differing)
        return target

    def registry(self, ref: ModelRef | None = None) -> Registry:
        """The registry that a reference names, or the one this command talks to; read only in a dry run."""
        connection = self._connection(self.target(ref.stack if ref else None).registry)
        return DryRun(connection) if self.choices.dry_run else connection

    def tracking(self, ref: ModelRef | None = None) -> Tracking:
        """The tracking server beside that registry."""
        return self._connection(self.target(ref.stack if ref else None).tracker)

    def tracking_of(self, tracker: Tracker) -> Tracking:
        """The tracking server of a tracker."""
        return self._connection(tracker)

    def keyring_name(self) -> str:
        """How the system keyring in use is called; raises VaultUnavailable."""
        return str(cast(Any, self.vault("keyring")).backend_name())

    @property
    def timeout(self) -> Setting:
        """How long a command may take, and who said so."""
        flag = f"{self.choices.timeout_s:g}s" if self.choices.timeout_s else None
        return settings.resolve("timeout", f"{TIMEOUT_S:g}s", self.environ, flag=flag)

    def look_up(self, placeholder: Placeholder) -> Secret:
        """The value that a placeholder stands for; a secret is fetched once in this process. Raises SecretMissing."""
        name = placeholder.secret
        if name not in self._secrets:
            entry = self.components.secrets.get(name)
            self._secrets[name] = self.vault(entry.backend).read(name) if entry else None
        return secrets.value_of(placeholder, self._secrets[name])

    def _connection(self, tracker: Tracker) -> Connection:
        if tracker.name not in self._connections:
            self._connections[tracker.name] = self._connect(tracker)
        return self._connections[tracker.name]

    def _connect(self, tracker: Tracker) -> Connection:
        if tracker.client == "mlflow":
            return self._open(WITH_MLFLOW, tracker)
        if tracker.kind != "databricks":
            return self._open(REGISTRIES[tracker.kind], tracker)
        with_mlflow = partial(self._open, WITH_MLFLOW, tracker)
        known = _adapter("mlreg.adapters.databricks_profiles:resolved")(tracker, self.environ, self._home)
        return self._open(REGISTRIES["databricks"], known, with_mlflow=with_mlflow) if known else with_mlflow()

    def _open(self, adapter: str, tracker: Tracker, **extra: object) -> Connection:
        connect = _adapter(adapter)
        connection: Connection = connect(tracker, self.look_up, timeout_s=self._timeout_s, notify=self.notify, **extra)
        return connection

    def databricks_profiles(self) -> list[str]:
        """The profiles of Databricks' tools on this machine."""
        found: list[str] = _adapter("mlreg.adapters.databricks_profiles:names")(self.environ, self._home)
        return found

    @property
    def _home(self) -> Path:
        return Path(_adapter("mlreg.adapters.places:home")(self.environ))

    @property
    def _timeout_s(self) -> float:
        return settings.duration_s(self.timeout.value)

    def _keyring_timeout_s(self) -> float:
        text = self.environ.get("MLREG_KEYRING_TIMEOUT", "5")
        try:
            return float(text.removesuffix("s"))
        except ValueError:
            raise Usage(f"MLREG_KEYRING_TIMEOUT is '{text}'", cause="it takes seconds, such as 5") from None


def _adapter(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
