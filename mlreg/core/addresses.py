"""What an address says of the machine behind it."""

import ipaddress
import re
from urllib.parse import urlsplit

from mlreg.core.secret import MASK

_IN_QUERY = r"(?i)([?&](?:password|passwd|pwd|sslpassword|token|secret)=)[^&#]*"


def is_loopback(uri: str) -> bool:
    """Tell whether a URI's host is this machine."""
    host = urlsplit(uri).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def masked(uri: str) -> str:
    """Return a URI fit to be shown: a password in it (`postgresql://user:password@host/db`) becomes ***."""
    return re.sub(_IN_QUERY, rf"\1{MASK}", re.sub(r"(://[^/@:]*):.*@", rf"\1:{MASK}@", uri))


def origin(uri: str) -> str:
    """Return scheme://host[:port] of a URI, without credentials; ValueError where the port is none."""
    parts = urlsplit(uri)
    port = f":{parts.port}" if parts.port and parts.port != {"http": 80, "https": 443}.get(parts.scheme) else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme.lower()}://{host}{port}"


def reads_as_host(text: str) -> bool:
    """Tell what looks like a server whose scheme was forgotten: `mlflow.example.com`, `localhost:5000`."""
    return bool(re.fullmatch(r"([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|localhost)(:\d+)?(/.*)?", text))


def without_password(uri: str) -> str:
    """Return a URI without the password in it; the user stays."""
    return re.sub(_IN_QUERY, r"\1", re.sub(r"(://[^/@:]*):.*@", r"\1@", uri))
