"""The transport against servers that misbehave: redirects, lost answers, silence, bad certificates, plain http."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlreg.adapters.http import Endpoint, Transport
from mlreg.core.addresses import origin
from mlreg.core.errors import NotAllowed, NotMlflow, TimedOut, Unreachable, Untrusted, Usage
from tests.scripted import Asked, Reply, scripted
from tests.servers import Server, free_port
from tests.waiting import until

TOKEN = "Bearer c4n4ry"


def transport(uri: str, timeout_s: float = 5, said: list[str] | None = None, **settings: object) -> Transport:
    """A transport with a credential and a custom secret header."""
    secret = {"Authorization": TOKEN, "X-Gateway-Key": "c4n4ry"}
    endpoint = Endpoint(**{"uri": uri, "authorize": lambda: secret, **settings})  # type: ignore[arg-type]
    return Transport(endpoint, timeout_s=timeout_s, notify=(said if said is not None else []).append)


@contextmanager
def deaf(speak: bytes = b"") -> Iterator[str]:
    """A server that accepts, perhaps says something, and then is silent for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            kept.append(connection)
            if speak:
                connection.sendall(speak)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in kept:
            connection.close()


def test_a_patient_transport_does_not_count_what_its_user_does_meanwhile() -> None:
    """Time without progress is the server's: a program may let a connection rest for longer than that."""
    with scripted(lambda _: Reply(200, {})) as server:
        way = Transport(Endpoint(uri=server.uri), timeout_s=0.2, notify=lambda _: None, patient=True)
        assert way.get("/x").status == 200
        rested = time.monotonic() + 0.25
        until(lambda: time.monotonic() > rested, 5, lambda: "time stands still")
        assert way.get("/x").status == 200


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux can be told to acknowledge at once")
def test_a_server_waits_for_no_acknowledgement() -> None:
    """A server that sends bodies once their heads are acknowledged, as MLflow's does, is not kept waiting for 40 ms."""
    took = []
    with scripted(lambda _: Reply(200, {}), nagle=True) as server:
        way = transport(server.uri)
        for _ in range(20):
            started = time.monotonic()
            way.get("/x")
            took.append(time.monotonic() - started)
    assert min(took[10:]) < 0.03


def test_reads_are_tried_three_times() -> None:
    """A passing fault is retried with a word about it; the third answer stands."""
    said: list[str] = []
    answers = iter([Reply(503, "busy"), Reply(drop=True), Reply(200, {"ok": 1})])
    with scripted(lambda _: next(answers)) as server:
        assert transport(server.uri, said=said).get("/x").status == 200
    assert len(server.asked) == 3
    assert "retrying (2/3)" in said[0]
    assert "retrying (3/3)" in said[1]


def test_reads_give_up_after_three() -> None:
    """The last bad answer is given back as it is."""
    with scripted(lambda _: Reply(502, "bad gateway")) as server:
        assert transport(server.uri).get("/x").status == 502
    assert len(server.asked) == 3


def test_retry_after_is_honoured_or_declined() -> None:
    """A wait that is longer than the deadline is not begun."""
    with scripted(lambda _: Reply(429, "slow down", headers={"Retry-After": "3600"})) as server:
        assert transport(server.uri).get("/x").status == 429
    assert len(server.asked) == 1


@pytest.mark.parametrize("reply", [Reply(503, "busy"), Reply(drop=True)])
def test_writes_are_sent_once(reply: Reply) -> None:
    """Whatever happens, a write arrives one time; a lost answer is said to leave the outcome open."""
    with scripted(lambda _: reply) as server:
        if reply.drop:
            with pytest.raises(Unreachable) as caught:
                transport(server.uri).send("POST", "/x", {"a": 1})
            assert "may have done it" in str(caught.value.hint)
        else:
            assert transport(server.uri).send("POST", "/x", {"a": 1}).status == 503
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_write_follows_no_redirect(status: int) -> None:
    """Not even on the same origin."""
    with (
        scripted(lambda _: Reply(status, headers={"Location": "/elsewhere"})) as server,
        pytest.raises(NotMlflow, match="redirects"),
    ):
        transport(server.uri).send("POST", "/x", {})
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_on_the_same_origin(status: int) -> None:
    """With its credentials, which go where they would have gone anyway."""

    def answer(asked: Asked) -> Reply:
        return Reply(200, "here") if asked.path == "/y" else Reply(status, headers={"Location": "/y"})

    with scripted(answer) as server:
        assert transport(server.uri).get("/x").text == "here"
    assert server.asked[1].headers["Authorization"] == TOKEN


def test_a_read_follows_no_redirect_to_another_origin() -> None:
    """Another port is another origin: nothing is sent there, and the error shows no credentials in its address."""
    with scripted(lambda _: Reply(200, "gotcha")) as other:
        location = other.uri.replace("http://", "http://user:c4n4ry@") + "/x?token=c4n4ry"
        with (
            scripted(lambda _: Reply(302, headers={"Location": location})) as server,
            pytest.raises(NotMlflow) as caught,
        ):
            transport(server.uri).get("/x")
    assert not other.asked
    assert "c4n4ry" not in str(caught.value.message)
    assert other.uri in caught.value.message


