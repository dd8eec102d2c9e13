"""What the names cache knows of the servers that this line talks to, and what of it is too old."""

import os
import time

from mlreg.adapters import names, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FRESH_S = 60
FRESH_LOCAL_S = 600  # MLflow opens a local store in seconds of computing, and few others write to it


class Known:
    """The cache, read as far as it is asked for. `given` are the options that choose from it.

    `old_components` and `old_models` are the files of it that are too old; `other_stack` is the one that the reference
    at the cursor names.
    """

    def __init__(self, environ: "Mapping[str, str]") -> None:
        self.environ = environ
        self.given: dict[str, str] = {}
        self.old_components: str | None = None
        self.old_models: str | None = None
        self.other_stack: str | None = None
        self._folder = places.names(environ)
        self._rows: list[list[str]] | None = None
        self._wants_metrics = False
        self._registries: dict[str, tuple[list[str], list[str]]] = {}

    def names_of(self, kind: str) -> list[tuple[str, str]]:
        """The trackers, stacks or secrets, each with a note."""
        return [(row[1], row[-1]) for row in self._components() if row[0] == kind]

    def keys(self, secrets: set[str]) -> list[str]:
        """The keys of these secrets, or of all."""
        found = [row[2].split() for row in self._components() if row[0] == "secret" and row[1] in (secrets or row)]
        return list(dict.fromkeys(key for keys in found for key in keys))

    def models(self, stack: str | None) -> list[str]:
        """The lines of the models in a stack's registry, the line's own stack without a name."""
        return self._registry(stack)[1]

    def metrics(self) -> list[str]:
        """The names of metrics that were seen there."""
        self._wants_metrics = True
        return self._registry(None)[0]

    def _components(self) -> list[list[str]]:
        if self._rows is None:
            user, project = places.component_file(self.environ), self._project()
            file = names.components_file(self._folder, project)
            identity, self._rows = names.read_components(file)
            if identity != names.identity(user, project):
                self.old_components = file
        return self._rows

    def _project(self) -> str | None:
        """The project's component file, as commands find it."""
        if "--no-project" in self.given or self.environ.get("MLREG_NO_PROJECT"):
            return None
        file = places.nearest_project_file(os.getcwd(), places.home_directory(self.environ))
        own = places.component_file(self.environ)
        return None if file is None or file == own or places.is_foreign(file) else file

    def _registry(self, stack: str | None) -> tuple[list[str], list[str]]:
        """The metrics and the models of a stack's registry."""
        name = stack or self._chosen()
        if name not in self._registries:
            server, layer = self._server(name, tracker=not stack and "--tracker" in self.given)
            file = names.models_file(self._folder, name)
            listed, metrics, models = names.read_models(file, server) if server else (0, [], [])
            fresh = 0 <= time.time() - listed <= _fresh_s(server) and (metrics or not self._wants_metrics)
            if self._may_ask(server, layer) and not fresh:
                self.old_models, self.other_stack = file, stack
            self._registries[name] = metrics, models
        return self._registries[name]

    def _chosen(self) -> str:
        """The stack that this line talks to."""
        named = self.given.get("--tracker") or self.given.get("--stack") or self.environ.get("MLREG_STACK")
        return named or next((row[1] for row in self._components() if row[0] == "active"), "") or names.ENVIRONMENT

    def _server(self, name: str, *, tracker: bool) -> tuple[str, str]:
        """What a stack's registry is told by, and whose file says so."""
        kind = "tracker" if tracker else "stack"
        for row in self._components():
            if row[:2] == [kind, name]:
                return row[2], row[3]
        if name == names.ENVIRONMENT:
            return names.server_of_environment(self.environ), "environment"
        return "", ""

    def _may_ask(self, server: str, layer: str) -> bool:
        """Not a server that only a project's file names: whoever wrote that must not hear of a TAB."""
        return layer != "project" and bool(server or self.old_components)


def _fresh_s(server: str) -> int:
    return FRESH_S if server.startswith(("http", "databricks")) else FRESH_LOCAL_S
