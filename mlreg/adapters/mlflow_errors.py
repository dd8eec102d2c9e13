"""The one table from MLflow's error codes to mlreg's errors, used by both registry adapters."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlreg.core import errors
from mlreg.core.quoting import quoted
from mlreg.core.types import NewVersion

# Codes and their HTTP status: mlflow/exceptions.py, ERROR_CODE_TO_HTTP_STATUS. Status alone says too little:
# three codes share 404, and RESOURCE_ALREADY_EXISTS is a 400.
CODES: dict[str, type[errors.MlregError]] = {
    "INTERNAL_ERROR": errors.Failed,
    "INVALID_STATE": errors.Failed,
    "DATA_LOSS": errors.Failed,
    "NOT_IMPLEMENTED": errors.Unsupported,
    "FEATURE_DISABLED": errors.Unsupported,
    "TEMPORARILY_UNAVAILABLE": errors.Unreachable,
    "SERVICE_UNDER_MAINTENANCE": errors.Unreachable,
    "DEADLINE_EXCEEDED": errors.TimedOut,
    "REQUEST_LIMIT_EXCEEDED": errors.Unreachable,
    "RESOURCE_EXHAUSTED": errors.Unreachable,
    "CANCELLED": errors.Failed,
    "ABORTED": errors.Conflict,
    "RESOURCE_CONFLICT": errors.Conflict,
    "INVALID_STATE_TRANSITION": errors.Conflict,
    "COULD_NOT_ACQUIRE_LOCK": errors.Conflict,
    "ALREADY_EXISTS": errors.AlreadyExists,
    "RESOURCE_ALREADY_EXISTS": errors.AlreadyExists,
    "NOT_FOUND": errors.NotFound,
    "RESOURCE_DOES_NOT_EXIST": errors.NotFound,
    "ENDPOINT_NOT_FOUND": errors.NotMlflow,
    "INVALID_PARAMETER_VALUE": errors.Usage,
    "BAD_REQUEST": errors.Usage,
    "MALFORMED_REQUEST": errors.Usage,
    "UNAUTHENTICATED": errors.Unauthenticated,
    "CUSTOMER_UNAUTHORIZED": errors.Unauthenticated,
    "PERMISSION_DENIED": errors.PermissionDenied,
}
# Databricks' other codes: a catalog or schema that does not exist is what a model would be in, not the model.
_ENDINGS: dict[str, type[errors.MlregError]] = {
    "_TEMPORARILY_UNAVAILABLE": errors.Unreachable,
    "_DOES_NOT_EXIST": errors.ComponentNotFound,
    "_ALREADY_EXISTS": errors.AlreadyExists,
    "_NOT_EMPTY": errors.Conflict,
    "_TIMEOUT": errors.TimedOut,
}

_WHAT: dict[type[errors.MlregError], str] = {
    errors.Failed: "{where} failed",
    errors.Unsupported: "{where} cannot do that",
    errors.Unreachable: "{where} is overloaded or unavailable",
    errors.TimedOut: "{where} took too long",
    errors.NotFound: "{where} does not have that",
    errors.ComponentNotFound: "{where} does not have that",
    errors.NotMlflow: "{where} has no such endpoint",
    errors.Unauthenticated: "{where} does not accept the credentials",
    errors.PermissionDenied: "{where} does not permit that",
}
_NO_ENDPOINT = "is the path in the tracker's URI right, and is MLflow new enough? mlreg tracker show"
_HINTS: dict[str, str] = {
    "ENDPOINT_NOT_FOUND": _NO_ENDPOINT,
    "artifact_location cannot be specified": "mlreg stack update NAME --unset artifact-store",
}
_TO_OTHER_WORKSPACE = "mlreg tracker update NAME --workspace W, the same of a stack, or MLFLOW_WORKSPACE"
_UNUSABLE_WORKSPACE = "MLflow could not determine whether"  # mlflow/store/workspace_rest_store_mixin.py
_UNKNOWN_WORKSPACE = re.compile(r"Workspace '(.*)' not found")  # mlflow/store/workspace/sqlalchemy_store.py


def kind_of(code: str) -> type[errors.MlregError] | None:
    """Return what kind of mlreg's errors a code of MLflow's is; None for one that says nothing more than its text."""
    return CODES.get(code) or next((kind for end, kind in _ENDINGS.items() if code.endswith(end)), None)


def from_code(code: str, message: str, where: str) -> errors.MlregError:
    """Return mlreg's error for an MLflow error code; an unknown code is Failed and shows itself.

    Databricks sends the number of the HTTP status where it has no code.
    """
    if code.isdigit():
        return from_answer(int(code), "text/plain", message, where)
    text = message.strip() or code
    if (code == "FEATURE_DISABLED" and "workspace" in text.lower()) or _UNUSABLE_WORKSPACE in text:
        return no_workspaces(where)
    if unknown := _UNKNOWN_WORKSPACE.search(text):
        return errors.ComponentNotFound(f"{where} has no workspace '{unknown[1]}'", hint=_TO_OTHER_WORKSPACE)
    kind = kind_of(code) or errors.Failed
    hint = next((hint for known, hint in _HINTS.items() if known == code or known in text), None)
    return kind(_WHAT.get(kind, "{where} refuses").format(where=where), cause=text, hint=hint)


def from_answer(status: int, media_type: str, text: str, where: str) -> errors.MlregError:
    """Return mlreg's error for an answer that is not MLflow's JSON: from basic-auth, a proxy, a login page, ...

    The texts are those of `mlflow/server/auth` (401, 403) and `mlflow/server/security_utils.py` (the host check).
    """
    brief = " ".join(text.split())[:200] if media_type == "text/plain" or status in (401, 403) else ""
    cause = f"HTTP {status}{f': {brief}' if brief and '<' not in brief else ''}"
    if status == 401:
        return errors.Unauthenticated(
            f"{where} does not accept the credentials", cause=cause, hint="see what is sent: mlreg tracker show"
        )
    if status == 403 and "host header" in text.lower():
        return errors.PermissionDenied(
            f"{where} refuses to be called by this name",
            cause="MLflow's host check",
            hint="start the server with --allowed-hosts, or use the address it allows",
        )
    if status == 403:
        return errors.PermissionDenied(f"{where} does not permit that", cause=cause)
    if status == 404:
        return errors.NotMlflow(f"{where} has no such endpoint", cause=cause, hint=_NO_ENDPOINT)
    if status in (408, 429, 502, 503, 504):
        return errors.Unreachable(f"{where} is unavailable", cause=cause, hint="try again later")
    return _from_odd_answer(status, media_type, text, where, cause)


def _from_odd_answer(status: int, media_type: str, text: str, where: str, cause: str) -> errors.MlregError:
    """What MLflow never says on purpose."""
    if 200 <= status < 300 and media_type == "text/html":
        return errors.NotMlflow(
            f"{where} answers with a web page instead of MLflow's API",
            cause="perhaps a login page, or the URI is not the root of an MLflow server",
            hint="check the URI; behind a single sign-on give a token: --tracking-token={{NAME.token}}",
        )
    if status == 400 and "https port" in text.lower():
        return errors.NotMlflow(f"{where} speaks TLS only", cause=cause, hint="use its https:// address")
    if status in (405, 413, 501):
        refused = "so large a request" if status == 413 else "requests of this method"
        return errors.NotMlflow(
            f"{where} does not take {refused}",
            cause=cause,
            hint="a proxy before MLflow must let through GET, POST, PUT, PATCH and DELETE, and whole files",
        )
    if status >= 500:
        return errors.Failed(f"{where} failed", cause=cause, hint="the server's log says why")
    return errors.NotMlflow(f"{where} does not answer as MLflow does", cause=f"{cause}, {media_type or 'no type'}")


@contextmanager
def told_as(missing: errors.NotFound) -> Iterator[None]:
    """What MLflow does not have is this; but a workspace or a catalog, without which nothing is there, is told."""
    try:
        yield
    except errors.NotFound as error:
        if isinstance(error, errors.ComponentNotFound):
            raise
        raise missing from error


def no_workspaces(where: str) -> errors.Unsupported:
    """A workspace was asked of a server that has none: what was meant for it must not go elsewhere."""
    return errors.Unsupported(
        f"{where} has no workspaces",
        cause="MLflow has them since 3.10, when the server is started with --enable-workspaces",
        hint="mlreg tracker update NAME --unset workspace, the same of a stack, or unset MLFLOW_WORKSPACE",
    )


def no_model(name: str) -> errors.ModelNotFound:
    """There is no such model."""
    return errors.ModelNotFound(f"there is no model '{name}'", hint="mlreg model list")


def no_version(name: str, number: int) -> errors.VersionNotFound:
    """There is no such version."""
    hint = f"mlreg model versions {quoted(name)}"
    return errors.VersionNotFound(f"there is no version {number} of '{name}'", hint=hint)


def no_run(run_id: str) -> errors.SourceNotFound:
    """There is no such run."""
    return errors.SourceNotFound(f"there is no run '{run_id}'")


def no_logged_model(model_id: str, *, older: bool = False) -> errors.SourceNotFound:
    """There is no such logged model, or there are none in an `older` MLflow."""
    cause = "MLflow has logged models since 3.0, and this server is older" if older else None
    return errors.SourceNotFound(f"there is no logged model '{model_id}'", cause=cause)


def not_created(new: NewVersion, error: errors.MlregError) -> errors.MlregError:
    """What was missing when a version could not be made.

    MLflow 2 answers INTERNAL_ERROR for a `models:/` source that does not exist.
    """
    cause = error.cause or ""
    if isinstance(error, errors.ComponentNotFound):
        return error
    if isinstance(error, errors.NotFound) and "registered model" in cause.lower():
        return no_model(new.name)
    if isinstance(error, errors.NotFound) or cause.startswith("Unable to fetch"):
        return errors.SourceNotFound(f"the source {new.source} does not exist", cause=cause)
    return error
