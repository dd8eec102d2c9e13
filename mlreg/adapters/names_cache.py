"""The names cache as every command leaves it: what the component files say, and which names of a registry passed by."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from mlreg.adapters import names
from mlreg.core import stacks
from mlreg.core.errors import MlregError
from mlreg.core.noted import MOST_MODELS, ModelNames, Names, noted
from mlreg.core.ports import Connection
from mlreg.core.types import Components, Target, Tracker

MOST_VERSIONS_OF_A_MODEL = 100


class NamesCache:
    """Names in the files of a folder, the component files that some of them come from, and what a command has seen."""

    def __init__(self, environ: Mapping[str, str], folder: str, user: Path, project: Path | None) -> None:
        self._environ = environ
        self._folder = folder
        self._user = str(user)
        self._project = str(project) if project else None
        self._seen: dict[str, Names] = {}

    def noted(self, target: Target, connection: Connection) -> Connection:
        """The same connection, with the names noted that pass through it."""
        return noted(connection, self._seen.setdefault(target.stack.name, Names(target)))

    def keep(self, components: Callable[[], Components], now: float) -> None:
        """Bring the files up to date. No command fails for it.

        Where mlreg has left nothing yet, as in CI with MLflow's variables alone, no cache is begun: TAB begins it.
        """
        if not Path(self._user).exists() and not Path(self._folder).is_dir():
            return
        with suppress(OSError, ValueError):  # a folder that cannot be read, or a name that cannot be written
            self._keep_components(components)
            for seen in filter(None, self._seen.values()):
                file = names.models_file(self._folder, seen.target.stack.name)
                names.write(file, _models(file, seen, self._server(seen.target), now))

    def _keep_components(self, components: Callable[[], Components]) -> None:
        file = names.components_file(self._folder, self._project)
        identity = names.identity(self._user, self._project)
        if names.read_components(file)[0] == identity:
            return
        try:
            names.write(file, _components(identity, components))
        except MlregError:  # the component file cannot be read; who needs it will be told
            names.remove(file)

    def _server(self, target: Target) -> str:
        if target.stack.name == names.ENVIRONMENT and target.origin == "MLFLOW_TRACKING_URI":
            return names.server_of_environment(self._environ)
        return _server(target.registry)


def _line(*fields: str) -> str:
    return "\t".join(fields)


def _components(identity: str, components: Callable[[], Components]) -> Iterator[str]:
    yield _line(names.FORMAT, identity)
    known = components()
    only = next(iter(known.trackers)) if len(known.trackers) == 1 else ""
    yield _line("active", known.active_stack or only)
    for tracker in known.trackers.values():
        yield _line("tracker", tracker.name, _server(tracker), tracker.layer, names.server(tracker.tracking_uri))
    for stack in stacks.every(known).values():
        registry = known.trackers.get(stack.registry or stack.tracker)
        if registry:  # a file written by hand may name one that is not there
            server = _server(registry, stack.workspace)
            yield _line("stack", stack.name, server, registry.layer, f"tracker {stack.tracker}")
    for secret in known.secrets.values():
        yield _line("secret", secret.name, " ".join(secret.keys))


def _server(registry: Tracker, workspace: str | None = None) -> str:
    parts = (registry.tracking_uri, registry.databricks_host, registry.registry_uri, workspace or registry.workspace)
    return names.server(*parts)


def _models(file: str, seen: Names, server: str, now: float) -> Iterator[str]:
    """What is kept of this very registry, with what was seen laid over it. A line that did not change is not read."""
    listed, metrics, rows = names.read_models(file, server)
    yield _line(names.FORMAT, server, str(int(now) if seen.whole else listed))
    yield _line(*sorted(filter(str.isprintable, {*metrics, *seen.metrics})))
    before = {row.partition("\t")[0]: row for row in rows}
    after = {} if seen.whole else {name: row for name, row in before.items() if name not in seen.gone}
    for name, known_now in seen.models.items():
        if name.isprintable():
            after[name] = _model(name, before.get(name), known_now, seen.gone)
    for name in sorted(after)[:MOST_MODELS]:
        yield after[name]


def _model(name: str, row: str | None, now: ModelNames, gone: Collection[str]) -> str:
    """A model's row as it was, with what was seen laid over it."""
    aliases, versions = (_pairs(field) for field in row.split("\t")[1:]) if row else ({}, {})
    if now.whole:
        versions = {}
    if now.aliases is not None:  # then the stages were seen too
        aliases = {alias: str(number) for alias, number in now.aliases.items()}
        versions = dict.fromkeys(versions, "")
    aliases |= {alias: str(number or "") for alias, number in now.moved.items()}
    versions |= {str(number): stage for number, stage in now.versions.items()}
    held = [(alias, number) for alias, number in sorted(aliases.items()) if number and f"{name}/{number}" not in gone]
    newest = sorted(filter(str.isdecimal, versions), key=int, reverse=True)
    counted = [(number, versions[number]) for number in newest if f"{name}/{number}" not in gone]
    return _line(name, *(" ".join(map("=".join, pairs)) for pairs in (held, counted[:MOST_VERSIONS_OF_A_MODEL])))


def _pairs(field: str) -> dict[str, str]:
    return {name: value for name, _, value in (pair.partition("=") for pair in field.split())}
