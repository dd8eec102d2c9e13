"""The seams: what mlreg's verbs need from the world, as protocols that adapters fulfil."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import Protocol

from mlreg.core.records import dataclass
from mlreg.core.secret import Secret
from mlreg.core.types import (
    Components,
    File,
    LoggedModel,
    Measurement,
    Model,
    NewRun,
    NewVersion,
    Run,
    SecretEntry,
    ServerInfo,
    Upload,
    Version,
)


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
    CONJUNCTIONS = "filters of several conditions"
    WHOLE_HITS = "listings with aliases, tags and versions"
    FREE_NAMES = "names without levels"
    LEVELS = "three-level names"
    PATHS = "paths on this machine as sources"
    RENAMES = "renaming that keeps aliases and tags"
    PARALLEL = "several requests at a time"


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

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        """Yield versions, by name and newest first within a model unless ordered otherwise.

        `aliases` may be empty: join them from the model.
        """
        ...

    def artifact_uri(self, name: str, number: int) -> str:
        """Where a version's files are, as far as the registry resolves it; raises VersionNotFound.

        On Databricks it is `models:/NAME/VERSION`: only MLflow's client is let in there.
        """
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

    def get_runs(self, run_ids: Collection[str]) -> dict[str, Run]:
        """Return these runs by id, deleted ones too, in batched requests; those that cannot be had are left out."""
        ...

    def run_artifacts(self, run_id: str, path: str = "") -> list[str]:
        """List what a run has in one directory of its artifacts: paths from their root, a directory's with `/`."""
        ...

    def metric_history(self, run_id: str, key: str) -> list[Measurement]:
        """All values of a metric of a run, by step. Not having logged any, or not being there, is an empty list."""
        ...

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """The models a run has logged as MLflow 3 does; an empty list from a server that has none or is older."""
        ...

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model; raises SourceNotFound."""
        ...

    def open_upload(self, experiment: str | None, name: str, artifact_root: str | None = None) -> Upload:
        """Make the place for a new model's files in an experiment, MLflow's "Default" without a name.

        The experiment is made if need be, with its artifacts below `artifact_root` if that is given.
        """
        ...

    def close_upload(self, upload: Upload, *, complete: bool) -> None:
        """Say that all files are there, or that they never will be."""
        ...

    def start_run(self, new: NewRun) -> Run:
        """Open a run, which is RUNNING until it is ended, in an experiment that is made if need be.

        Without a name the server invents one. Raises Usage for what the server refuses, such as a deleted experiment.
        """
        ...

    def end_run(self, run_id: str, status: str) -> None:
        """End a run as FINISHED, FAILED or KILLED, now; raises SourceNotFound."""
        ...


class Connection(Registry, Tracking, Protocol):
    """What an adapter gives for one server: its registry and its runs."""


class RunLog(Protocol):
    """Writing runs, where no training code does it."""

    def log_run(self, experiment: str, name: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> Run:
        """Make a finished run with these metrics and these text files as artifacts, in an experiment of that name."""
        ...


class Artifacts(Protocol):
    """Files below a URI, wherever they are kept; several threads may use it at once.

    Raises what Registry raises; SourceNotFound where there is nothing, Unsupported for a store it cannot reach.
    """

    def files(self, uri: str) -> list[File]:
        """List all files below a URI, at any depth, by path."""
        ...

    def read(self, uri: str, path: str, start: int = 0) -> Iterator[bytes]:
        """Yield a file's bytes from `start` on, piece by piece."""
        ...

    def write(self, uri: str, path: str, pieces: Callable[[], Iterable[bytes]], size: int) -> None:
        """Store a file of this size; `pieces` gives its bytes, and gives them again if they must be sent again."""
        ...


class Disk(Artifacts, Protocol):
    """The files of this machine, where URIs are paths. Raises Failed when the disk refuses."""

    def is_directory(self, path: str) -> bool:
        """Tell whether there is a directory."""
        ...

    def gathering(self, target: str, content: str) -> AbstractContextManager[str]:
        """A directory beside `target` in which this content is gathered.

        It is moved to `target` when the block ends well; else it is left, to be taken up again. What is there of
        another content is cleared. Raises Conflict when `target` is there and not empty, or another process gathers.
        """
        ...

    def append(self, place: str, path: str, pieces: Iterable[bytes]) -> None:
        """Add bytes to a file below a directory."""
        ...


class Meter(Protocol):
    """How far something is, for whoever is looking. May be told from any thread."""

    def expect(self, total: int, what: str) -> None:
        """So much there is to do; `what` is shown beside the bar."""
        ...

    def add(self, amount: int) -> None:
        """So much more is done."""
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
