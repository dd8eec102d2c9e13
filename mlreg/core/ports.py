"""The seams: what mlreg's verbs need from the world, as protocols that adapters fulfil."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from mlreg.core.secret import Secret
from mlreg.core.types import Components, LoggedModel, Model, NewVersion, Run, SecretEntry, ServerInfo, Version


@dataclass(frozen=True, slots=True)
class Copied:
    """In an edit: what stands at another path, with all that only a newer mlreg understands; else `otherwise`."""

    path: tuple[str, ...]
    otherwise: object


# A change to a component file: a path of keys, and what shall stand there. None takes the key away.
Edit = Mapping[tuple[str, ...], object]


class Feature(Enum):
    """What not every registry can do. A verb asks before it sends anything."""

    STAGES = "stages"
    ALIASES = "aliases"
    FILTERS = "filters and orders in searches"
    WHOLE_HITS = "their aliases, tags and versions"
    FREE_NAMES = "names without levels"
    LEVELS = "three-level names"
    PATHS = "paths on this machine as sources"
    RENAMES = "renaming that keeps aliases and tags"


class Registry(Protocol):
    """A model registry. Results are the same whichever adapter answers; MLflow's prompts are not models here.

    Every method may raise Unauthenticated, PermissionDenied, Unreachable, TimedOut, NotMlflow or Failed.
    """

    features: frozenset[Feature]
    kind: str
    """What people call it, such as "Unity Catalog": the subject of a refusal."""

    def get_model(self, name: str) -> Model:
        """Return a model with its aliases and the newest version in each stage; raises ModelNotFound."""
        ...

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """Yield all models that match MLflow's filter, page by page, in the server's order."""
        ...

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        """Create an empty model; raises AlreadyExists."""
        ...

    def update_model(self, name: str, *, description: str) -> Model:
        """Give a model another description; raises ModelNotFound."""
        ...

    def rename_model(self, name: str, new_name: str) -> Model:
        """Call a model, with all it has, otherwise; raises ModelNotFound or AlreadyExists."""
        ...

    def delete_model(self, name: str) -> None:
        """Delete a model with its versions, aliases and tags; raises ModelNotFound."""
        ...

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """Give a tag this value; raises ModelNotFound, or Usage for a key that MLflow refuses."""
        ...

    def delete_model_tag(self, name: str, key: str) -> None:
        """Take a tag away, which may be absent; raises ModelNotFound."""
        ...

    def get_version(self, name: str, number: int) -> Version:
        """Return one version, with its aliases; raises VersionNotFound or ModelNotFound."""
        ...

    def search_versions(self, name: str | None = None, *, filter: str = "") -> Iterator[Version]:
        """Yield versions, newest first within a model. `aliases` may be empty: join them from the model."""
        ...

    def create_version(self, new: NewVersion) -> Version:
        """Make a version of an existing model; raises ModelNotFound, or Usage when the server refuses the source."""
        ...

    def update_version(self, name: str, number: int, *, description: str) -> Version:
        """Give a version another description; raises VersionNotFound."""
        ...

    def delete_version(self, name: str, number: int) -> None:
        """Delete a version; its aliases go silently with it, but MLflow 2 keeps them. Raises VersionNotFound."""
        ...

    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        """Give a tag this value; raises VersionNotFound, or Usage for a key that MLflow refuses."""
        ...

    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        """Take a tag away, which may be absent; raises VersionNotFound."""
        ...

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """Move a version to a stage, and with `archive_existing` every other holder to Archived."""
        ...

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """Let an alias name this version, and no other; raises VersionNotFound or ModelNotFound."""
        ...

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away. Not having it is no error for MLflow; ask get_model first."""
        ...


class Tracking(Protocol):
    """The side of an MLflow server that holds runs and what they logged. Raises as Registry does."""

    def server(self) -> ServerInfo:
        """Ask the server for its version and for the user that the credentials belong to. At most two requests."""
        ...

    def get_run(self, run_id: str) -> Run:
        """Return a run; raises SourceNotFound."""
        ...

    def run_has_artifacts(self, run_id: str, path: str) -> bool:
        """Tell whether a run has anything at this artifact path."""
        ...

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """The models a run has logged as MLflow 3 does; an empty list from a server that has none or is older."""
        ...

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model; raises SourceNotFound."""
        ...


class Connection(Registry, Tracking, Protocol):
    """What an adapter gives for one server: its registry and its runs."""


class RunLog(Protocol):
    """Writing runs, where no training code does it."""

    def log_run(self, experiment: str, name: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> Run:
        """Make a finished run with these metrics and these text files as artifacts, in an experiment of that name."""
        ...


class ComponentStore(Protocol):
    """The file with trackers, stacks and the names of secrets."""

    def read(self) -> Components:
        """Return what is written; an absent or empty file is an empty store. Raises StoreBroken."""
        ...

    def edit(self, change: Callable[[Components], Edit]) -> None:
        """Read, decide and write under one lock: `change` sees what is written now and says what shall stand there.

        Raises StoreBroken, StoreLocked, StoreNotWritable, and whatever `change` raises (then nothing is written).
        """
        ...


class Vault(Protocol):
    """Where secrets' values are. Every call ends within its deadline, with VaultUnavailable if need be."""

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        """Return a secret's values by key, as far as there are any; None when the vault has no such secret.

        A vault that cannot even tell raises SecretMissing with the reason.
        """
        ...


class Keeper(Vault, Protocol):
    """A vault that mlreg may write to."""

    def write(self, secret: str, values: Mapping[str, Secret]) -> None:
        """Store a secret's values, all at once, and read them back; raises VaultRefused or VaultUnavailable."""
        ...

    def delete(self, secret: str) -> None:
        """Forget a secret; not having it is no error."""
        ...