def test_redirects_do_not_go_in_circles() -> None:
    """After five the read gives up."""
    with scripted(lambda _: Reply(302, headers={"Location": "/x"})) as server, pytest.raises(NotMlflow):
        transport(server.uri).get("/x")
    assert len(server.asked) == 6


@pytest.mark.parametrize("speak", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"], ids=["silent", "stuck"])
def test_a_deaf_server_is_given_up(speak: bytes) -> None:
    """The deadline bounds the whole command, whether nothing comes or not all of it."""
    with deaf(speak) as uri, pytest.raises(TimedOut):
        transport(uri, timeout_s=0.4).get("/x")


def test_nobody_listens() -> None:
    """A refused connection is an unreachable server, and says so without object addresses."""
    uri = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable) as caught:
        transport(uri).get("/x")
    assert (caught.value.message, caught.value.cause) == (f"cannot connect to {uri}", "Connection refused")


def test_no_such_host() -> None:
    """A name that does not resolve is named."""
    with pytest.raises(Unreachable, match=r"no host mlflow\.invalid"):
        transport("https://mlflow.invalid", timeout_s=20).get("/x")


def test_no_credential_over_plain_http() -> None:
    """To another machine nothing is sent unencrypted: no connection is made at all."""
    with pytest.raises(NotAllowed, match="no credential is sent"):
        transport("http://192.0.2.1").get("/x")


def test_plain_http_with_consent_or_without_credentials() -> None:
    """Consent, or nothing to protect, lets the request go out."""
    for settings in ({"allow_http": True}, {"authorize": dict}):
        with pytest.raises(Unreachable):
            transport("http://mlflow.invalid", timeout_s=5, **settings).get("/x")


def test_an_unknown_authority_is_not_trusted(secure_server: Server) -> None:
    """Without the private CA the server is refused before anything secret is sent."""
    with pytest.raises(Untrusted) as caught:
        transport(secure_server.uri).get("/health")
    assert "--tracking-ca-cert" in str(caught.value.hint)


def test_a_private_authority(secure_server: Server) -> None:
    """With it the server is trusted."""
    assert transport(secure_server.uri, ca_cert=str(secure_server.ca_cert)).get("/health").status == 200


def test_insecure_tls_is_said(secure_server: Server) -> None:
    """Not verifying works, with a warning each time."""
    said: list[str] = []
    assert transport(secure_server.uri, said=said, insecure_tls=True).get("/health").status == 200
    assert "not verified" in said[0]


def test_a_certificate_for_another_name(secure_server: Server) -> None:
    """The name must be in the certificate."""
    uri = secure_server.uri.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises((Untrusted, Unreachable)):
        transport(uri, ca_cert=str(secure_server.ca_cert)).get("/health")


def test_https_to_a_plain_port() -> None:
    """Speaking TLS to an http server says what is wrong."""
    with scripted(lambda _: Reply()) as server, pytest.raises(Unreachable) as caught:
        transport(server.uri.replace("http:", "https:")).get("/x")
    assert "does not speak TLS" in caught.value.message


def test_http_to_a_tls_port(secure_server: Server) -> None:
    """Speaking plain http to a server with TLS is answered with its other address."""
    with pytest.raises(Unreachable) as caught:
        transport(secure_server.uri.replace("https:", "http:"), allow_http=True).get("/health")
    assert caught.value.hint == f"does the server speak TLS? then it is {secure_server.uri}"


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_an_unusable_certificate_file(tmp_path: Path, content: str | None) -> None:
    """A missing or broken file is named."""
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(Usage, match=r"ca\.pem"):
        transport("https://127.0.0.1:9", ca_cert=str(file)).get("/x")


def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password for this host in ~/.netrc stays there."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login ada password c4n4ry\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(lambda _: Reply(200, {})) as server:
        transport(server.uri, authorize=dict).get("/x")
    assert "Authorization" not in server.asked[0].headers


def test_a_proxy_is_used_and_its_password_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY is followed, NO_PROXY respected, and a failing proxy is named without its login."""
    with scripted(lambda _: Reply(200, "by proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.uri.replace("http://", "http://u:c4n4ry@"))
        assert transport("http://mlflow.invalid", authorize=dict).get("/x").text == "by proxy"
        assert proxy.asked[0].path == "http://mlflow.invalid/x"
        assert proxy.asked[0].headers["Proxy-Authorization"].startswith("Basic ")
        monkeypatch.setenv("no_proxy", "mlflow.invalid")
        with pytest.raises(Unreachable):
            transport("http://mlflow.invalid", authorize=dict).get("/x")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(Unreachable) as caught:
        transport("http://mlflow.invalid", authorize=dict).get("/x")
    assert "c4n4ry" not in f"{caught.value.message}{caught.value.cause}"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://h/x", "https://h"),
        ("https://h:443", "https://h"),
        ("HTTP://h:5000/a", "http://h:5000"),
        ("http://u:p@h", "http://h"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
    ],
)
def test_origin(uri: str, expected: str) -> None:
    """Scheme, host and port, and never a login."""
    assert origin(uri) == expected
