"""One attempt against servers that fail in every way that a socket allows."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.api.auth import ApiKey
from loyaltyctl.api.calls import Call
from loyaltyctl.api.exchange import AttemptFailed, Exchange
from loyaltyctl.api.methods import EARNING_RULES, Content, Effect, Method
from loyaltyctl.api.retry_policy import FailureKind
from loyaltyctl.intake.secret import Secret
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.api.hooks import Notification

SECONDS = 0.6
SLACK = 2.5
"""Tolerance for a busy machine: the servers below that never end take 5 s and longer."""
GET = Method("GET", "/x", Effect.READ, Content.ONE, EARNING_RULES)
POST = Method("POST", "/x", Effect.READ)
CALL = Call("get it", GET, "/x")
GOOD = b'{"earningRule": {"id": "a"}}'
TLS = b"\x16"
"""The first byte of a handshake."""
HEADERS: dict[str, str | Secret] = {"Authorization": Secret(KEY, "key"), "wix-site-id": SITE}

Behave = Any


@pytest.fixture
def requests_read() -> list[bytes]:
    """The requests that the servers of `raw` have read."""
    return []


@pytest.fixture
def raw(requests_read: list[bytes]) -> Iterator[Callable[[Behave], str]]:
    """Starts a server that calls a function with each connection, after reading its request."""
    listeners: list[socket.socket] = []

    def start(behave: Behave) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                requests_read.append(request_of(connection))
                behave(connection)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def request_of(connection: socket.socket) -> bytes:
    """Read a whole request: closing a connection with unread data would reset it and lose the response."""
    data = b""
    while part := connection.recv(65536):
        data += part
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
        if data.startswith(TLS) or (end and len(body) >= int(length[1] if length else 0)):
            break
    return data


def http_response(
    body: bytes = GOOD, status: str = "200 OK", *headers: str, length: int | None = None
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",  # as the servers of `raw` do; a client must not send again on it
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def send(origin: str, call: Call = CALL, seconds: float = SECONDS) -> Any:
    exchange = Exchange.over_http(origin, lambda _: None)
    try:
        return exchange.send(call, HEADERS, seconds)
    finally:
        exchange.close()


def drip(connection: socket.socket, data: bytes, at_once: bytes = b"") -> None:
    connection.sendall(at_once)
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def reset(connection: socket.socket, at_once: bytes = b"") -> None:
    connection.sendall(at_once)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def endless_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


LOST: dict[str, Behave] = {
    "closes at once": lambda _: None,
    "resets": reset,
    "never answers": lambda _: time.sleep(5),
    "drips its headers": lambda connection: drip(connection, http_response()),
    "drips its body": lambda connection: drip(connection, b" " * 99, http_response(length=500)),
    "drips chunks": lambda connection: drip(connection, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 99),
    "sends headers without end": endless,
    "sends a body without end": endless_body,
    "stops in its headers": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-"),
    "stops in its body": lambda connection: connection.sendall(http_response(length=500)),
    "resets in its body": lambda connection: reset(connection, http_response(length=500)),
    "stops in a chunk": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"),
    "speaks no HTTP": lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n"),
    "speaks TLS": lambda connection: connection.sendall(b"\x15\x03\x01\x00\x02\x02\x50"),
    "contradicts itself": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
    "sends HTML": lambda connection: connection.sendall(http_response(b"<html>Welcome</html>")),
    "sends nothing": lambda connection: connection.sendall(http_response(b"")),
    "sends text": lambda connection: connection.sendall(http_response(b'"hello"')),
    "sends another object": lambda connection: connection.sendall(http_response(b'{"earningRules": []}')),
    "sends a number where a rule should be": lambda connection: connection.sendall(http_response(b'{"earningRule": 5}')),
    "sends NaN": lambda connection: connection.sendall(http_response(b'{"earningRule": {"a": NaN}}')),
    "sends a member twice": lambda connection: connection.sendall(http_response(b'{"earningRule": {}, "earningRule": {}}')),
    "sends latin-1": lambda connection: connection.sendall(http_response(b'{"earningRule": {"title": "\xe9"}}')),
    "sends UTF-16": lambda connection: connection.sendall(http_response('{"earningRule": {}}'.encode("utf-16"))),
    "sends a tower": lambda connection: connection.sendall(http_response(b'{"earningRule": ' * 500)),
    "packs it with brotli": lambda connection: connection.sendall(http_response(b"\x0b", "200 OK", "Content-Encoding: br")),
    "packs it wrongly": lambda connection: connection.sendall(http_response(b"no gzip", "200 OK", "Content-Encoding: gzip")),
    "is a broken gateway": lambda connection: connection.sendall(http_response(b"<html>", "502 Bad Gateway")),
}  # fmt: skip


@pytest.mark.parametrize("what", LOST)
def test_a_broken_response_is_lost_within_the_time_limit(what: str, raw: Callable[[Behave], str]) -> None:
    began = time.monotonic()

    with pytest.raises(AttemptFailed) as failed:
        send(raw(LOST[what]))

    assert failed.value.kind is FailureKind.LOST
    assert time.monotonic() - began < SECONDS + SLACK
    assert KEY not in failed.value.error.message


def test_a_response_has_the_servers_time_and_its_id(raw: Callable[[Behave], str]) -> None:
    date, request = "Date: Sat, 21 Nov 2026 10:00:00 GMT", "X-Wix-Request-Id: req-7"
    good = send(raw(lambda connection: connection.sendall(http_response(GOOD, "200 OK", date, request))))

    assert good.body == {"earningRule": {"id": "a"}}
    assert (good.server_time, good.request_id) == (1795255200.0, "req-7")


def test_an_invalid_date_is_ignored(raw: Callable[[Behave], str]) -> None:
    assert (
        send(
            raw(lambda connection: connection.sendall(http_response(GOOD, "200 OK", "Date: soon")))
        ).server_time
        is None
    )


def test_the_response_to_a_delete_may_be_empty(raw: Callable[[Behave], str]) -> None:
    for reply in (http_response(b"", "204 No Content"), http_response(b""), http_response(b"{}")):
        origin = raw(lambda connection, reply=reply: connection.sendall(reply))
        assert send(origin, Call("delete it", Method("DELETE", "/x", Effect.DELETE), "/x")).body == {}


@pytest.mark.parametrize("location", ["https://evil.example/", "/elsewhere", "", "http://[", "\x1b]0;x\x07"])
def test_a_redirect_is_an_error_and_is_not_followed(location: str, raw: Callable[[Behave], str]) -> None:
    connections: list[int] = []

    def redirect(connection: socket.socket) -> None:
        connections.append(1)
        connection.sendall(http_response(b"", "307 Temporary Redirect", f"Location: {location}"))

    with pytest.raises(AttemptFailed) as failed:
        send(raw(redirect))

    assert failed.value.kind is FailureKind.REFUSED
    assert connections == [1]


@pytest.mark.parametrize(("location", "place"), [
    ("https://me:pw@elsewhere.example:8443/sign-in?token=x", "https://elsewhere.example:8443"), ("http://elsewhere.example/", "http://elsewhere.example"),
    ("javascript:alert(1)", "an address that is not valid"), ("http://a:port/", "an address that is not valid"),
    ("http://[::1]:1/", "http://[::1]:1"), ("/elsewhere", "another place on the same host"),
])  # fmt: skip
def test_a_redirect_is_described_by_its_server(
    location: str, place: str, raw: Callable[[Behave], str]
) -> None:
    reply = http_response(b"", "302 Found", f"Location: {location}")
    with pytest.raises(AttemptFailed, match=re.escape(f"redirects to {place}, and")) as failed:
        send(raw(lambda connection: connection.sendall(reply)))

    assert failed.value.error.hint.endswith("base-url --show-origin")


def test_a_refused_connection_is_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        origin = f"http://127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(AttemptFailed) as failed:
        send(origin)

    assert failed.value.kind is FailureKind.UNSENT
    assert "cannot be reached" in failed.value.error.message


def test_a_server_that_does_not_accept_is_unsent_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)  # noqa: FBT003 - the standard library's signature
            client.connect_ex(address)
        began = time.monotonic()

        with pytest.raises(AttemptFailed):
            send(f"http://127.0.0.1:{address[1]}")

        assert time.monotonic() - began < SECONDS + SLACK
        for client in waiting:
            client.close()


def test_a_self_signed_certificate_is_unsent(tls_server: str) -> None:
    with pytest.raises(AttemptFailed) as failed:
        send(tls_server, seconds=5)

    assert failed.value.kind is FailureKind.UNSENT
    assert "certificate" in failed.value.error.message


def test_no_notification_contains_a_secret(raw: Callable[[Behave], str]) -> None:
    notifications: list[Notification] = []
    exchange = Exchange.over_http(
        raw(lambda connection: connection.sendall(http_response())), notifications.append
    )
    secret = Call("sign in", POST, "/x", body={"client_secret": KEY}, secrets=(Secret(KEY, "key"),))

    exchange.send(CALL, ApiKey(Secret(KEY, "key"), SITE).headers(lambda _: None), SECONDS)  # type: ignore[arg-type, return-value]  # never called
    exchange.send(secret, {}, SECONDS)
    exchange.close()

    assert len(notifications) == 4
    assert KEY not in repr(notifications)
    assert "…6789" in repr(notifications)


@pytest.mark.parametrize(
    "status", ["401 Unauthorized", "429 Too Many Requests", "500 Oh", "503 Oh", "299 Odd"]
)
def test_an_error_response_has_its_id_and_its_retry_after(status: str, raw: Callable[[Behave], str]) -> None:
    reply = http_response(b'{"message": "no"}', status, "Retry-After: 7", "X-Wix-Request-Id: req-9")

    with pytest.raises(AttemptFailed) as failed:
        send(raw(lambda connection: connection.sendall(reply)))

    assert failed.value.error.request_id == "req-9"
    assert failed.value.retry_after == (None if status.startswith("299") else 7)


PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture
def proxied(raw: Callable[[Behave], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every proxy variable names a proxy that refuses."""
    url = raw(lambda connection: connection.sendall(http_response(b"", "403 Forbidden")))
    for name in PROXIES:
        monkeypatch.setenv(name, url)


