"""What the environment of an MLflow program must say for it to use a stack as mlreg does, and what it must not."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from mlreg.core import credentials, databricks, local, local_server, secret_names
from mlreg.core.commands import without_credentials
from mlreg.core.errors import Unsupported
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Target, Tracker

# Finds the value of a tracker's placeholder; raises SecretMissing, or NotAllowed for the tracker's host.
LookUp = Callable[[Tracker, Placeholder], Secret]

PLUGIN: Final = "mlreg"
"""What MLFLOW_TRACKING_AUTH says where MLflow asks mlreg's plugin for credentials."""

RUN: Final = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_ACTIVE_MODEL_ID")
_LOGIN: Final = (
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_TRACKING_SERVER_CERT_PATH",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH",
    "MLFLOW_WORKSPACE",
    "MLREG_STACK",
)
# How MLflow's client logs in where mlreg does not: of a tracker that only this client opens they are the login.
_WAYS: Final = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
_DATABRICKS: Final = "DATABRICKS_"
_PROXIES: Final = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_NO_PROXIES: Final = ("no_proxy", "NO_PROXY")
# What a cluster says of itself, and where profiles are: neither is a login.
_NO_LOGIN: Final = ("RUNTIME_VERSION", "ENV_VERSION", "ACCELERATOR", "CONFIG_FILE")


def variables(
    target: Target,
    look_up: LookUp,
    *,
    plain: bool,
    inherited: Mapping[str, str] = MappingProxyType({}),
    address: str | None = None,
) -> dict[str, str | None]:
    """Return the variables that make a program use these servers as mlreg does; None for one that it must not have.

    `plain` ones carry the credentials; else the program asks mlreg's plugin, and there is no secret among them.
    `inherited` are the variables there are already; `address` is that of the server mlreg runs for a local tracker.
    Raises Unsupported for a stack that variables of this kind cannot express (see `only_with_plugin`).
    """
    removed = dict.fromkeys([*_LOGIN, *RUN, *(() if _own_way(target) else _WAYS), *filter(_of_databricks, inherited)])
    ours = {
        "MLFLOW_TRACKING_URI": address or databricks.plain(target.tracker).tracking_uri,
        "MLFLOW_REGISTRY_URI": address or _registry_uri(target.registry),
        "MLFLOW_EXPERIMENT_NAME": target.stack.experiment,
        "MLREG_STACK": None if unsaved(target) else target.stack.name,
    }
    if not plain and any(map(_has_login, (target.tracker, target.registry))):
        ours["MLFLOW_TRACKING_AUTH"] = PLUGIN
    beside = _past_proxies(inherited) if address else _of_store(target)
    return {**removed, **_of_trackers(target, look_up, plain=plain), **ours, **beside}


def asks_plugin(changes: Mapping[str, str | None]) -> bool:
    """Tell whether a program with these variables needs mlreg's plugin."""
    return changes.get("MLFLOW_TRACKING_AUTH") == PLUGIN


def only_with_plugin(target: Target) -> str | None:
    """Why plain variables would not do for these servers; None where they do."""
    tracker, registry = target.tracker, target.registry
    for part in (tracker, registry):
        if part.tracking_headers:
            return f"{', '.join(part.tracking_headers)} of the tracker {part.name} can be said in no variable"
    both = (tracker.kind, registry.kind) == ("server", "server")
    if both and credentials.credentials_of(tracker) != credentials.credentials_of(registry):
        return f"{tracker.name} and {registry.name} log in differently, and MLflow's variables hold one login"
    return None


def secrets_of_mlreg(inherited: Iterable[str]) -> list[str]:
    """The variables in which mlreg itself is given secrets, among these."""
    return [name for name in inherited if name.startswith(secret_names.PREFIX)]


def applied(environ: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """An environment with these changes; what is None is not in it."""
    return {name: value for name, value in {**environ, **changes}.items() if value is not None}


def _of_trackers(target: Target, look_up: LookUp, *, plain: bool) -> dict[str, str]:
    """What both trackers want said, which MLflow takes from the same variables for every server."""
    if plain and (reason := only_with_plugin(target)):
        raise Unsupported(
            f"variables alone cannot log in to the stack {target.stack.name}",
            cause=reason,
            hint="where mlreg is installed beside MLflow, its plugin can: mlreg env --help",
        )
    said: list[dict[str, str]] = []
    for tracker in (target.tracker, target.registry):
        shown = tracker if plain else _without_secrets(tracker)
        said.append(credentials.environment(shown, partial(look_up, tracker)))
    first, second = said
    alike = target.tracker.kind == target.registry.kind
    for name in sorted({*first, *second} if alike else {*first} & {*second}):
        if first.get(name) != second.get(name):
            raise Unsupported(
                f"one program cannot use both servers of the stack {target.stack.name}",
                cause=f"{target.tracker.name} and {target.registry.name} differ in what would be {name}",
                hint=f"one after the other: --tracker {target.tracker.name}, --tracker {target.registry.name}",
            )
    return {**first, **second}


def _without_secrets(tracker: Tracker) -> Tracker:
    """What is left to the plugin. Databricks' client asks no plugin of MLflow's: it must have its login."""
    if tracker.kind == "databricks" and _has_login(tracker):
        raise Unsupported(
            f"Databricks' client takes the credentials of {tracker.name} from variables only",
            cause="MLflow asks its plugins for other servers' credentials, not for these",
            hint="mlreg run -- COMMAND, which shows them to that command alone; or a profile: databricks://PROFILE",
        )
    return without_credentials(tracker)


def _of_store(target: Target) -> dict[str, str]:
    """What makes MLflow open a local store as mlreg does: its artifacts beside it, files allowed."""
    uri = target.tracker.tracking_uri
    if target.tracker.kind != "local":
        return {}
    root = target.stack.artifact_store or local.artifact_root(uri)
    said = {"_MLFLOW_SERVER_ARTIFACT_ROOT": root, "MLFLOW_ALLOW_FILE_STORE": "true" if uri[:5] == "file:" else None}
    return {name: value for name, value in said.items() if value}


def _past_proxies(inherited: Mapping[str, str]) -> dict[str, str]:
    """What keeps MLflow from asking a proxy for the server of this machine, where the environment names one."""
    if not any(inherited.get(name) for name in _PROXIES):
        return {}
    said = {name: inherited[name] for name in _NO_PROXIES if inherited.get(name)}
    usual = next(iter(said.values()), "")  # whoever reads the other one must not lose what this one says
    return {name: _with_loopback(said.get(name, usual)) for name in _NO_PROXIES}


def _with_loopback(hosts: str) -> str:
    known = [host.strip() for host in hosts.split(",") if host.strip()]
    return hosts if {"*", local_server.HOST} & {*known} else ",".join([*known, local_server.HOST])


def _registry_uri(tracker: Tracker) -> str:
    return databricks.registry_uri(tracker) if tracker.kind == "databricks" else tracker.tracking_uri


def _has_login(tracker: Tracker) -> bool:
    return bool(credentials.credentials_of(tracker))


def _own_way(target: Target) -> bool:
    return unsaved(target) or "mlflow" in (target.tracker.client, target.registry.client)


def unsaved(target: Target) -> bool:
    """Tell whether MLflow's own variables described the servers: mlreg has no stack of that name."""
    return target.origin == "MLFLOW_TRACKING_URI"


def _of_databricks(name: str) -> bool:
    return name.startswith(_DATABRICKS) and name.removeprefix(_DATABRICKS) not in _NO_LOGIN
