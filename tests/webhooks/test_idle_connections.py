"""Idle and slow connections: they are closed after a timeout, and delay no other."""

from __future__ import annotations

import resource
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.serving import server as serving_server
from loyaltyctl.serving.server import CONNECTIONS, Server
from tests.webhooks.clients import LONG, Connection, RunningListener, request, token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

SHORT = 0.2
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Application:
    """WSGI application that echoes the body, once it may."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.asked.set()
        self.may_answer.wait(LONG)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def serving(app: Application, *, idle_seconds: float = LONG, request_seconds: float = LONG) -> Iterator[int]:
    """Serve `app` with these limits; yield the port."""
    running = Server(
        app, "127.0.0.1", 0, threads=2, idle_seconds=idle_seconds, request_seconds=request_seconds
    )
    with running.in_background():
        yield running.port


PARTS = {
    "nothing": b"",
    "half a line": b"POST / HT",
    "half of the headers": b"POST / HTTP/1.1\r\nHost: x\r\n",
    "half of the body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
    "half of a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "headers that ask whether to go on": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    "empty lines": b"\r\n",
    "a whole request and half of the next": GET + GET[:9],
}


@pytest.mark.parametrize("part", PARTS)
def test_a_stalled_connection_is_closed(part: str) -> None:
    with serving(Application(), idle_seconds=SHORT) as port, Connection(port) as line:
        line.send_raw(PARTS[part])

        assert ends(line)


@pytest.mark.parametrize(
    "part", ["half a line", "half of the headers", "half of the body", "half of a chunk"]
)
def test_a_request_sent_byte_by_byte_ends_at_its_timeout(part: str) -> None:
    with serving(Application(), request_seconds=SHORT) as port, Connection(port) as line:
        line.send_raw(PARTS[part])
        until = time.monotonic() + LONG
        with pytest.raises(OSError, match=r"reset|pipe"):
            while time.monotonic() < until:
                line.send_raw(b"x")
                time.sleep(SHORT / 20)


def test_a_connection_in_use_stays_open() -> None:
    with serving(Application(), request_seconds=SHORT) as port, Connection(port) as line:
        until = time.monotonic() + 4 * SHORT
        while time.monotonic() < until:
            assert line.send_raw(GET).status() == 200
            time.sleep(SHORT / 2)


def test_a_client_that_waits_for_a_slow_response_gets_it() -> None:
    app = Application()
    app.may_answer.clear()
    with serving(app, idle_seconds=SHORT, request_seconds=SHORT) as port, Connection(port) as line:
        line.send_raw(GET)
        assert app.asked.wait(LONG)
        threading.Timer(5 * SHORT, app.may_answer.set).start()

        assert line.status() == 200


def test_a_long_body_in_time_is_accepted() -> None:
    body = b"x" * 3_000_000
    with serving(Application(), idle_seconds=5.0, request_seconds=LONG) as port, Connection(port) as line:
        answer = line.send_raw(request(body)).answer()

    assert answer is not None
    assert answer.body == body


def test_a_thousand_idle_connections_do_not_block_an_event(server: RunningListener) -> None:
    _allow_files(3 * CONNECTIONS)
    with ExitStack() as connections:
        for _ in range(CONNECTIONS + 50):
            connections.enter_context(socket.create_connection(("127.0.0.1", server.port), LONG))

        assert server.post(token("a")) == 200
    assert server.saved() == ["a"]


@pytest.mark.parametrize("part", PARTS)
def test_with_many_connections_idle_ones_are_closed_early(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_server, "CONNECTIONS", 20)
    monkeypatch.setattr(serving_server, "CROWDED_SECONDS", SHORT)
    with serving(Application(), request_seconds=4 * SHORT) as port, ExitStack() as connections:
        for _ in range(30):
            connections.enter_context(Connection(port)).send_raw(PARTS[part])

        with Connection(port) as line:
            assert line.send_raw(GET).status() == 200


def _allow_files(number: int) -> None:
    """Raise the limit of open files: both ends of the connections are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def ends(line: Connection) -> bool:
    """Return whether the server closes the connection after its remaining output."""
    while (answer := line.answer(has_body=False)) is not None:
        assert answer.status in {100, 200}
    return True
