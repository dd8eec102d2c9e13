"""One keep-alive connection to one origin, over the standard library: it loads in a third of urllib3's time."""

import contextlib
import http.client
import os
import select
import socket
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

from mlreg.core.errors import MlregError, TimedOut, Unreachable, Untrusted, Usage
from mlreg.core.records import dataclass

Headers = dict[str, str]
Failure = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy on the way, and what lets us through there."""

    host: str
    port: int
    headers: Headers


class Wire:
    """A connection that is opened when it is needed, kept, and opened again when the server has let go of it."""

    def __init__(self, uri: str, context: ssl.SSLContext | None, *, direct: bool = False) -> None:
        self._target = urlsplit(uri)
        self._context = context
        self._proxy = None if direct else _proxy(uri, self._target)
        self._connection: http.client.HTTPConnection | None = None

    @property
    def proxied(self) -> bool:
        """Tell whether a proxy stands between us and the server."""
        return self._proxy is not None

    def open(self, timeout_s: float) -> http.client.HTTPConnection:
        """Return a connection that is up. Raises what `explain` explains; nothing has been sent then."""
        if self._connection is not None and _dropped(self._connection.sock):
            self.close()
        if self._connection is None:
            connection = self._made(timeout_s)
            connection.connect()
            self._connection = connection
        return self._connection

    def hasten(self) -> None:
        """Once a request is sent, let the beginning of its answer be acknowledged at once, where the system can.

        MLflow with several workers, its default, sends the head of an answer and waits for that before it sends the
        body (Nagle's algorithm); Linux takes 40 ms for it, unless it is told, and told again for each answer.
        """
        if self._connection is not None and hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):  # nothing needs it
                self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def close(self) -> None:
        """Let go of the connection: after a failure nobody knows what would come next on it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def address(self, target: str) -> tuple[str, Headers]:
        """How a request names its target: by its path, or in full where a proxy carries it; and the proxy's headers."""
        parts = urlsplit(target)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        if self._proxy is None or self._context is not None:
            return path, {}
        return f"{parts.scheme}://{parts.netloc}{path}", self._proxy.headers

    def _made(self, timeout_s: float) -> http.client.HTTPConnection:
        host = self._target.hostname or ""
        port = self._target.port or (443 if self._context else 80)
        reached = (self._proxy.host, self._proxy.port) if self._proxy else (host, port)
        if self._context is None:
            return http.client.HTTPConnection(*reached, timeout=timeout_s)
        connection = http.client.HTTPSConnection(*reached, timeout=timeout_s, context=self._context)
        if self._proxy:
            connection.set_tunnel(host, port, self._proxy.headers)
        return connection


def _dropped(connected: socket.socket | None) -> bool:
    """Tell a connection that the server has closed, or has said something on unasked: neither is of use any more."""
    return connected is None or bool(select.select([connected], [], [], 0)[0])


def tls_context(ca_cert: str | None, client_cert: str | None, *, insecure: bool) -> ssl.SSLContext:
    """Trust the system's authorities, or only `ca_cert` where one is given; raises Usage for an unusable file."""
    file = ca_cert
    try:
        context = ssl.create_default_context(cafile=file)
        if client_cert:
            file = client_cert
            context.load_cert_chain(file)
    except OSError as error:
        raise Usage(f"cannot use the certificate file {file}", cause=error.strerror or str(error)) from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def explain(error: BaseException, where: str, *, connecting: bool, sent: bool, proxied: bool) -> MlregError:
    """Turn a failure of the network into one of mlreg's errors. `sent`: a write may have reached the server."""
    hint = "look before trying again: the server may have done it" if sent else None
    cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(where, error.verify_message)
    if proxied and connecting:
        return Unreachable(f"the proxy on the way to {where} fails", cause=cause)
    if isinstance(error, ssl.SSLError):
        return Unreachable(f"{where} does not speak TLS", cause=error.reason or cause, hint="is its address http:// ?")
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return Unreachable(f"there is no host {urlsplit(where).hostname}", cause="its name does not resolve")
    if isinstance(error, TimeoutError):
        return TimedOut(f"{where} does not answer", cause=cause, hint=hint)
    if connecting:
        return Unreachable(f"cannot connect to {where}", cause=cause, hint="is the server running there?")
    if where.startswith("http://"):  # a server that speaks TLS ends what is not TLS without an answer
        hint = hint or f"does the server speak TLS? then it is https{where.removeprefix('http')}"
    return Unreachable(f"the connection to {where} broke", cause=cause.strip(), hint=hint)


def _untrusted(where: str, problem: str) -> Untrusted:
    if "mismatch" in problem:
        hint = "use the name or address that the certificate is made for"
    elif "expired" in problem:
        hint = "the server's certificate must be renewed"
    else:
        hint = "name the authority that signed it: --tracking-ca-cert FILE"
    return Untrusted(f"the certificate of {where} cannot be trusted", cause=problem, hint=hint)


def _proxy(uri: str, target: SplitResult) -> Proxy | None:
    """The proxy that the environment names for this URI, by the rules every tool shares (NO_PROXY included)."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    named = proxies.get(target.scheme) or proxies.get("all")
    if not named or proxy_bypass(target.netloc.rpartition("@")[2]):
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme != "http" or not parts.hostname:
        raise Usage(
            f"mlreg reaches a proxy over http, not {parts.scheme}", hint=f"{target.scheme.upper()}_PROXY=http://..."
        )
    import base64

    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    headers = {"Proxy-Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
    return Proxy(parts.hostname, parts.port or 80, headers)
