"""Clients that send nonsense, or half of it, or nothing: they hold up nobody."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from loyaltyctl.tokens.signing import Defect
from loyaltyctl.webhooks.app import Accepted
from loyaltyctl.webhooks.listener import THREADS
from tests.webhooks.clients import Line, Place, request, token


class TestBadClients:
    """Whatever one of them does, the next one is answered, and nothing is saved of theirs."""

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # somebody speaks TLS
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
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405),  # somebody speaks HTTP/2
            (b"POST /\r\n\r\n", 400),
        ],
    )
    def test_what_is_no_request(self, data: bytes, status: int, server: Place) -> None:
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
    def test_what_the_server_cannot_read(
        self, data: bytes, server: Place, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert server.send(data) != 200
        assert server.post(token()) == 200
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("part", [1, 10, 40, 200, -1])
    def test_half_a_request(self, part: int, server: Place) -> None:
        with Line(server.port) as line:
            line.say(request(token())[:part])
        assert server.post(token("b")) == 200
        assert server.saved() == ["b"]

    def test_one_that_says_nothing_holds_up_nobody(self, server: Place) -> None:
        with ExitStack() as waiting:
            silent = [waiting.enter_context(Line(server.port)) for _ in range(THREADS * 2)]
            for line in silent:
                line.say(request(token("slow"))[:-1])
            assert [server.post(token(one)) for one in "abc"] == [200, 200, 200]
            assert server.saved() == ["a", "b", "c"]
            assert [line.say(token("slow")[-1].encode()).status() for line in silent] == [200] * len(silent)
        assert server.saved() == ["a", "b", "c", "slow"]

    def test_one_that_says_a_byte_at_a_time(self, server: Place) -> None:
        data = request(token())
        with Line(server.port) as line:
            for i in range(len(data)):
                line.say(data[i : i + 1])
            assert line.status() == 200

    def test_a_length_that_is_too_small_makes_half_a_token_and_a_bad_request(self, server: Place) -> None:
        whole = token()
        with Line(server.port) as line:
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(whole) - 2)
            line.say(head + whole.encode() + b"\r\n\r\n")
            assert line.status() == 401
            assert line.status() == 400  # the rest is no request
            assert line.status() is None
        assert server.saved() == []

    def test_requests_that_do_not_wait_for_answers_are_answered_in_their_order(self, server: Place) -> None:
        bodies = [token("a"), "x", token("b"), token("a"), "", token("a", how=Defect.TAMPER), token("c")]
        with Line(server.port) as line:
            line.say(b"".join(map(request, bodies)))
            assert [line.status() for _ in bodies] == [200, 400, 200, 200, 400, 401, 200]
        assert server.saved() == ["a", "b", "c"]

    def test_one_that_does_not_wait_for_the_answer_is_heard_all_the_same(self, server: Place) -> None:
        with Line(server.port) as line:
            line.say(request(token("a")))
        assert server.post(token("b")) == 200
        result = next(server.listener.results())
        assert isinstance(result, Accepted)
        assert result.event.event.id in ("a", "b")

    def test_a_connection_goes_on_after_what_was_refused(self, server: Place) -> None:
        with Line(server.port) as line:
            for body, status in (("x", 400), (token(), 200), (token(how=Defect.TAMPER), 401)) * 10:
                assert line.say(request(body)).status() == status

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_a_connection_ends_where_the_client_wants_that(self, version: str, server: Place) -> None:
        data = request(token(), "POST", "/", *(["Connection: close"] if version == "1.1" else []))
        with Line(server.port) as line:
            line.say(data.replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
            assert line.status() == 200
            assert line.status() is None

    def test_a_burst_over_many_connections(self, server: Place) -> None:
        with ExitStack() as burst:
            lines = [burst.enter_context(Line(server.port)) for _ in range(THREADS * 6)]
            for i, line in enumerate(lines):
                line.say(request(token(f"burst {i}") if i % 3 else "x"))
            assert [line.status() for line in lines] == [200 if i % 3 else 400 for i in range(len(lines))]
        assert sorted(server.saved()) == sorted(f"burst {i}" for i in range(len(lines)) if i % 3)
