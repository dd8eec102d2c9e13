"""The files of this run: the component file, a project's, and what places in them mean; the options as typed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlreg.core import local, settings
from mlreg.core.ports import ComponentStore, Edit
from mlreg.core.settings import Setting
from mlreg.core.types import Components, Outcome, Tracker
from mlreg.runtime.seams import adapter

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


class Files:
    """What one command reads and writes on this machine. `notify` takes what an adapter has to say while it works."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, notify: Callable[[str], None] = lambda _: None
    ) -> None:
        self.environ = os.environ if environ is None else environ
        self.choices = Choices()
        self.notify = notify
        self.may_ask: Callable[[], bool] = lambda: False
        self.say: Callable[[str], None] = lambda _: None
        self.patience_s = TIMEOUT_S
        self.patient = False

    @cached_property
    def store_path(self) -> Path:
        """The user's component file."""
        return Path(adapter("mlreg.adapters.places:configuration")(self.environ)) / "components.yaml"

    @cached_property
    def project_file(self) -> Path | None:
        """The project's component file, if this directory is in a project that has one."""
        if self.choices.no_project or self.environ.get("MLREG_NO_PROJECT"):
            return None
        found: Path | None = adapter("mlreg.adapters.places:project_file")(Path.cwd(), self._home, self.notify)
        return found if found != self.store_path else None

    @cached_property
    def store(self) -> ComponentStore:
        """The component store: the user's file, with the project's laid over it."""
        user: ComponentStore = adapter("mlreg.adapters.yaml_store:YamlStore")(
            self.store_path,
            lock_s=min(LOCK_S, self.timeout_s),
            snapshot=adapter("mlreg.adapters.places:cache")(self.environ) / "components.json",
        )
        if self.project_file is None:
            return user
        layered: ComponentStore = adapter("mlreg.adapters.layered_store:LayeredStore")(
            user, self.store_path, self.project_file
        )
        return layered

    @cached_property
    def components(self) -> Components:
        """What the store says now; read once, and again after a change."""
        return self.store.read()

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

    def resolve_uri(self, tracker: str, uri: str | None) -> str:
        """What is stored as a tracker's URI: absolute, and without one a database in mlreg's data directory."""
        if uri is None:
            data = adapter("mlreg.adapters.places:data")(self.environ)
            return local.default_uri(str(data), tracker)
        typed = str(Path(uri).expanduser()) if uri.startswith("~") else uri
        local.check(typed, str(Path.cwd()))
        return local.absolute_uri(typed, str(Path.cwd()))

    def resolve_place(self, uri: str) -> str:
        """What is stored as an artifact store: a URI, or an absolute path."""
        return local.absolute_place(str(Path(uri).expanduser()) if uri.startswith("~") else uri, str(Path.cwd()))

    def shared_text(self, data: Mapping[str, object]) -> str:
        """Exported components as the text of a file in the form of the component file."""
        text: str = adapter("mlreg.adapters.stack_file:text")(data)
        return text

    def shared_data(self, text: str, where: str) -> Mapping[str, Any]:
        """Read such a text; raises StoreBroken with line and column."""
        data: Mapping[str, Any] = adapter("mlreg.adapters.stack_file:data")(text, where)
        return data

    def remove_store(self, tracker: Tracker) -> None:
        """Delete a local store that mlreg itself made in its data directory, artifacts and all."""
        if tracker.tracking_uri == self.resolve_uri(tracker.name, None):
            import shutil

            shutil.rmtree(Path(str(local.place(tracker.tracking_uri))).parent, ignore_errors=True)

    @property
    def timeout(self) -> Setting:
        """How long a command may take, and who said so."""
        flag = f"{self.choices.timeout_s:g}s" if self.choices.timeout_s else None
        return settings.resolve("timeout", f"{self.patience_s:g}s", self.environ, flag=flag)

    @property
    def timeout_s(self) -> float:
        """How long a command may take, in seconds."""
        return settings.duration_s(self.timeout.value)

    @property
    def _home(self) -> Path:
        return Path(adapter("mlreg.adapters.places:home")(self.environ))
