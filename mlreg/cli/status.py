"""`mlreg status` and `mlreg doctor`: what is active and why, and whether everything works."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer

from mlreg.cli import views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session
from mlreg.cli.session import Session
from mlreg.core import checks, stacks
from mlreg.core.checks import Finding
from mlreg.core.types import Target

status_app = noun("What is active.")
doctor_app = noun("Whether everything works.")

FINDING_COLUMNS = ("state", "check", "detail", "remedy")


@verb(status_app, "status")
def status(ctx: typer.Context) -> None:
    """Show what is active, who decided it, and whether it works.

    Examples:
      mlreg status
      mlreg status -o json
    """
    here = session(ctx)
    target = here.runtime.target()
    found = checks.server(target.tracker.name, lambda: here.runtime.tracking_of(target.tracker))
    record = _status(here, target, found)
    if here.out.format == "table" and not here.out.fields:
        here.out.many(_lines(record), ("what", "value", "origin"), lambda row: str(row["what"]), "")
    else:
        here.out.one(record, lambda shown: str(shown["stack"]))
    if found.remedy:
        here.out.say(f"hint: {found.remedy}")
    raise typer.Exit(checks.exit_code([found]))


@verb(doctor_app, "doctor")
def doctor(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A tracker or stack; all if not given.")] = None,
) -> None:
    """Check files, keyring, secrets and servers, each with its remedy.

    Examples:
      mlreg doctor
      mlreg doctor team
    """
    here = session(ctx)
    findings: list[Finding] = []

    def found() -> Iterator[dict[str, object]]:
        for finding in _examine(here, name):
            findings.append(finding)
            yield {key: value for key, value in asdict(finding).items() if key != "exit"}

    here.out.many(found(), FINDING_COLUMNS, lambda record: str(record["check"]), "nothing to check")
    raise typer.Exit(checks.exit_code(findings))


def _status(here: Session, target: Target, server: Finding) -> dict[str, object]:
    runtime = here.runtime
    local = runtime.local_servers.find(target.tracker) if target.tracker.kind == "local" else None
    return {
        "stack": target.stack.name,
        "origin": target.origin,
        "tracker": {**views.tracker(target.tracker, active=True), "layer": target.tracker.layer},
        "registry": target.registry.name,
        "experiment": target.stack.experiment,
        "server": server.state,
        "server_says": server.detail,
        "server_uri": local.uri if local else None,
        "settings": [asdict(setting) for setting in (here.out.setting(), runtime.timeout)],
        "files": {
            "components": str(runtime.store_path),
            "project": str(runtime.project_file) if runtime.project_file else None,
        },
    }


def _lines(record: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """The status as a person reads it: one line each, and where it comes from."""
    tracker = record["tracker"]
    yield {"what": "stack", "value": record["stack"], "origin": record["origin"]}
    yield {"what": "tracker", "value": f"{tracker['name']} ({tracker['tracking_uri']})", "origin": tracker["layer"]}
    yield {
        "what": "credentials",
        "value": tracker["auth"],
        "origin": tracker["tracking_password"] or tracker["tracking_token"],
    }
    if record["registry"] != tracker["name"]:
        yield {"what": "registry", "value": record["registry"], "origin": record["stack"]}
    yield {"what": "server", "value": record["server_says"], "origin": record["server_uri"]}
    for setting in record["settings"]:
        yield {"what": setting["name"], "value": setting["value"], "origin": setting["origin"]}
    for name, file in record["files"].items():
        yield {"what": f"{name} file", "value": file or "none", "origin": None}


def _examine(here: Session, name: str | None) -> Iterator[Finding]:
    runtime = here.runtime
    store = checks.attempt(
        "components", lambda: f"{runtime.store_path} has {len(runtime.components.trackers)} trackers"
    )
    yield store
    if store.state == "failed":
        return
    known = runtime.components
    if name is None:
        yield checks.keyring(known, runtime.keyring_name)
        yield from checks.secrets(known, runtime.vault)
    yield from checks.placeholders(known)
    names = list(known.trackers) if name is None else _trackers_of(here, name)
    for each in names:
        tracker = known.trackers[each]
        yield from checks.risks(tracker)
        yield checks.server(each, partial(runtime.tracking_of, tracker))


def _trackers_of(here: Session, name: str) -> list[str]:
    stack = stacks.find(here.runtime.components, name)
    return list(dict.fromkeys(part for part in (stack.tracker, stack.registry) if part))
