"""The exact commands that make a tracker or a stack what it is: for hints, and to undo a deletion."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlreg.core.addresses import masked
from mlreg.core.credentials import credentials_of, key_of
from mlreg.core.quoting import quoted
from mlreg.core.references import Placeholder
from mlreg.core.types import Credential, Stack, Tracker

# Renders the command that registers a tracker as it should be.
Say = Callable[[Tracker], str]

_TEXTS = ("tracking_ca_cert", "tracking_client_cert", "registry_uri", "databricks_host", "workspace", "client")
_FLAGS = ("no_auth", "tracking_insecure_tls", "allow_http")
# The one option for an entry of a mapping, by the field of all of them.
SINGULAR: Mapping[str, str] = {"tags": "tag", "labels": "label", "tracking_headers": "tracking_header"}


def option(field: str) -> str:
    """How a field is called at the command line."""
    return f"--{SINGULAR.get(field, field).replace('_', '-')}"


def placeholder(tracker: Tracker, field: str) -> Placeholder:
    """The placeholder that a credential of this tracker would have, were it in a secret of the tracker's name."""
    return Placeholder(tracker.name, key_of(field))


def with_credentials(tracker: Tracker, *fields: str) -> Tracker:
    """The tracker with these ways of authenticating and no other: what a hint proposes."""
    bare = without_credentials(tracker)
    kept: dict[str, Any] = {
        field: getattr(tracker, field) or placeholder(tracker, field) for field in fields if field != "no_auth"
    }
    return replace(bare, no_auth="no_auth" in fields, **kept)


def without_credentials(tracker: Tracker) -> Tracker:
    """The tracker with no way of authenticating."""
    return replace(
        tracker,
        no_auth=False,
        tracking_username=None,
        tracking_password=None,
        tracking_token=None,
        databricks_client_id=None,
        databricks_client_secret=None,
    )


def register_tracker(tracker: Tracker, *, again: bool = False) -> str:
    """`mlreg tracker register ...` for a tracker, or with `again` for one that is to be replaced.

    A literal credential is shown as the placeholder that should stand there.
    """
    words = ["mlreg", "tracker", "register", tracker.name, masked(tracker.tracking_uri), *_tracker_options(tracker)]
    return quoted(*words, *(["--replace"] if again else []))


def register_stack(stack: Stack, *, active: bool = False, again: bool = False) -> str:
    """`mlreg stack register ...` for a stack."""
    given = {
        "--registry": stack.registry,
        "--artifact-store": masked(stack.artifact_store) if stack.artifact_store else None,
        "--experiment": stack.experiment,
        "--workspace": stack.workspace,
        "--namespace": stack.namespace,
    }
    words = ["mlreg", "stack", "register", stack.name, "-t", stack.tracker]
    words += [word for name, value in given.items() if value for word in (name, value)]
    words += ["--nested"] if stack.nested else []
    words += [f"--tag={key}={value}" for key, value in stack.tags.items()]
    words += ["--set"] if active else []
    return quoted(*words, *(["--replace"] if again else []))


def one_of(commands: Iterable[str]) -> str:
    """Several commands, each of which mends it."""
    return "one of\n  " + "\n  ".join(commands)


def _tracker_options(tracker: Tracker) -> Iterator[str]:
    for field, value in credentials_of(tracker).items():
        name, _, header = field.partition(".")
        shown = _shown(tracker, field, value)
        yield f"{option(name)}={header}={shown}" if header else f"{option(name)}={shown}"
    yield from (option(field) for field in _FLAGS if getattr(tracker, field))
    yield from (f"{option(field)}={getattr(tracker, field)}" for field in _TEXTS if getattr(tracker, field))
    if tracker.description:
        yield f"--description={tracker.description}"
    yield from (f"--label={key}={value}" for key, value in tracker.labels.items())


def _shown(tracker: Tracker, field: str, value: Credential) -> str:
    return str(value if isinstance(value, Placeholder) else placeholder(tracker, field))