@pytest.mark.usefixtures("proxied")
def test_a_proxy_tunnels_https_and_sees_no_secret(requests_read: list[bytes]) -> None:
    with pytest.raises(AttemptFailed) as failed:
        send("https://api.example")

    assert failed.value.kind is FailureKind.UNSENT
    assert "https://api.example through the proxy http://127.0.0.1:" in failed.value.error.message
    assert "HTTPS_PROXY" in failed.value.error.hint
    assert requests_read[0].startswith(b"CONNECT api.example:443 ")
    assert KEY.encode() not in b"".join(requests_read)


def test_an_unreachable_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:s3cret@127.0.0.1:1")
    with pytest.raises(AttemptFailed) as failed:
        send("https://api.example")

    error = failed.value.error
    reason = "https://api.example through the proxy http://127.0.0.1:1 cannot be reached (Connection refused)"
    assert error.message == f"could not get it: {reason}"
    assert "s3cret" not in error.message + error.hint
    assert error.hint.startswith("Check https_proxy")


def test_a_server_without_tls_is_reported(raw: Callable[[Behave], str]) -> None:
    origin = raw(lambda connection: connection.sendall(http_response())).replace("http:", "https:")
    with pytest.raises(AttemptFailed) as failed:
        send(origin)

    assert failed.value.error.message.endswith(f"{origin} cannot be reached (it does not speak TLS)")


