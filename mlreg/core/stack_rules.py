"""What a stack must be to work, checked when it is registered, changed or used: each rule knows what mends it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from mlreg.core import databricks, local, tracker_rules
from mlreg.core.addresses import masked
from mlreg.core.commands import register_stack, register_tracker
from mlreg.core.credentials import secrets_of
from mlreg.core.errors import ComponentNotFound, MlregError, SecretMissing, Usage, did_you_mean
from mlreg.core.tracker_rules import Machine
from mlreg.core.types import Components, Stack, Tracker

Say = Callable[[Stack], str]

_NAMESPACE: Final = re.compile(r"[^./:\s]+\.[^./:\s]+")


def check(components: Components, stack: Stack, machine: Machine) -> None:
    """Raise what is wrong first with a stack; missing secrets may come later."""
    for problem in problems(components, stack, machine):
        raise problem


def problems(components: Components, stack: Stack, machine: Machine) -> Iterator[MlregError]:
    """Everything that keeps a stack from working: its trackers' problems, then what does not fit together."""
    yield from (problem for part in ("tracker", "registry") if (problem := _absent(components, stack, part)))
    for tracker in trackers_of(components, stack):
        yield from tracker_rules.problems(tracker, machine)
    yield from _misfits(components, stack)


def check_still_fits(before: Components, then: Components, stack: Stack) -> None:
    """Raise what a change would make wrong with a stack, and nothing that was wrong before."""
    known = {problem.message for problem in _misfits(before, stack)}
    for problem in _misfits(then, stack):
        if problem.message not in known:
            raise problem


def missing_secrets(components: Components, stack: Stack) -> Iterator[MlregError]:
    """The secrets and keys that a stack's trackers name and that nobody has stored yet."""
    for tracker in trackers_of(components, stack):
        for placeholder in secrets_of(tracker):
            entry = components.secrets.get(placeholder.secret)
            if entry is None or placeholder.key not in entry.keys:
                yield SecretMissing(
                    f"the secret '{placeholder.secret}' has no key '{placeholder.key}' yet",
                    cause=f"the tracker {tracker.name} says {placeholder}",
                    hint=f"mlreg secret fill {stack.name}",
                )


def trackers_of(components: Components, stack: Stack) -> list[Tracker]:
    """The trackers of a stack that exist, each once."""
    names = dict.fromkeys(name for name in (stack.tracker, stack.registry) if name)
    return [components.trackers[name] for name in names if name in components.trackers]


def _absent(components: Components, stack: Stack, field: str) -> MlregError | None:
    name = getattr(stack, field)
    if name is None or name in components.trackers:
        return None
    near = did_you_mean(name, components.trackers)
    example = register_tracker(Tracker(name=name, tracking_uri="https://mlflow.example.com", no_auth=True))
    return ComponentNotFound(
        f"there is no tracker '{name}'",
        cause=f"the stack {stack.name} has it as its {field}",
        hint=near or f"register it, such as {example}",
    )


def _misfits(components: Components, stack: Stack) -> Iterator[MlregError]:
    say = partial(register_stack, again=stack.name in components.stacks)
    tracker = components.trackers.get(stack.tracker)
    registry = components.trackers.get(stack.registry or stack.tracker)
    for part, rule in ((tracker, _artifact_store), (tracker, _workspace), (registry, _namespace)):
        if part and (problem := rule(stack, part, say)):
            yield problem


def _artifact_store(stack: Stack, tracker: Tracker, say: Say) -> MlregError | None:
    place = stack.artifact_store
    if place is None:
        return None
    hint = say(replace(stack, artifact_store=None))
    if "@" in place.partition("://")[2].partition("/")[0]:
        return Usage(
            "credentials do not belong in the artifact store", cause="it is shown in listings and logs", hint=hint
        )
    on_disk = local.is_path(place) or place.lower().startswith("file:")
    if tracker_rules.is_store(tracker.tracking_uri) and not on_disk:
        return Usage(
            f"the local tracker '{tracker.name}' needs a local artifact store",
            cause=f"{masked(place)} is not on this machine",
            hint=f"give a path with --artifact-store, or none: {hint}",
        )
    return None


def _workspace(stack: Stack, tracker: Tracker, say: Say) -> MlregError | None:
    if stack.workspace is None or tracker.kind == "server":
        return None
    return Usage(
        "--workspace only goes with a tracking server",
        cause=f"'{tracker.name}' is a {tracker.kind} tracker",
        hint=say(replace(stack, workspace=None)),
    )


def _namespace(stack: Stack, registry: Tracker, say: Say) -> MlregError | None:
    if stack.namespace is None:
        return None
    if registry.kind != "databricks" or databricks.registry_kind(registry) != "unity-catalog":
        return Usage(
            "--namespace only goes with Unity Catalog",
            cause=f"'{registry.name}', which has the models, has no catalogs and schemas",
            hint=say(replace(stack, namespace=None)),
        )
    if not _NAMESPACE.fullmatch(stack.namespace):
        return Usage(
            f"'{stack.namespace}' is no namespace",
            cause="a namespace is a catalog and a schema: CATALOG.SCHEMA",
            hint=say(replace(stack, namespace="main.default")),
        )
    return None
