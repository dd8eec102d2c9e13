"""What `status` and `doctor` look at: each check is a finding with its remedy, and none stops the others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from mlreg.core import credentials
from mlreg.core.errors import MlregError
from mlreg.core.ports import Tracking, Vault
from mlreg.core.records import dataclass
from mlreg.core.types import Components, Tracker

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `exit` is what the command exits with if this is the first that failed."""

    check: str
    state: State
    detail: str
    remedy: str | None = None
    exit: int = 0


def attempt(check: str, look: Callable[[], str]) -> Finding:
    """Look at something: what it says when it works, the error with its remedy when it does not."""
    try:
        return Finding(check, "ok", look())
    except MlregError as error:
        detail = error.message + (f" ({error.cause})" if error.cause else "")
        return Finding(check, "failed", detail, error.hint, error.exit)


def server(name: str, connect: Callable[[], Tracking]) -> Finding:
    """Reach a tracker's server, with its credentials."""

    def look() -> str:
        info = connect().server()
        who = f", as {info.user}" if info.user else ""
        return f"answers, MLflow {info.version or 'of an older version'}{who}"

    return attempt(f"tracker {name}", look)


def keyring(components: Components, name: Callable[[], str]) -> Finding:
    """Ask the keyring for an answer; no keyring is no failure while no secret is in it."""
    finding = attempt("keyring", lambda: f"{name()} answers")
    used = any(entry.backend == "keyring" for entry in components.secrets.values())
    return finding if used or finding.state == "ok" else replace(finding, state="warning", exit=0)


def secrets(components: Components, vault_of: Callable[[str], Vault]) -> Iterator[Finding]:
    """Hold the secrets' index against the vaults: what is named and not there, what is there and not named."""
    for entry in components.secrets.values():
        check = f"secret {entry.name}"
        try:
            values = vault_of(entry.backend).read(entry)
        except MlregError as error:
            yield Finding(check, "failed", error.message, error.hint, error.exit)
            continue
        missing = [key for key in entry.keys if key not in (values or {})]
        unnamed = [key for key in values or {} if key not in entry.keys]
        keys = " ".join(f"-k {key}" for key in missing)
        if missing:
            detail = f"{entry.backend} has no {', '.join(missing)}"
            yield Finding(check, "failed", detail, f"mlreg secret update {entry.name} {keys}", exit=4)
        elif unnamed:
            detail = f"{entry.backend} also has {', '.join(unnamed)}"
            yield Finding(check, "warning", detail, f"mlreg secret update {entry.name} --unset {unnamed[0]}")
        else:
            yield Finding(check, "ok", f"{', '.join(entry.keys)} in the {entry.backend}")


def placeholders(components: Components) -> Iterator[Finding]:
    """Find placeholders that no secret answers, by the index alone."""
    for tracker in components.trackers.values():
        for placeholder in credentials.secrets_of(tracker):
            entry = components.secrets.get(placeholder.secret)
            if entry is None or placeholder.key not in entry.keys:
                verb = "update" if entry else "register"
                remedy = f"mlreg secret {verb} {placeholder.secret} -k {placeholder.key}"
                detail = f"{placeholder} has no value in a vault that mlreg knows"
                yield Finding(f"tracker {tracker.name}", "warning", detail, remedy)


def risks(tracker: Tracker) -> Iterator[Finding]:
    """Name what is allowed and still unwise."""
    check = f"tracker {tracker.name}"
    if tracker.tracking_insecure_tls:
        yield Finding(check, "warning", "its certificate is not verified", "use --tracking-ca-cert FILE instead")
    if tracker.allow_http:
        yield Finding(check, "warning", "its credentials travel unencrypted", "serve MLflow over https")
    literals = credentials.literals_of(tracker)
    if literals:
        yield Finding(check, "warning", f"{', '.join(literals)} stored unprotected", "store it as a secret")


def exit_code(findings: list[Finding]) -> int:
    """The exit code of the first check that failed; 0 when none did."""
    return next((finding.exit or 1 for finding in findings if finding.state == "failed"), 0)