def test_a_web_page_is_reported(raw: Callable[[Behave], str]) -> None:
    with pytest.raises(AttemptFailed) as failed:
        send(raw(lambda connection: connection.sendall(http_response(b"<html>Welcome</html>"))))

    assert failed.value.error.message == "could not get it: a web page answered, not the API"
    assert failed.value.error.hint.startswith("The response is not the API's. ")


@pytest.mark.usefixtures("proxied")
def test_plain_http_and_excepted_hosts_use_no_proxy(
    raw: Callable[[Behave], str], tls_server: str, monkeypatch: pytest.MonkeyPatch, requests_read: list[bytes]
) -> None:
    assert send(raw(lambda connection: connection.sendall(http_response()))).body
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(AttemptFailed, match="certificate"):
        send(tls_server, seconds=5)

    assert not any(request.startswith(b"CONNECT") for request in requests_read)


def test_a_secret_that_a_server_quotes_is_redacted(raw: Callable[[Behave], str]) -> None:
    notifications: list[Notification] = []
    quoted = f"you sent {KEY}".encode()
    body = b'{"message": "%s", "details": {"applicationError": {"code": "%s"}}}' % (quoted, quoted)
    reply = http_response(body, "401 Unauthorized", f"X-Wix-Request-Id: {KEY}")
    exchange = Exchange.over_http(raw(lambda connection: connection.sendall(reply)), notifications.append)
    sign_in = Call("sign in", POST, "/x", body={"s": KEY}, secrets=(Secret(KEY, "key"),))

    for call, headers in ((CALL, HEADERS), (sign_in, {})):
        with pytest.raises(AttemptFailed) as failed:
            exchange.send(call, headers, SECONDS)
        error = failed.value.error
        assert KEY not in f"{error.message}{error.reason}{error.request_id}{notifications}"
        assert "you sent ***" in error.message
    exchange.close()


def test_parsing_counts_toward_the_timeout(raw: Callable[[Behave], str]) -> None:
    many = b'{"earningRules":[' + b"{}," * 3_000_000 + b"{}]}"

    with pytest.raises(AttemptFailed, match="no response within 1") as failed:
        send(raw(lambda connection: connection.sendall(http_response(many))), seconds=1)

    assert failed.value.kind is FailureKind.LOST
