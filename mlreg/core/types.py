"""The nouns of mlreg as frozen values: trackers, stacks and secrets on this side, models and versions on MLflow's."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from mlreg.core.records import dataclass
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret

Kind = Literal["local", "server", "databricks"]
Credential = Placeholder | Secret
Layer = Literal["user", "project", "environment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """A named MLflow server or local store, and how to authenticate there."""

    name: str
    flavor: str = "mlflow"
    tracking_uri: str
    tracking_username: Credential | None = None
    tracking_password: Credential | None = None
    tracking_token: Credential | None = None
    no_auth: bool = False
    tracking_insecure_tls: bool = False
    tracking_ca_cert: str | None = None
    tracking_client_cert: str | None = None
    allow_http: bool = False
    workspace: str | None = None
    registry_uri: str | None = None
    databricks_host: str | None = None
    databricks_client_id: Credential | None = None
    databricks_client_secret: Credential | None = None
    client: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    tracking_headers: Mapping[str, Credential] = field(default_factory=dict)
    layer: Layer = "user"

    @property
    def kind(self) -> Kind:
        """Where the URI leads: a tracking server, Databricks, or a store that MLflow opens itself."""
        scheme = self.tracking_uri.partition(":")[0].lower()
        if scheme in ("http", "https"):
            return "server"
        return "databricks" if scheme in ("databricks", "databricks-uc") else "local"

    @property
    def auth(self) -> str:
        """The way of authenticating, in one word."""
        if self.tracking_token is not None:
            return "token"
        if self.databricks_client_id is not None:
            return "oauth-m2m"
        if self.kind == "databricks" and self.tracking_username is None:
            return "profile"
        return "basic" if self.tracking_username is not None else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A tracker and the settings that go with it. `registry` names another tracker that holds the models."""

    name: str
    tracker: str
    registry: str | None = None
    artifact_store: str | None = None
    experiment: str | None = None
    nested: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    workspace: str | None = None
    namespace: str | None = None
    layer: Layer = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretEntry:
    """What the component file knows of a secret: where its values are, its keys, and the hosts it may be sent to."""

    name: str
    backend: str
    keys: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of a component file that binds moves: a gate's condition, or the gate of a protected target."""

    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Everything in one component file as it is written there, or in several, one laid over the other.

    `gates` are conditions by the gate's name; `protected` are names of gates by target, `@alias` or a stage.
    """

    trackers: Mapping[str, Tracker] = field(default_factory=dict)
    stacks: Mapping[str, Stack] = field(default_factory=dict)
    secrets: Mapping[str, SecretEntry] = field(default_factory=dict)
    gates: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    protected: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    active_stack: str | None = None
    previous_stack: str | None = None
    secret_backend: str | None = None
    active_origin: str = "the active stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The servers one command talks to, and who decided it."""

    stack: Stack
    tracker: Tracker
    registry: Tracker
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A model version. Times are milliseconds since the epoch, UTC; `number` counts from 1 and is never reused."""

    name: str
    number: int
    stage: str = "None"
    aliases: tuple[str, ...] = ()
    status: str = "READY"
    status_message: str = ""
    source: str = ""
    run_id: str = ""
    model_id: str = ""
    description: str = ""
    user: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    created: int | None = None
    updated: int | None = None
    is_prompt: bool = False

    @property
    def ref(self) -> str:
        return f"{self.name}/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A registered model. `stages` maps a stage to its newest version; `latest` is the highest version number.

    `latest_run` is the run that version came from; times are milliseconds since the epoch, UTC.
    """

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)
    latest: int | None = None
    latest_run: str = ""
    created: int | None = None
    updated: int | None = None
    is_prompt: bool = False

    def aliases_of(self, number: int) -> tuple[str, ...]:
        """The aliases that name this version, sorted."""
        return tuple(sorted(alias for alias, held in self.aliases.items() if held == number))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What a registry needs to make a version. `source` is a URI that the registry's server resolves or stores."""

    name: str
    source: str
    run_id: str | None = None
    model_id: str | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """What a server says of itself and of whom it takes us for; None where it does not say."""

    version: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An MLflow run. `metrics` are the last values, NaN and infinities among them as floats; times are milliseconds."""

    run_id: str
    experiment_id: str
    artifact_uri: str
    name: str = ""
    status: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    started: int | None = None
    ended: int | None = None
    lifecycle_stage: str = "active"

    @property
    def deleted(self) -> bool:
        return self.lifecycle_stage == "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What a tracking server needs to open a run. Without an experiment's name it belongs to that of `beside`."""

    experiment: str | None = None
    beside: Run | None = None
    name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    artifact_root: str | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric's value at a step; the time is milliseconds since the epoch."""

    step: int
    time: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What a logged model keeps of a metric: the value, the dataset it was measured on, the run that logged it."""

    key: str
    found: Measurement
    dataset: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModel:
    """MLflow 3's model entity: what `log_model(name=...)` writes beside a run.

    `metrics` are the last values; of what was measured on several datasets also the last on each: `auc (test)`.
    `measured` are all values that MLflow tells.
    """

    model_id: str
    name: str
    artifact_uri: str
    source_run_id: str = ""
    status: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    measured: Sequence[Logged] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A place that a server has made for the files of a new model: where they go, and what a version names as source.

    MLflow 3 makes a logged model (`model_id`), MLflow 2 a run (`run_id`).
    """

    uri: str
    source: str
    model_id: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a model: its path below the model's root, with `/`, and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a write did: the objects it touched, one sentence for people, and notes that deserve attention."""

    said: str
    notes: Sequence[str] = ()
    changed: bool = True
