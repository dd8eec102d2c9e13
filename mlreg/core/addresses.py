"""What an address says of the machine behind it."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(uri: str) -> bool:
    """Tell whether a URI's host is this machine."""
    host = urlsplit(uri).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
