"""The one table from MLflow's error codes to mlreg's errors, used by both registry adapters."""

from mlreg.core import errors
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
    "DEADLINE_EXCEEDED": errors.TimedOut,
    "REQUEST_LIMIT_EXCEEDED": errors.Unreachable,
    "RESOURCE_EXHAUSTED": errors.Unreachable,
    "CANCELLED": errors.Failed,
    "ABORTED": errors.Conflict,
    "RESOURCE_CONFLICT": errors.Conflict,
    "ALREADY_EXISTS": errors.AlreadyExists,
    "RESOURCE_ALREADY_EXISTS": errors.AlreadyExists,
    "NOT_FOUND": errors.NotFound,
    "RESOURCE_DOES_NOT_EXIST": errors.NotFound,
    "ENDPOINT_NOT_FOUND": errors.NotMlflow,
    "INVALID_PARAMETER_VALUE": errors.Usage,
    "BAD_REQUEST": errors.Usage,
    "UNAUTHENTICATED": errors.Unauthenticated,
    "CUSTOMER_UNAUTHORIZED": errors.Unauthenticated,
    "PERMISSION_DENIED": errors.PermissionDenied,
}

_HINTS: dict[str, str] = {
    "ENDPOINT_NOT_FOUND": "is the path in the tracker's URI right, and is MLflow new enough? mlreg tracker show",
    "FEATURE_DISABLED": "the server has no workspaces: leave the workspace out",
}


def from_code(code: str, message: str, where: str) -> errors.MlregError:
    """Return mlreg's error for an MLflow error code; an unknown code is Failed and shows itself.

    Databricks sends the number of the HTTP status where it has no code.
    """
    if code.isdigit():
        return from_answer(int(code), "text/plain", message, where)
    kind = CODES.get(code, errors.Failed)
    text = message.strip() or code
    what = _WHAT.get(kind, f"{where} refuses")
    return kind(what.format(where=where), cause=text, hint=_HINTS.get(code))


_WHAT: dict[type[errors.MlregError], str] = {
    errors.Failed: "{where} failed",
    errors.Unsupported: "{where} cannot do that",
    errors.Unreachable: "{where} is overloaded or unavailable",
    errors.TimedOut: "{where} took too long",
    errors.NotFound: "{where} does not have that",
    errors.NotMlflow: "{where} has no such endpoint",
    errors.Unauthenticated: "{where} does not accept the credentials",
    errors.PermissionDenied: "{where} does not permit that",
}


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
        return errors.NotMlflow(f"{where} has no such endpoint", cause=cause, hint=_HINTS["ENDPOINT_NOT_FOUND"])
    if status in (408, 429, 502, 503, 504):
        return errors.Unreachable(f"{where} is unavailable", cause=cause, hint="try again later")
    if 200 <= status < 300 and media_type == "text/html":
        return errors.NotMlflow(
            f"{where} answers with a web page instead of MLflow's API",
            cause="perhaps a login page, or the URI is not the root of an MLflow server",
            hint="check the URI; behind a single sign-on give a token: --tracking-token={{NAME.token}}",
        )
    return errors.NotMlflow(f"{where} does not answer as MLflow does", cause=f"{cause}, {media_type or 'no type'}")


def no_model(name: str) -> errors.ModelNotFound:
    """There is no such model."""
    return errors.ModelNotFound(f"there is no model '{name}'", hint="mlreg model list")


def no_version(name: str, number: int) -> errors.VersionNotFound:
    """There is no such version."""
    return errors.VersionNotFound(f"there is no version {number} of '{name}'", hint=f"mlreg model versions {name}")


def not_created(new: NewVersion, error: errors.MlregError) -> errors.MlregError:
    """What was missing when a version could not be made.

    MLflow 2 answers INTERNAL_ERROR for a `models:/` source that does not exist.
    """
    cause = error.cause or ""
    if isinstance(error, errors.NotFound) and "registered model" in cause.lower():
        return no_model(new.name)
    if isinstance(error, errors.NotFound) or cause.startswith("Unable to fetch"):
        return errors.SourceNotFound(f"the source {new.source} does not exist", cause=cause)
    return error
