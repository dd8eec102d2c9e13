"""What a tracker must be to work, checked when it is registered, changed or used: each rule knows what mends it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mlreg.core import databricks
from mlreg.core.addresses import is_loopback, masked
from mlreg.core.commands import Say, one_of, option, register_tracker, with_credentials, without_credentials
from mlreg.core.credentials import credentials_of
from mlreg.core.errors import MlregError, Usage, did_you_mean
from mlreg.core.records import dataclass
from mlreg.core.secret import Secret
from mlreg.core.types import Tracker

STORE_SCHEMES: Final = ("sqlite", "postgresql", "mysql", "mssql", "file")
CLIENTS: Final = ("auto", "rest", "mlflow")
_SCHEMES: Final = ("http", "https", "databricks", *STORE_SCHEMES)
_BASIC: Final = ("tracking_username", "tracking_password")
_WAYS: Final = (_BASIC, ("tracking_token",), ("no_auth",))
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# What the protocol, or mlreg's own options, say already.
_TAKEN_HEADERS: Final = ("authorization", "host", "connection", "content-length", "content-type", "transfer-encoding")


@dataclass(frozen=True, slots=True)
class Machine:
    """What rules may ask of the machine: whether an MLflow plugin opens a scheme, and the profiles of Databricks."""

    opens: Callable[[str], bool] = lambda scheme: False
    profiles: Callable[[], Sequence[str]] = tuple


def check(tracker: Tracker, machine: Machine, *, again: bool = False) -> None:
    """Raise Usage for a tracker that could never work; `again` when its name exists, for the mending command."""
    for problem in problems(tracker, machine, again=again):
        raise problem


def problems(tracker: Tracker, machine: Machine, *, again: bool = True) -> Iterator[MlregError]:
    """Everything that keeps a tracker from working. What follows from a wrong address is not told twice."""
    say = partial(register_tracker, again=again)
    yield from _broken((_flavor,), tracker, say)
    addresses = list(_broken((partial(_scheme, opens=machine.opens), _address), tracker, say))
    yield from addresses
    if not addresses:
        on_databricks = (partial(databricks.check, profiles=machine.profiles),)
        elsewhere = (databricks.check_elsewhere, _local, _pair, _exclusive, _authenticated, _in_clear)
        own = on_databricks if tracker.kind == "databricks" else elsewhere
        yield from _broken((*own, _empty, _headers, _client, _workspace), tracker, say)


Rule = Callable[[Tracker, Say], None]


def is_store(uri: str) -> bool:
    """Tell whether MLflow itself opens this URI, as a database or a directory."""
    return uri.partition(":")[0].partition("+")[0] in STORE_SCHEMES


def _broken(rules: Sequence[Rule], tracker: Tracker, say: Say) -> Iterator[MlregError]:
    for rule in rules:
        try:
            rule(tracker, say)
        except Usage as problem:
            yield problem


def _flavor(tracker: Tracker, say: Say) -> None:
    if tracker.flavor != "mlflow":
        hint = say(replace(tracker, flavor="mlflow"))
        raise Usage(f"there is no flavor '{tracker.flavor}'", cause="mlreg has one: mlflow", hint=hint)


def _scheme(tracker: Tracker, say: Say, *, opens: Callable[[str], bool]) -> None:
    scheme, _, rest = tracker.tracking_uri.partition(":")
    if scheme in _SCHEMES or is_store(tracker.tracking_uri) or opens(scheme):
        return
    if re.match(r"\d", rest):
        hint = say(replace(tracker, tracking_uri=f"https://{tracker.tracking_uri}"))
    else:
        hint = did_you_mean(scheme, _SCHEMES) or say(replace(tracker, tracking_uri=f"https:{rest}"))
    raise Usage(
        f"'{scheme}' is no scheme that MLflow can open",
        cause=f"it knows {', '.join(_SCHEMES)}, and no plugin for {scheme} is installed",
        hint=hint,
    )


def _address(tracker: Tracker, say: Say) -> None:
    """A server's URI names a host, and nothing that only a browser needs."""
    if tracker.kind != "server":
        return
    parts = _parts(tracker.tracking_uri)
    if parts is None:
        example = say(replace(tracker, tracking_uri="https://mlflow.example.com"))
        raise Usage(f"'{masked(tracker.tracking_uri)}' names no host", hint=f"such as {example}")
    bare = replace(tracker, tracking_uri=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/"))
    if "@" in parts.netloc:
        raise Usage(
            "credentials do not belong in the URI",
            cause="it is shown in listings and logs",
            hint=f"mlreg secret register {tracker.name} -k username -k password, then "
            + say(with_credentials(bare, *_BASIC)),
        )
    if parts.query or parts.fragment:
        raise Usage(
            f"'{tracker.tracking_uri}' says more than where the server is",
            cause="it looks copied from a browser",
            hint=say(bare),
        )


def _parts(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        named = parts.hostname and parts.port != 0  # reading the port is what finds a wrong one
    except ValueError:
        return None
    return parts if named else None


def _local(tracker: Tracker, say: Say) -> None:
    if is_store(tracker.tracking_uri):
        given = [option(field.partition(".")[0]) for field in credentials_of(tracker)]
        if given:
            raise Usage(
                "a local store takes no credentials",
                cause=f"{given[0]} is given, and the URI {masked(tracker.tracking_uri)} leads to no server",
                hint=say(replace(without_credentials(tracker), tracking_headers={})),
            )


def _pair(tracker: Tracker, say: Say) -> None:
    missing = [field for field in _BASIC if getattr(tracker, field) is None]
    if len(missing) == 1 and not is_store(tracker.tracking_uri):
        raise Usage(
            "a username and a password only work together",
            cause=f"{option(missing[0])} is missing",
            hint=say(with_credentials(tracker, *_BASIC)),
        )


def _exclusive(tracker: Tracker, say: Say) -> None:
    ways = _ways(tracker)
    if len(ways) > 1:
        named = " and ".join(" with ".join(map(option, way)) for way in ways)
        raise Usage(
            f"{named} exclude each other",
            cause="a tracker has one way of authenticating",
            hint=one_of(say(with_credentials(tracker, *way)) for way in ways),
        )


def _authenticated(tracker: Tracker, say: Say) -> None:
    if tracker.kind == "server" and not _ways(tracker):
        raise Usage(
            "how to authenticate is not said",
            cause="a tracking server needs exactly one of a token, a username with a password, or --no-auth",
            hint=one_of(say(with_credentials(tracker, *way)) for way in _WAYS),
        )


def _ways(tracker: Tracker) -> list[tuple[str, ...]]:
    return [way for way in _WAYS if any(getattr(tracker, field) not in (None, False) for field in way)]


def _in_clear(tracker: Tracker, say: Say) -> None:
    uri = tracker.tracking_uri
    plain = uri.startswith("http:") and not is_loopback(uri)
    if plain and credentials_of(tracker) and not tracker.allow_http:
        secure = replace(tracker, tracking_uri=f"https:{uri.removeprefix('http:')}")
        raise Usage(
            "a credential would be sent over http, which anyone on the way can read",
            hint=one_of((say(secure), say(replace(tracker, allow_http=True)))),
        )


def _empty(tracker: Tracker, say: Say) -> None:
    for field, value in credentials_of(tracker).items():
        if isinstance(value, Secret) and not value:
            name = option(field.partition(".")[0])
            hint = f"give it one, or leave it out: {say(tracker)}"
            raise Usage("a credential is empty", cause=f"{name} has no value", hint=hint)


def _headers(tracker: Tracker, say: Say) -> None:
    for name in tracker.tracking_headers:
        without = {other: value for other, value in tracker.tracking_headers.items() if other != name}
        if problem := _header_problem(tracker, name):
            hint = say(replace(tracker, tracking_headers=without))
            raise Usage(f"the header {name} cannot be sent", cause=problem, hint=hint)


def _header_problem(tracker: Tracker, name: str) -> str | None:
    value = tracker.tracking_headers[name]
    if not _HEADER_NAME.fullmatch(name):
        return "a header's name has letters, digits and - only"
    if name.lower() == "authorization":
        return "Authorization comes from --tracking-token, or from --tracking-username and --tracking-password"
    if name.lower() == "x-mlflow-workspace":
        return "the workspace comes from --workspace"
    if name.lower() in _TAKEN_HEADERS:
        return "HTTP itself decides what it says"
    if tracker.client == "mlflow" or (tracker.kind == "local" and not is_store(tracker.tracking_uri)):
        return "MLflow's own client, which opens this tracker, sends no headers of a tracker"
    if isinstance(value, Secret) and not (value.reveal().isascii() and value.reveal().isprintable()):
        return "its value holds line breaks or letters outside ASCII"
    return None


def _client(tracker: Tracker, say: Say) -> None:
    client = tracker.client
    if client is not None and client not in CLIENTS:
        raise Usage(
            f"there is no client '{client}'",
            cause=f"--client takes {', '.join(CLIENTS)}",
            hint=did_you_mean(client, CLIENTS) or say(replace(tracker, client=None)),
        )
    if client == "rest" and tracker.kind == "local":
        raise Usage(
            "a local store has no REST API",
            cause="only MLflow itself can open it",
            hint=say(replace(tracker, client=None)),
        )


def _workspace(tracker: Tracker, say: Say) -> None:
    if tracker.workspace and tracker.kind != "server":
        raise Usage(
            "--workspace only goes with a tracking server",
            cause=f"the URI leads to a {tracker.kind} tracker",
            hint=say(replace(tracker, workspace=None)),
        )
