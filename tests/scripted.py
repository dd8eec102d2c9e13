"""A real HTTP server on loopback that answers as a test says and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer to give. A `body` that is no text is sent as JSON.

    `drop` closes the connection without any answer, `cut` before the end that was promised.
    """

    status: int = 200
    body: Any = ""
    type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False

    @property
    def content(self) -> bytes:
        """The bytes to send."""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    @property
    def media_type(self) -> str:
        """Its type: JSON for data, HTML for text, unless said."""
        return self.type or ("text/html; charset=utf-8" if isinstance(self.body, str) else "application/json")


@dataclass
class Scripted:
    """A running server: where it is and what it was asked."""

    uri: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def scripted(answer: Callable[[Asked], Reply], *, nagle: bool = False) -> Iterator[Scripted]:
    """Run a server that answers each request with what `answer` returns for it.

    With `nagle` it sends the body of an answer only when the client has acknowledged the head.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = not nagle

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Asked(
                self.command,
                self.path,
                {name.title(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            server.asked.append(request)
            reply = answer(request)
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.media_type, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content) + reply.cut))
            self.close_connection = reply.cut
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_one  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server = Scripted(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
