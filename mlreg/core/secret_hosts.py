"""Which hosts a secret may be sent to: only those that a person bound it to, never one that a project file names."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from mlreg.core import credentials
from mlreg.core.errors import NotAllowed, Usage
from mlreg.core.references import Placeholder
from mlreg.core.secret_names import hosts_variable
from mlreg.core.types import Components, Tracker

_USUAL_PORTS = (80, 443)


def check_host(placeholder: Placeholder, tracker: Tracker, known: Components, environ: Mapping[str, str]) -> None:
    """Raise NotAllowed when a tracker leads to a host that the secret is not bound to.

    What binds: the secret's own hosts, a tracker of the user's file that names the secret, and
    `MLREG_SECRET_HOSTS_<NAME>` in `environ`. A tracker from a project's file never does.
    """
    secret, host = placeholder.secret, host_of(tracker)
    if host in _allowed(secret, known, environ):
        return
    raise NotAllowed(
        f"the secret '{secret}' is not sent to {host or 'a host that is not known beforehand'}",
        cause=f"the tracker '{tracker.name}' wants it there, and nobody has allowed that; nothing was sent",
        hint=f"if you trust it: {_allowing(secret, host, known)}",
    )


def host_of(tracker: Tracker) -> str:
    """The host that a tracker's requests go to, as `parse_host` writes it; empty where a profile decides."""
    uri = tracker.databricks_host if tracker.kind == "databricks" else tracker.tracking_uri
    return parse_host(uri) if uri else ""


def parse_host(text: str) -> str:
    """Read a host as typed or out of a URI: in lower case, with its port unless that is the usual one; raises Usage."""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port, userinfo = parts.hostname, parts.port, "@" in parts.netloc
    except ValueError:
        host, port, userinfo = None, None, False
    if not host or userinfo or not re.fullmatch(r"[\w.-]+|[0-9a-f:.%]+", host):
        raise Usage("that names no host", cause="it takes HOST or HOST:PORT", hint="--host mlflow.example.com")
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, *_USUAL_PORTS) else f"{name}:{port}"


def _allowing(secret: str, host: str, known: Components) -> str:
    if not host:
        return "register a tracker of your own for it (mlreg tracker register)"
    if secret not in known.secrets:
        return f"set {hosts_variable(secret)}={host}"
    return f"mlreg secret update {secret} --host {host}"


def _allowed(secret: str, known: Components, environ: Mapping[str, str]) -> set[str]:
    entry = known.secrets.get(secret)
    typed = [*(entry.hosts if entry else ()), *environ.get(hosts_variable(secret), "").split(",")]
    bound = {parse_host(host.strip()) for host in typed if host.strip()}
    ours = [tracker for tracker in known.trackers.values() if tracker.layer == "user"]
    return bound | {
        host_of(tracker) for tracker in ours if secret in {each.secret for each in credentials.secrets_of(tracker)}
    }
