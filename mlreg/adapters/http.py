"""The one HTTP transport: TLS verified, every wait bounded, reads retried, writes sent once, redirects distrusted."""

import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPResponse, IncompleteRead
from ssl import SSLContext
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from mlreg import __version__
from mlreg.adapters.wire import Failure, Wire, explain, tls_context
from mlreg.core.addresses import is_loopback, origin
from mlreg.core.errors import MlregError, NotAllowed, NotMlflow, TimedOut, Unauthenticated, Unreachable, Untrusted
from mlreg.core.records import dataclass
from mlreg.core.secret import hide

CONNECT_S = 5.0
READ_S = 30.0
ATTEMPTS = 3
RETRIED_STATUS = frozenset({429, 502, 503, 504})
LONGEST_WAIT_S = 30.0
REDIRECTS = 5
PIECE = 65536

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to send requests, and what to trust there. `authorize` gives the secret headers; `direct`: by no proxy.

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
    direct: bool = False


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
    """Keep-alive connections to one origin, as many as there are threads that use it at the same time.

    `timeout_s` bounds all of its requests together, from the first one; with `patient` it is time without progress,
    as transfers want it. Raises Unreachable, TimedOut, Untrusted, NotMlflow (a redirect) or NotAllowed; any status is
    an answer.
    """

    def __init__(
        self, endpoint: Endpoint, *, timeout_s: float, notify: Callable[[str], None], patient: bool = False
    ) -> None:
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._notify = notify
        self._patient = patient
        self._base = quote(endpoint.uri.rstrip("/"), safe="/:@%?&=+,;~!$'()*[]")
        self._origin = origin(endpoint.uri)
        self._free: list[Wire] = []
        weakref.finalize(self, _close, self._free).atexit = False
        self._context: SSLContext | None = None
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

    def stream(self, path: str, refused: Callable[[Answer], MlregError], start: int = 0) -> Iterator[bytes]:
        """Read a body of any size piece by piece, from byte `start`; where it breaks off it is taken up again.

        `refused` tells what an answer means that is no success.
        """
        failures = 0
        while True:
            try:
                for piece in self._body(path, refused, start):
                    start, failures = start + len(piece), 0
                    yield piece
                return
            except Unauthenticated:
                if not self._renew():
                    raise
            except Unreachable as error:
                failures += 1
                last = failures == ATTEMPTS or isinstance(error, (Untrusted, NotMlflow))
                if last or not self._pause(failures, None, error.message):
                    raise

    def put(self, path: str, pieces: Callable[[], Iterable[bytes]], size: int) -> Answer:
        """Write a body of any size, from its beginning again when it breaks off: the same bytes to the same place."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._exchange("PUT", f"{self._base}{path}", self._noted(pieces()), headers) as response:
                    answer, retry_after = self._answer(response)
            except Unreachable as error:
                last = attempt == ATTEMPTS or isinstance(error, (Untrusted, TimedOut))
                if last or not self._pause(attempt, None, error.message):
                    raise
                continue
            again = answer.status in RETRIED_STATUS or (answer.status == 401 and self._renew())
            if not again or attempt == ATTEMPTS or not self._pause(attempt, retry_after, f"HTTP {answer.status}"):
                return answer
        raise AssertionError("unreachable")

    def _body(self, path: str, refused: Callable[[Answer], MlregError], start: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._exchange("GET", f"{self._base}{path}", None, headers) as response:
            if response.status not in (200, 206):
                raise refused(self._answer(response)[0])
            skip = start if response.status == 200 else 0
            for piece in self._pieces(response):
                if skip < len(piece):
                    yield piece[skip:]
                skip = max(0, skip - len(piece))

    def _noted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._progress()
            yield piece

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
        extra_headers = {"Content-Type": media_type} if media_type else {}
        with self._exchange(method, target, body, extra_headers) as response:
            answer, extra = self._answer(response)
        if answer.status == 401 and self._renew():
            return self._once(method, target, body, media_type)
        return answer, extra

    @contextmanager
    def _exchange(self, method: str, target: str, body: Any, extra_headers: Headers) -> Iterator[HTTPResponse]:
        """Send a request on a connection that nobody uses, and keep it once the answer has been read."""
        headers = {"User-Agent": f"mlreg/{__version__}", "Accept": "application/json", **self._credentials()}
        wire = self._free_wire()
        self._progress()  # between requests a program may do what it likes, for as long as it likes
        connecting = True
        try:
            connection = wire.open(min(CONNECT_S, self._left()))
            connecting = False
            connection.sock.settimeout(self._left() if self._patient else min(READ_S, self._left()))
            address, for_proxy = wire.address(target)
            connection.request(method, address, body, {**headers, **extra_headers, **for_proxy})
            wire.hasten()
            with connection.getresponse() as response:
                yield response
        except Failure as error:
            wire.close()
            sent = method != "GET" and not connecting
            raise explain(error, self._origin, connecting=connecting, sent=sent, proxied=wire.proxied) from error
        except BaseException:
            wire.close()
            raise
        self._free.append(wire)

    def _answer(self, response: HTTPResponse) -> tuple[Answer, str]:
        content = b"".join(self._pieces(response))
        answered = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        redirected = 300 <= response.status < 400
        extra = response.headers.get("Location" if redirected else "Retry-After") or ""
        return Answer(response.status, answered, content), extra

    def _pieces(self, response: HTTPResponse) -> Iterator[bytes]:
        """Read all of the body, looking at the clock between pieces: a server may drip for ever."""
        while piece := response.read1(PIECE):
            self._left()
            self._progress()
            yield piece
        if response.length:
            raise IncompleteRead(b"", response.length)

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

    def _renew(self) -> bool:
        """Get other credentials if there may be any, once."""
        if self._renewed or not self._endpoint.renew():
            return False
        self._renewed = True
        return True

    def _progress(self) -> None:
        if self._patient:
            self._deadline = time.monotonic() + self._timeout_s

    def _left(self) -> float:
        """Seconds left for this command; raises TimedOut when there are none."""
        now = time.monotonic()
        self._deadline = self._deadline or now + self._timeout_s
        if now >= self._deadline:
            raise TimedOut(
                f"{self._origin} took longer than {self._timeout_s:g} s", hint="give it more time: --timeout 5m"
            )
        return self._deadline - now

    def _pause(self, attempt: int, retry_after: str | None, why: str) -> bool:
        """Wait before the next try, as long as the server asks or a little longer each time; False: no time left."""
        import random

        wait = random.uniform(0.1, 0.3) * 2**attempt  # noqa: S311 - jitter, not a secret
        if retry_after and retry_after.isdigit():
            wait = float(retry_after)
        if wait > min(LONGEST_WAIT_S, self._left()):
            return False
        when = f" in {wait:.0f} s" if wait >= 2 else ""
        self._notify(f"{why}; retrying{when} ({attempt + 1}/{ATTEMPTS})")
        time.sleep(wait)
        return True

    def _free_wire(self) -> Wire:
        try:
            return self._free.pop()
        except IndexError:
            return Wire(self._base, self._trusted(), direct=self._endpoint.direct)

    def _trusted(self) -> SSLContext | None:
        """What to trust where the origin is https; a certificate that nobody verifies is mentioned once."""
        endpoint = self._endpoint
        if self._context is None and urlsplit(self._base).scheme == "https":
            if endpoint.insecure_tls:
                self._notify(f"the certificate of {self._origin} is not verified")
            self._context = tls_context(endpoint.ca_cert, endpoint.client_cert, insecure=endpoint.insecure_tls)
        return self._context

    def _redirected(self, location: str) -> NotMlflow:
        target = urlsplit(location)
        elsewhere = f"{target.scheme}://{target.netloc.rpartition('@')[2]}{target.path}"
        return NotMlflow(
            f"{self._origin} redirects to {elsewhere}",
            cause="mlreg follows no redirect with a write, and none to another origin",
            hint="register the address that MLflow itself answers at; if this is a login page, use a token",
        )


def _close(wires: list[Wire]) -> None:
    for wire in wires:
        wire.close()
