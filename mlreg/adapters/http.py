"""The one HTTP transport: TLS verified, every wait bounded, reads retried, writes sent once, redirects distrusted."""

import os
import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3 import exceptions as problems

from mlreg import __version__
from mlreg.core.addresses import is_loopback
from mlreg.core.errors import MlregError, NotAllowed, NotMlflow, TimedOut, Unreachable, Untrusted, Usage
from mlreg.core.secret import hide

CONNECT_S = 5.0
READ_S = 30.0
ATTEMPTS = 3
RETRIED_STATUS = frozenset({429, 502, 503, 504})
LONGEST_WAIT_S = 30.0
REDIRECTS = 5

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to send requests, and what to trust there. `authorize` gives the secret headers.

    It is asked for each request: what it returns may change. `renew` is told of a 401; when it returns True, there
    are other credentials now.
    """

    uri: str
    ca_cert: str | None = None
    client_cert: str | None = None
    insecure_tls: bool = False
    allow_http: bool = False
    authorize: Callable[[], Headers] = dict
    renew: Callable[[], bool] = lambda: False
    headers: Headers | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: status, media type in lower case, and the bytes."""

    status: int
    media_type: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Transport:
    """A keep-alive connection to one origin. `timeout_s` bounds all of its requests together, from the first one.

    Raises Unreachable, TimedOut, Untrusted, NotMlflow (a redirect) or NotAllowed; any status is an answer.
    """

    def __init__(self, endpoint: Endpoint, *, timeout_s: float, notify: Callable[[str], None]) -> None:
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._notify = notify
        self._base = endpoint.uri.rstrip("/")
        self._origin = origin(endpoint.uri)
        self._pool: urllib3.PoolManager | None = None
        self._renewed = False
        self._deadline = 0.0

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Answer:
        """Read. Tried up to three times when the network or a proxy fails; redirects followed on the same origin."""
        target = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                answer, retry_after = self._follow(target)
            except Unreachable as error:
                if last or isinstance(error, (Untrusted, NotMlflow)) or not self._pause(attempt, None, error.message):
                    raise
                continue
            if answer.status not in RETRIED_STATUS or last:
                return answer
            if not self._pause(attempt, retry_after, f"{self._origin} answers {answer.status}"):
                return answer
        raise AssertionError("unreachable")

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Write: sent exactly once. A lost answer raises Unreachable, which says that the outcome is unknown."""
        import json

        return self._write(method, path, json.dumps(body).encode(), "application/json")

    def post_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Write a form, as OAuth wants it; in all else as `send`."""
        return self._write("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def _write(self, method: str, path: str, body: bytes, media_type: str) -> Answer:
        answer, location = self._once(method, f"{self._base}{path}", body, media_type)
        if 300 <= answer.status < 400:
            raise self._redirected(location)
        return answer

    def _follow(self, target: str) -> tuple[Answer, str]:
        for _ in range(REDIRECTS + 1):
            answer, extra = self._once("GET", target, None)
            if not (300 <= answer.status < 400 and extra):
                return answer, extra
            target = urljoin(target, extra)
            if origin(target) != self._origin:
                break
        raise self._redirected(target)

    def _once(self, method: str, target: str, body: bytes | None, media_type: str | None = None) -> tuple[Answer, str]:
        """One request; beside the answer the Location of a redirect, else Retry-After.

        What a server refused with 401 it has not carried out: with renewed credentials it is asked again, once.
        """
        answer, extra = self._exchange(method, target, body, media_type)
        if answer.status == 401 and not self._renewed and self._endpoint.renew():
            self._renewed = True
            return self._exchange(method, target, body, media_type)
        return answer, extra

    def _exchange(self, method: str, target: str, body: bytes | None, media_type: str | None) -> tuple[Answer, str]:
        headers = {"User-Agent": f"mlreg/{__version__}", "Accept": "application/json", **self._credentials()}
        if media_type:
            headers["Content-Type"] = media_type
        try:
            response = self._connections().request(
                method,
                target,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=self._patience(),
            )
            try:
                content = self._read(response)
            finally:
                response.release_conn()
        except problems.HTTPError as error:
            raise self._explain(error, method) from error
        answered = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        redirected = 300 <= response.status < 400
        extra = response.headers.get("Location" if redirected else "Retry-After", "")
        return Answer(response.status, answered, content), extra

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """Read all of the body, looking at the clock between pieces: a server may drip for ever."""
        pieces = []
        while piece := response.read1(65536):
            pieces.append(piece)
            self._left()
        return b"".join(pieces)

    def _credentials(self) -> Headers:
        secret_headers = self._endpoint.authorize()
        plain = urlsplit(self._base).scheme == "http" and not is_loopback(self._base)
        if secret_headers and plain and not self._endpoint.allow_http:
            raise NotAllowed(
                f"no credential is sent to {self._origin}",
                cause="http is not encrypted: anyone on the way could read it",
                hint="use the https:// address, or register the tracker with --allow-http",
            )
        return {**(self._endpoint.headers or {}), **secret_headers}

    def hide(self, text: str) -> str:
        """Return a text of the server without the credentials that were sent to it."""
        return hide(text, self._endpoint.authorize())

    def _left(self) -> float:
        """Seconds left for this command; raises TimedOut when there are none."""
        now = time.monotonic()
        self._deadline = self._deadline or now + self._timeout_s
        if now >= self._deadline:
            raise TimedOut(
                f"{self._origin} took longer than {self._timeout_s:g} s", hint="give it more time: --timeout 5m"
            )
        return self._deadline - now

    def _patience(self) -> urllib3.Timeout:
        left = self._left()
        return urllib3.Timeout(connect=min(CONNECT_S, left), read=min(READ_S, left))

    def _pause(self, attempt: int, retry_after: str | None, why: str) -> bool:
        """Wait before the next try, as long as the server asks or a little longer each time; False: no time left."""
        wait = random.uniform(0.1, 0.3) * 2**attempt  # noqa: S311 - jitter, not a secret
        if retry_after and retry_after.isdigit():
            wait = float(retry_after)
        if wait > min(LONGEST_WAIT_S, self._left()):
            return False
        self._notify(f"{why}; retrying ({attempt + 1}/{ATTEMPTS})")
        time.sleep(wait)
        return True

    def _connections(self) -> urllib3.PoolManager:
        if self._pool is None:
            secure = urlsplit(self._base).scheme == "https"
            settings: dict[str, Any] = {"ssl_context": tls_context(self._endpoint)} if secure else {}
            if secure and self._endpoint.insecure_tls:
                urllib3.disable_warnings(problems.InsecureRequestWarning)
                self._notify(f"the certificate of {self._origin} is not verified")
            proxy = _proxy(self._base)
            self._pool = _proxied(proxy, settings) if proxy else urllib3.PoolManager(**settings)
        return self._pool

    def _redirected(self, location: str) -> NotMlflow:
        target = urlsplit(location)
        elsewhere = f"{target.scheme}://{target.netloc.rpartition('@')[2]}{target.path}"
        return NotMlflow(
            f"{self._origin} redirects to {elsewhere}",
            cause="mlreg follows no redirect with a write, and none to another origin",
            hint="register the address that MLflow itself answers at; if this is a login page, use a token",
        )

    def _explain(self, error: problems.HTTPError, method: str) -> MlregError:
        unknown = method != "GET" and not isinstance(error, problems.ConnectTimeoutError | problems.NewConnectionError)
        return explain(error, self._origin, sent=unknown)


def origin(uri: str) -> str:
    """Return scheme://host[:port] of a URI, without credentials."""
    parts = urlsplit(uri)
    port = f":{parts.port}" if parts.port and parts.port != {"http": 80, "https": 443}.get(parts.scheme) else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme.lower()}://{host}{port}"


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Trust the system's authorities, or only `ca_cert` where one is given; raises Usage for an unusable file."""
    file = endpoint.ca_cert
    try:
        context = ssl.create_default_context(cafile=file)
        if endpoint.client_cert:
            file = endpoint.client_cert
            context.load_cert_chain(file)
    except OSError as error:
        raise Usage(f"cannot use the certificate file {file}", cause=error.strerror or str(error)) from None
    if endpoint.insecure_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def explain(error: problems.HTTPError, where: str, *, sent: bool) -> MlregError:
    """Turn a failure of the network into one of mlreg's errors. `sent`: a write may have reached the server."""
    text = f"{error} {error.__cause__ or ''} {error.__context__ or ''}"
    hint = "look before trying again: the server may have done it" if sent else None
    if isinstance(error, problems.ProxyError):
        return Unreachable(f"the proxy on the way to {where} fails", cause=_reason(error), hint=hint)
    if "CERTIFICATE_VERIFY_FAILED" in text or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return Untrusted(
            f"the certificate of {where} cannot be trusted",
            cause=_certificate_problem(text),
            hint="name the authority that signed it: --tracking-ca-cert FILE",
        )
    if isinstance(error, problems.SSLError):
        return Unreachable(f"{where} does not speak TLS", cause=_reason(error), hint="is its address http:// ?")
    if isinstance(error, problems.NameResolutionError):
        return Unreachable(f"there is no host {urlsplit(where).hostname}", cause="its name does not resolve", hint=hint)
    if isinstance(error, problems.TimeoutError) and not isinstance(error, problems.NewConnectionError):
        return TimedOut(f"{where} does not answer", cause=_reason(error), hint=hint)
    if isinstance(error, problems.NewConnectionError):
        return Unreachable(f"cannot connect to {where}", cause=_reason(error), hint="is the server running there?")
    return Unreachable(f"the connection to {where} broke", cause=_reason(error), hint=hint)


def _certificate_problem(text: str) -> str:
    for known in ("self-signed certificate", "unable to get local issuer", "has expired", "Hostname mismatch"):
        if known.lower() in text.lower():
            return known
    return "certificate verify failed" if "IP address mismatch" not in text else "IP address mismatch"


def _reason(error: BaseException) -> str:
    """The innermost reason, without urllib3's object addresses."""
    deepest: BaseException = error
    while deepest.__cause__ or deepest.__context__:
        deepest = deepest.__cause__ or deepest.__context__ or deepest
    if isinstance(deepest, OSError) and deepest.strerror:
        return deepest.strerror
    return str(deepest).rpartition("object at 0x")[2].partition(": ")[2] or str(deepest) or type(deepest).__name__


def _proxy(uri: str) -> str | None:
    """The proxy that the environment names for this URI, by the rules every tool shares (NO_PROXY included)."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(uri)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _proxied(proxy: str, settings: dict[str, Any]) -> urllib3.ProxyManager:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    login = f"{parts.username}:{parts.password or ''}" if parts.username else None
    headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
    return urllib3.ProxyManager(origin(parts.geturl()), proxy_headers=headers, **settings)
