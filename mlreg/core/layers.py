"""The user's component file and a project's, laid over each other: what a project may say, and who wins."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from mlreg.core import local
from mlreg.core.credentials import key_of, literals_of
from mlreg.core.entries import stack_entry, tracker_entry
from mlreg.core.errors import Conflict, NotAllowed
from mlreg.core.ports import Edit
from mlreg.core.types import Components, Rule

T = TypeVar("T")

# A repository that somebody else wrote must not decide where a user's secrets go, or how carefully.
_FORBIDDEN = ("tracking_insecure_tls", "allow_http", "tracking_client_cert", "client")


def check_project(data: Mapping[str, Any], where: str) -> None:
    """Raise NotAllowed for what only the user's own file may say."""
    if data.get("secrets"):
        raise _not_in_project(where, "secrets")
    for name, entry in (data.get("trackers") or {}).items():
        for field in _FORBIDDEN:
            if isinstance(entry, Mapping) and entry.get(field):
                raise _not_in_project(where, f"trackers.{name}.{field}")


def project_components(components: Components, where: str, directory: str) -> Components:
    """Return a project file's components: its paths taken from its own directory; literal credentials are refused."""
    trackers = {}
    for name, tracker in components.trackers.items():
        for field in literals_of(tracker):
            raise NotAllowed(
                f"{where}: trackers.{name}.{field} is a literal credential",
                cause="a project file is shared; a credential in it is known to everybody who has the project",
                hint=f"write {field}: '{{{{{name}.{key_of(field)}}}}}', and store it with "
                f"mlreg secret register {name} -k {key_of(field)}",
            )
        uri = local.absolute_uri(tracker.tracking_uri, directory)
        trackers[name] = replace(tracker, tracking_uri=uri, layer="project")
    stacks = {name: replace(stack, layer="project") for name, stack in components.stacks.items()}
    return replace(components, trackers=trackers, stacks=stacks)


def merge(user: Components, project: Components, user_file: str, project_file: str) -> Components:
    """Lay a project's components over the user's. The project's active stack counts; it changes nothing of the user's.

    Raises Conflict, naming both files, for a name that both define differently.
    """
    for kind, ours, theirs in (
        ("tracker", _written(user.trackers, tracker_entry), _written(project.trackers, tracker_entry)),
        ("stack", _written(user.stacks, stack_entry), _written(project.stacks, stack_entry)),
    ):
        for name in ours.keys() & theirs.keys():
            if ours[name] != theirs[name]:
                raise Conflict(
                    f"two different {kind}s are called '{name}'",
                    cause=f"one is in {user_file}, one in {project_file}",
                    hint=f"mlreg {kind} rename {name} NEW --no-project, or add --no-project to leave the project's out",
                )
    for name in project.stacks.keys() & (user.trackers.keys() - user.stacks.keys()):
        if stack_entry(project.stacks[name]) != {"tracker": name}:
            raise Conflict(
                f"the project's stack '{name}' is called like a tracker of yours",
                cause=f"it is in {project_file}, the tracker in {user_file}, which is also a stack of its own name",
                hint=f"mlreg tracker rename {name} NEW --no-project, or add --no-project to leave the project's out",
            )
    active = project.active_stack
    return replace(
        user,
        trackers={**project.trackers, **user.trackers},
        stacks={**project.stacks, **user.stacks},
        gates=_added(user.gates, project.gates),
        protected=_added(user.protected, project.protected),
        active_stack=active or user.active_stack,
        active_origin=project_file if active else user.active_origin,
    )


def check_edit(edit: Edit, user: Components, project: Components, project_file: str) -> None:
    """Raise Conflict for a change to what only the project's file defines: mlreg writes the user's file."""
    for section, *rest in edit:
        if section not in ("trackers", "stacks") or not rest:
            continue
        name = rest[0]
        if name in getattr(project, section) and name not in getattr(user, section):
            raise Conflict(
                f"the {section[:-1]} '{name}' belongs to the project",
                cause=f"it is defined in {project_file}",
                hint=f"edit {project_file}",
            )


def _added(ours: Mapping[str, tuple[Rule, ...]], theirs: Mapping[str, tuple[Rule, ...]]) -> dict[str, tuple[Rule, ...]]:
    """Rules of both files: a project can add to what binds a move, and take nothing away."""
    return {name: (*ours.get(name, ()), *theirs.get(name, ())) for name in {**ours, **theirs}}


def _written(components: Mapping[str, T], entry: Callable[[T], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: entry(component) for name, component in components.items()}


def _not_in_project(where: str, place: str) -> NotAllowed:
    return NotAllowed(
        f"{where}: {place} is not for a project file",
        cause="it decides where your secrets go, so only your own file may say it",
        hint=f"take it out of {where}",
    )
