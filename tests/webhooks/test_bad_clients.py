"""Clients that send invalid, incomplete or no requests: they delay no other."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from loyaltyctl.tokens.signing import Defect
from loyaltyctl.webhooks.listener import THREADS
from tests.webhooks.clients import LONG, Connection, RunningListener, request, token


class TestBadClients:
    """After each of them, the next request is answered, and nothing of theirs is saved."""

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # TLS
            (b"hello\r\n\r\n", 400),
            (b"\xff" * 999 + b"\r\n\r\n", 400),
            (b"\0\0\0\0\r\n\r\n", 400),
            (b"post / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nno header\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: x\nContent-Length: 1\r\n\r\nx", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\nabc", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\nabcde", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: five\r\n\r\nabcde", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: \xd9\xa3\r\n\r\nabc", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (b"POST / HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", 431),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405),  # HTTP/2
            (b"POST /\r\n\r\n", 400),
        ],
    )
    def test_an_invalid_request_gets_an_error_status(
        self, data: bytes, status: int, server: RunningListener
    ) -> None:
        assert server.send(data) == status
        assert server.post(token()) == 200
        assert server.saved() == ["a"]

    @pytest.mark.parametrize(
        "data",
        [
            b"POST http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        ],
    )
    def test_a_request_that_cannot_be_parsed_gets_no_response(
        self, data: bytes, server: RunningListener, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert server.send(data) is None
        assert server.post(token()) == 200
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("part", [1, 10, 40, 200, -1])
    def test_an_incomplete_request_is_not_saved(self, part: int, server: RunningListener) -> None:
        with Connection(server.port) as line:
            line.send_raw(request(token())[:part])
        assert server.post(token("b")) == 200
        assert server.saved() == ["b"]

    def test_a_silent_client_delays_no_other(self, server: RunningListener) -> None:
        with ExitStack() as waiting:
            silent = [waiting.enter_context(Connection(server.port)) for _ in range(THREADS * 2)]
            for line in silent:
                line.send_raw(request(token("slow"))[:-1])
            assert [server.post(token(one)) for one in "abc"] == [200, 200, 200]
            assert server.saved() == ["a", "b", "c"]
            assert [line.send_raw(token("slow")[-1].encode()).status() for line in silent] == [200] * len(
                silent
            )
        assert server.saved() == ["a", "b", "c", "slow"]

    def test_a_request_may_be_sent_byte_by_byte(self, server: RunningListener) -> None:
        data = request(token())
        with Connection(server.port) as line:
            for i in range(len(data)):
                line.send_raw(data[i : i + 1])
            assert line.status() == 200

    def test_a_content_length_that_is_too_small_gives_an_incomplete_token_and_a_bad_request(
        self, server: RunningListener
    ) -> None:
        whole = token()
        with Connection(server.port) as line:
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(whole) - 2)
            line.send_raw(head + whole.encode() + b"\r\n\r\n")
            assert line.status() == 401
            assert line.status() == 400  # the rest is not a request
            assert line.status() is None
        assert server.saved() == []

    def test_pipelined_requests_are_answered_in_order(self, server: RunningListener) -> None:
        bodies = [token("a"), "x", token("b"), token("a"), "", token("a", how=Defect.TAMPER), token("c")]
        with Connection(server.port) as line:
            line.send_raw(b"".join(map(request, bodies)))
            assert [line.status() for _ in bodies] == [200, 400, 200, 200, 400, 401, 200]
        assert server.saved() == ["a", "b", "c"]

    def test_an_event_is_accepted_though_its_client_disconnects(self, server: RunningListener) -> None:
        with Connection(server.port) as line:
            line.send_raw(request(token("a")))
        assert server.post(token("b")) == 200
        end = time.monotonic() + LONG
        while len(server.saved()) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert sorted(server.saved()) == ["a", "b"]

    def test_a_connection_stays_open_after_a_rejection(self, server: RunningListener) -> None:
        with Connection(server.port) as line:
            for body, status in (("x", 400), (token(), 200), (token(how=Defect.TAMPER), 401)) * 10:
                assert line.send_raw(request(body)).status() == status

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_a_connection_is_closed_if_the_client_asks(self, version: str, server: RunningListener) -> None:
        data = request(token(), "POST", "/", *(["Connection: close"] if version == "1.1" else []))
        with Connection(server.port) as line:
            line.send_raw(data.replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
            assert line.status() == 200
            assert line.status() is None

    def test_a_burst_over_many_connections_is_answered(self, server: RunningListener) -> None:
        with ExitStack() as burst:
            lines = [burst.enter_context(Connection(server.port)) for _ in range(THREADS * 6)]
            for i, line in enumerate(lines):
                line.send_raw(request(token(f"burst {i}") if i % 3 else "x"))
            assert [line.status() for line in lines] == [200 if i % 3 else 400 for i in range(len(lines))]
        assert sorted(server.saved()) == sorted(f"burst {i}" for i in range(len(lines)) if i % 3)
