"""The receiver over a real socket: what is answered to whom, and what happens only afterwards."""

from __future__ import annotations

import functools
import json
import os
import signal
import socket
import threading
from contextlib import ExitStack
from queue import Queue, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, Self

import pytest

from loyaltyctl.errors import Conflict, UsageError
from loyaltyctl.events.arrivals import Arrival
from loyaltyctl.events.checks import Policy
from loyaltyctl.events.keys import PrivateKey
from loyaltyctl.events.readings import Reader
from loyaltyctl.events.signing import Spoilt, sign, spoilt
from loyaltyctl.model.events import making
from loyaltyctl.model.events.names import find
from loyaltyctl.receiver import forwarding
from loyaltyctl.receiver.app import MAX_BODY, Received, Receiver, Refused
from loyaltyctl.receiver.book import Book
from loyaltyctl.receiver.forwarding import Forwarder, Route
from loyaltyctl.receiver.station import THREADS, Station
from loyaltyctl.serving.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.api.deliveries import Delivery
    from loyaltyctl.events.readings import Reading

NOW = 1_790_000_000.5
LONG = 30.0


@functools.cache
def key() -> PrivateKey:
    return PrivateKey.made()


@functools.cache
def token(event_id: str = "a", kind: str = "program_updated", how: Spoilt | None = None) -> str:
    document = making.sample(find(kind), NOW)
    making.set_field(document, None, "event.id", json.dumps(event_id))
    claims = making.claims(document)
    return sign(claims, key()) if how is None else spoilt(claims, key(), how, NOW)


def reader(*, checks: bool = True, policy: Policy | None = None) -> Reader:
    return Reader(
        key().public if checks else None, 0.0, policy or Policy()
    )  # the time is the receiver's affair


def read(event_id: str, kind: str = "program_updated") -> Reading:
    return reader()._replace(now=NOW).read(Arrival("", token(event_id, kind)))


class Noon:
    """A clock that stands still."""

    def time(self) -> float:
        return NOW


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection, spoken to in bytes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LONG)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def say(self, data: bytes) -> Self:
        self._socket.sendall(data)
        return self

    def answer(self, *, has_body: bool = True) -> Answer | None:
        """The next answer; None where the connection ends instead."""
        try:
            first = self._file.readline()
        except ConnectionResetError:
            return None
        if not first:
            return None
        version, status, _ = first.decode().split(" ", 2)
        assert version in ("HTTP/1.0", "HTTP/1.1")
        headers: dict[str, str] = {}
        while (text := self._file.readline().decode().strip()) != "":
            name, _, value = text.partition(": ")
            headers[name.lower()] = value
        length = int(headers.get("content-length", 0)) if has_body else 0
        return Answer(int(status), headers, self._file.read(length))

    def status(self) -> int | None:
        answer = self.answer()
        return answer.status if answer else None

    def hang_up(self) -> None:
        self._file.close()
        self._socket.close()


def request(body: str | bytes, method: str = "POST", target: str = "/", *headers: str) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


class Place(NamedTuple):
    """A station that listens."""

    station: Station
    port: int
    file: Path

    def post(self, body: str | bytes, *headers: str) -> int | None:
        return self.send(request(body, "POST", "/", *headers))

    def send(self, data: bytes) -> int | None:
        with Line(self.port) as line:
            return line.say(data).status()

    def saved(self) -> list[str]:
        return [json.loads(line)["eventId"] for line in self.file.read_text().splitlines()]

    def facts(self) -> list[Received | Refused]:
        """What it received until now; it is closed then."""
        facts = self.station.facts()
        found = [next(facts)]
        signal.raise_signal(signal.SIGINT)
        return [*found, *facts]


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Station(reader(), Noon(), tmp_path / "events.jsonl", once=True) as station:
        yield Place(station, port_of(station.listen("127.0.0.1", 0)), tmp_path / "events.jsonl")


class TestWhatIsAnswered:
    def test_200_for_what_is_genuine_and_saved(self, place: Place) -> None:
        with Line(place.port) as line:
            answer = line.say(request(token())).answer()

        assert answer
        assert answer.status == 200
        saved = json.loads(place.file.read_text())
        assert saved == {
            "receivedAt": "2026-09-21T14:13:20.500Z",
            "eventType": "wix.loyalty.v1.program_updated",
            "eventId": "a",
            "token": token(),
        }

    def test_200_for_what_came_before(self, place: Place) -> None:
        assert [place.post(token(one)) for one in "aab"] == [200, 200, 200]
        assert place.saved() == ["a", "b"]

    @pytest.mark.parametrize(
        "dress",
        ["Bearer {}", "bearer {}", '"{}"', "'{}'", '"Bearer {}"', " \r\n{}\r\n", "\t{}  ", '" {} "\n'],
    )
    def test_200_in_the_dress_that_logs_leave_on_it(self, dress: str, place: Place) -> None:
        assert place.post(dress.format(token())) == 200
        assert json.loads(place.file.read_text())["token"] == token()

    @pytest.mark.parametrize(
        "headers",
        [
            (),
            ("Content-Type: text/plain; charset=utf-8",),
            ("Content-Type: application/jwt",),
            ("Content-Type: application/x-www-form-urlencoded",),
            ("Content-Type: multipart/form-data",),
            ("Expect: nothing",),
            ("Content-Encoding: identity",),
            ("X-Forwarded-For: 1.2.3.4",),
            ("Authorization: Bearer x.y.z",),
        ],
    )
    @pytest.mark.parametrize("target", ["/", "/events", "/a/b?c=d#e", "/%00%ff", "*", "http://elsewhere/"])
    def test_200_whatever_stands_around_it(self, headers: tuple[str, ...], target: str, place: Place) -> None:
        assert place.send(request(token(), "POST", target, *headers)) == 200

    def test_200_for_a_body_that_is_announced(self, place: Place) -> None:
        head, end, body = request(token(), "POST", "/", "Expect: 100-continue").partition(b"\r\n\r\n")
        with Line(place.port) as line:
            assert line.say(head + end).status() == 100
            assert line.say(body).status() == 200

    @pytest.mark.parametrize("size", [1, 7, 100, 10_000])
    def test_200_for_a_body_in_chunks(self, size: int, place: Place) -> None:
        assert place.send(_chunked(token().encode(), size)) == 200
        assert place.saved() == ["a"]

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "MALFORMED"),
            (b" \r\n", "MALFORMED"),
            (b"{}", "MALFORMED"),
            (b"null", "MALFORMED"),
            (b"a.b", "MALFORMED"),
            (b"\xff\xfe\x00\x80", "MALFORMED"),
            (b"\0" * 99, "MALFORMED"),
            ("٣.٣.٣".encode(), "MALFORMED"),
            (b"e30.e30.AAAA\r\nX-Injected: yes", "MALFORMED"),
            (b"AAAA.e30.AAAA", "BAD_HEADER"),
            (b"x" * (MAX_BODY - 1), "TOO_LARGE"),
        ],
    )
    def test_400_for_what_is_no_token(self, body: bytes, reason: str, place: Place) -> None:
        with Line(place.port) as line:
            answer = line.say(request(body)).answer()
            assert answer
            assert (answer.status, answer.body) == (400, f"{reason}\n".encode())
            assert line.say(request(token())).status() == 200  # the connection is fit for the next one
        assert place.saved() == ["a"]

    @pytest.mark.parametrize(
        ("how", "reason"),
        [
            (Spoilt.TAMPER, "BAD_SIGNATURE"),
            (Spoilt.WRONG_KEY, "BAD_SIGNATURE"),
            (Spoilt.EXPIRED, "EXPIRED"),
            ("eyJhbGciOiJub25lIn0.e30.AAAA", "ALGORITHM_NOT_ALLOWED"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "ALGORITHM_NOT_ALLOWED"),
            ("", "BAD_PAYLOAD"),
        ],
    )
    def test_401_for_a_token_that_is_not_genuine(self, how: Spoilt | str, reason: str, place: Place) -> None:
        text = token("a", how=how) if isinstance(how, Spoilt) else how or sign({"data": "{"}, key())
        with Line(place.port) as line:
            answer = line.say(request(text)).answer()
        assert answer
        assert (answer.status, answer.body) == (401, f"{reason}\n".encode())
        assert place.file.read_bytes() == b""

    def test_401_for_one_that_the_policy_does_not_want(self) -> None:
        with Station(reader(policy=Policy(issuer="me")), Noon(), None, once=False) as station:
            port = port_of(station.listen("127.0.0.1", 0))
            with Line(port) as line:
                answer = line.say(request(token())).answer()
            assert answer
            assert (answer.status, answer.body) == (401, b"WRONG_ISSUER\n")

    def test_without_a_key_what_has_the_form_is_taken(self) -> None:
        with Station(reader(checks=False), Noon(), None, once=False) as station:
            port = port_of(station.listen("127.0.0.1", 0))
            for text, status in (
                (token(how=Spoilt.TAMPER), 200),
                (token(how=Spoilt.EXPIRED), 200),
                ("eyJhbGciOiJub25lIn0.e30.AAAA", 401),
                ("x", 400),
            ):
                with Line(port) as line:
                    assert line.say(request(text)).status() == status

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"])
    def test_405_for_anything_but_a_post(self, method: str, place: Place) -> None:
        with Line(place.port) as line:
            answer = line.say(request(token(), method)).answer()
            assert answer
            assert answer.status == 405
            assert answer.headers["allow"] == "POST"
            assert line.say(request(token())).status() == 200

    def test_405_for_a_head_and_no_body(self, place: Place) -> None:
        with Line(place.port) as line:
            answer = line.say(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").answer(has_body=False)
            assert answer
            assert answer.status == 405
            assert line.say(request(token())).status() == 200

    @pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY * 100, 10**18])
    def test_413_for_a_body_larger_than_any_event_before_it_is_sent(self, size: int, place: Place) -> None:
        assert place.send(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()) == 413
        assert place.post(token()) == 200

    def test_413_for_one_that_does_not_say_so_before(self, place: Place) -> None:
        assert place.send(_chunked(b"x" * (MAX_BODY + 1), 60_000)) == 413
        assert place.post(token()) == 200

    def test_503_for_what_cannot_be_saved_and_200_when_it_comes_again(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert place.post(token("a")) == 200
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", _refuse)
            for _ in range(2):
                with Line(place.port) as line:
                    answer = line.say(request(token("b"))).answer()
                assert answer
                assert (answer.status, answer.body) == (503, b"NOT_KEPT\n")
            assert place.saved() == ["a"]

        assert place.post(token("b")) == 200
        assert place.saved() == ["a", "b"]


def _refuse(_: int) -> None:
    raise OSError(28, "No space left on device")


def _chunked(body: bytes, size: int) -> bytes:
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    sent = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + sent + b"0\r\n\r\n"


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
    def test_what_is_no_request(self, data: bytes, status: int, place: Place) -> None:
        assert place.send(data) == status
        assert place.post(token()) == 200
        assert place.saved() == ["a"]

    @pytest.mark.parametrize(
        "data",
        [
            b"POST http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        ],
    )
    def test_what_the_server_cannot_read(
        self, data: bytes, place: Place, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert place.send(data) != 200
        assert place.post(token()) == 200
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("part", [1, 10, 40, 200, -1])
    def test_half_a_request(self, part: int, place: Place) -> None:
        with Line(place.port) as line:
            line.say(request(token())[:part])
        assert place.post(token("b")) == 200
        assert place.saved() == ["b"]

    def test_one_that_says_nothing_holds_up_nobody(self, place: Place) -> None:
        with ExitStack() as waiting:
            silent = [waiting.enter_context(Line(place.port)) for _ in range(THREADS * 2)]
            for line in silent:
                line.say(request(token("slow"))[:-1])
            assert [place.post(token(one)) for one in "abc"] == [200, 200, 200]
            assert place.saved() == ["a", "b", "c"]
            assert [line.say(token("slow")[-1].encode()).status() for line in silent] == [200] * len(silent)
        assert place.saved() == ["a", "b", "c", "slow"]

    def test_one_that_says_a_byte_at_a_time(self, place: Place) -> None:
        data = request(token())
        with Line(place.port) as line:
            for i in range(len(data)):
                line.say(data[i : i + 1])
            assert line.status() == 200

    def test_a_length_that_is_too_small_makes_half_a_token_and_a_bad_request(self, place: Place) -> None:
        whole = token()
        with Line(place.port) as line:
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(whole) - 2)
            line.say(head + whole.encode() + b"\r\n\r\n")
            assert line.status() == 401
            assert line.status() == 400  # the rest is no request
            assert line.status() is None
        assert place.saved() == []

    def test_requests_that_do_not_wait_for_answers_are_answered_in_their_order(self, place: Place) -> None:
        bodies = [token("a"), "x", token("b"), token("a"), "", token("a", how=Spoilt.TAMPER), token("c")]
        with Line(place.port) as line:
            line.say(b"".join(map(request, bodies)))
            assert [line.status() for _ in bodies] == [200, 400, 200, 200, 400, 401, 200]
        assert place.saved() == ["a", "b", "c"]

    def test_one_that_does_not_wait_for_the_answer_is_heard_all_the_same(self, place: Place) -> None:
        with Line(place.port) as line:
            line.say(request(token("a")))
        assert place.post(token("b")) == 200
        fact = next(place.station.facts())
        assert isinstance(fact, Received)
        assert fact.reading.event.id in ("a", "b")

    def test_a_connection_goes_on_after_what_was_refused(self, place: Place) -> None:
        with Line(place.port) as line:
            for body, status in (("x", 400), (token(), 200), (token(how=Spoilt.TAMPER), 401)) * 10:
                assert line.say(request(body)).status() == status

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_a_connection_ends_where_the_client_wants_that(self, version: str, place: Place) -> None:
        data = request(token(), "POST", "/", *(["Connection: close"] if version == "1.1" else []))
        with Line(place.port) as line:
            line.say(data.replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
            assert line.status() == 200
            assert line.status() is None

    def test_a_burst_over_many_connections(self, place: Place) -> None:
        with ExitStack() as burst:
            lines = [burst.enter_context(Line(place.port)) for _ in range(THREADS * 6)]
            for i, line in enumerate(lines):
                line.say(request(token(f"burst {i}") if i % 3 else "x"))
            assert [line.status() for line in lines] == [200 if i % 3 else 400 for i in range(len(lines))]
        assert sorted(place.saved()) == sorted(f"burst {i}" for i in range(len(lines)) if i % 3)


class TestAfterwards:
    """What is done with an event is done when it is answered."""

    @pytest.mark.parametrize(
        "status",
        [
            200,
            400,
            401,
        ],
    )
    def test_an_answer_waits_for_nothing_that_comes_afterwards(self, status: int) -> None:
        body = {200: token(), 400: "x", 401: token(how=Spoilt.TAMPER)}[status]
        answered = threading.Event()
        waited: SimpleQueue[bool] = SimpleQueue()

        def afterwards(_: Received | Refused) -> None:
            waited.put(answered.wait(3))

        app = Receiver(reader(), Book(None, once=True), Noon(), afterwards)
        server = Server(app, "127.0.0.1", 0, max_body=MAX_BODY, threads=1)
        with server.in_background(), Line(server.port) as line:
            assert line.say(request(body)).status() == status
            answered.set()
            assert waited.get(timeout=LONG)

    def test_nobody_needs_to_look_for_it_to_be_answered_and_saved(self, place: Place) -> None:
        with Line(place.port) as line:
            assert [line.say(request(token(f"{i}"))).status() for i in range(50)] == [200] * 50
        assert place.saved() == [f"{i}" for i in range(50)]

        facts = place.facts()
        assert [fact.reading.event.id for fact in facts if isinstance(fact, Received)] == place.saved()

    def test_facts_say_what_became_of_each_request(self, place: Place) -> None:
        with Line(place.port) as line:
            for body, method in (
                (token("a"), "POST"),
                (token("a"), "POST"),
                ("x", "POST"),
                (token("b", how=Spoilt.EXPIRED), "POST"),
                (token("c"), "GET"),
            ):
                line.say(request(body, method)).answer()

        first, second, *refused = place.facts()
        assert isinstance(first, Received)
        assert isinstance(second, Received)
        assert (first.is_new, second.is_new) == (True, False)
        assert first.reading.token == token("a")
        assert first.reading.state == "verified"
        assert refused == [Refused(400, "MALFORMED"), Refused(401, "EXPIRED"), Refused(405, "POST_ONLY")]

    def test_after_ctrl_c_nothing_more_is_taken_and_the_rest_is_told(self, place: Place) -> None:
        assert [place.post(token(one)) for one in "abc"] == [200, 200, 200]

        assert len(place.facts()) == 3
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(ConnectionRefusedError):
            place.post(token("d"))
        with Station(reader(), Noon(), place.file, once=True):  # the file is free
            assert place.saved() == ["a", "b", "c"]

    def test_a_ctrl_c_that_comes_just_before_the_wait_ends_it_too(self, place: Place) -> None:
        # What the main thread sees then is what it sees of a signal that another thread takes.
        interrupt = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        interrupt.start()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            assert list(place.station.facts()) == []
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
            interrupt.join()

    def test_who_looks_no_longer_ends_nothing_but_the_looking(self, place: Place) -> None:
        before = signal.getsignal(signal.SIGINT)
        place.post(token("a"))
        for fact in place.station.facts():
            assert isinstance(fact, Received)
            break
        assert signal.getsignal(signal.SIGINT) is before
        assert place.post(token("b")) == 200

    def test_a_station_that_is_left_gives_back_port_and_file(self, tmp_path: Path) -> None:
        file = tmp_path / "events.jsonl"
        with Station(reader(), Noon(), file, once=True) as station:
            port = port_of(station.listen("127.0.0.1", 0))
            with pytest.raises(Conflict):
                Station(reader(), Noon(), file, once=True)
            with (
                pytest.raises(UsageError, match="cannot listen on"),
                Station(reader(), Noon(), None, once=True) as other,
            ):
                other.listen("127.0.0.1", port)  # fmt: skip
        with Station(reader(), Noon(), file, once=True) as station:
            assert port_of(station.listen("127.0.0.1", port)) == port


class Shop:
    """An endpoint of somebody's: takes what is posted, once it may."""

    def __init__(self, status: int = 200) -> None:
        self.got: Queue[str] = Queue()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._status = f"{status} Whatever"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["REQUEST_METHOD"] == "POST"
        assert not {"HTTP_AUTHORIZATION", "HTTP_WIX_SITE_ID", "HTTP_COOKIE"} & environ.keys()
        self.got.put(environ["wsgi.input"].read().decode())
        self.may_answer.wait(LONG)
        start_response(self._status, [("Content-Length", "1")])
        return [b"x"]

    def received(self, number: int) -> list[str]:
        return [self.got.get(timeout=LONG) for _ in range(number)]


@pytest.fixture
def opened() -> Iterator[Callable[[Shop], str]]:
    """Opens endpoints; their addresses."""
    with ExitStack() as running:

        def start(shop: Shop) -> str:
            server = Server(shop, "127.0.0.1", 0, threads=1)
            running.enter_context(server.in_background())
            running.callback(shop.may_answer.set)
            return f"http://127.0.0.1:{server.port}/in?a=b"

        yield start


class Told(NamedTuple):
    """What a forwarder told, as it came."""

    deliveries: Queue[tuple[str, str, Delivery]]

    @classmethod
    def nothing(cls) -> Self:
        return cls(Queue())

    def __call__(self, route: Route, reading: Reading, delivery: Delivery) -> None:
        self.deliveries.put((route.pattern, reading.event.id, delivery))

    def next(self, number: int) -> list[tuple[str, str, Delivery]]:
        return [self.deliveries.get(timeout=LONG) for _ in range(number)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


class TestForwarding:
    @pytest.mark.parametrize(
        ("text", "pattern", "url"),
        [
            ("http://x", "*", "http://x"),
            ("http://x/?a=b", "*", "http://x/?a=b"),
            ("account_*=http://x", "account_*", "http://x"),
            ("account_*=http://x/?a=b", "account_*", "http://x/?a=b"),
            ("wix.loyalty.v1.*=https://x:1", "wix.loyalty.v1.*", "https://x:1"),
        ],
    )
    def test_a_route_is_an_address_with_or_without_types(self, text: str, pattern: str, url: str) -> None:
        assert Route.parse(text) == Route(pattern, url)

    @pytest.mark.parametrize(
        ("pattern", "takes"),
        [
            ("*", True),
            ("account_*", True),
            ("*account*", True),
            ("account_updated", True),
            ("wix.loyalty.v1.account_updated", True),
            ("wix.loyalty.*", True),
            ("*_updated", True),
            ("[a]ccount_updated", True),
            ("account_create?", False),
            ("account", False),
            ("Account_*", False),
            ("v1.account_*", False),
            ("program_*", False),
        ],
    )
    def test_a_pattern_is_for_the_type_with_or_without_its_domain(self, pattern: str, takes: bool) -> None:
        assert Route(pattern, "").takes("wix.loyalty.v1.account_updated") is takes

    @pytest.mark.parametrize(
        "text", ["x", "account_*=x", "ftp://x", "account_*=", "", "http://", "http://[", "http://x:0"]
    )
    def test_what_is_no_address_is_refused_at_the_start(self, text: str) -> None:
        with pytest.raises(UsageError, match="is no address to post to"):
            Forwarder([Route.parse(text)], 1, Told.nothing())

    def test_nor_is_an_empty_pattern_one(self) -> None:
        with pytest.raises(UsageError):
            Forwarder([Route.parse("=http://127.0.0.1:1")], 1, Told.nothing()).close()

    def test_events_go_where_their_types_say_in_their_order_as_they_came(
        self, opened: Callable[[Shop], str]
    ) -> None:
        everything, accounts, again, nothing = Shop(), Shop(), Shop(), Shop()
        told = Told.nothing()
        routes = [
            Route("*", opened(everything)),
            Route("account_*", opened(accounts)),
            Route("*account_updated", opened(again)),
            Route("reward_*", opened(nothing)),
        ]
        forwarder = Forwarder(routes, LONG, told)
        kinds = ["account_updated" if i % 2 else "program_updated" for i in range(40)]
        for i, kind in enumerate(kinds):
            forwarder.send(read(f"{i}", kind))
        forwarder.close()

        whole = [token(f"{i}", kind) for i, kind in enumerate(kinds)]
        assert everything.received(40) == whole
        assert accounts.received(20) == again.received(20) == whole[1::2]
        assert nothing.got.empty()
        assert forwarder.left_out == 0
        deliveries = told.next(80)
        assert all(delivery.accepted or delivery.status == 200 for _, _, delivery in deliveries)
        assert [one for pattern, one, _ in deliveries if pattern == "*"] == [f"{i}" for i in range(40)]

    def test_what_an_endpoint_answers_is_told_and_changes_nothing(
        self, opened: Callable[[Shop], str]
    ) -> None:
        shops = [Shop(status) for status in (500, 404, 302, 204)]
        told = Told.nothing()
        forwarder = Forwarder([Route("*", opened(shop)) for shop in shops], LONG, told)
        for one in "ab":
            forwarder.send(read(one))
        forwarder.close()

        assert sorted(delivery.status or 0 for _, _, delivery in told.next(8)) == [
            204,
            204,
            302,
            302,
            404,
            404,
            500,
            500,
        ]
        for shop in shops:
            assert shop.received(2) == [token("a"), token("b")]
            assert shop.got.empty()  # nothing is sent twice, no redirect is followed

    def test_a_slow_endpoint_holds_up_no_other_and_loses_nothing(self, opened: Callable[[Shop], str]) -> None:
        slow, quick = Shop(), Shop()
        slow.may_answer.clear()
        told = Told.nothing()
        forwarder = Forwarder([Route("*", opened(slow)), Route("*_updated", opened(quick))], LONG, told)
        for i in range(20):
            forwarder.send(read(f"{i}"))

        assert quick.received(20) == [token(f"{i}") for i in range(20)]
        assert [pattern for pattern, _, _ in told.next(20)] == ["*_updated"] * 20
        slow.may_answer.set()
        forwarder.close()
        assert slow.received(20) == [token(f"{i}") for i in range(20)]
        assert forwarder.left_out == 0

    def test_an_endpoint_that_never_answers_is_left_at_the_time_limit(
        self, opened: Callable[[Shop], str]
    ) -> None:
        silent = Shop()
        silent.may_answer.clear()
        told = Told.nothing()
        forwarder = Forwarder([Route("*", opened(silent))], 0.2, told)
        forwarder.send(read("a"))

        [(_, _, delivery)] = told.next(1)
        assert delivery.status is None
        assert delivery.problem == "no answer within 0.2 s"
        silent.may_answer.set()
        forwarder.close()

    def test_a_dead_endpoint_is_told_of_for_each_and_holds_up_nobody(
        self, opened: Callable[[Shop], str]
    ) -> None:
        alive = Shop()
        told = Told.nothing()
        dead = f"http://127.0.0.1:{free_port()}"
        forwarder = Forwarder([Route("*", dead), Route("*_updated", opened(alive))], LONG, told)
        for one in "abc":
            forwarder.send(read(one))
        forwarder.close()

        assert alive.received(3) == [token(one) for one in "abc"]
        deliveries = told.next(6)
        assert [(one, each.problem) for pattern, one, each in deliveries if pattern == "*"] == [
            (one, "the endpoint cannot be reached") for one in "abc"
        ]

    def test_what_a_full_queue_does_not_take_is_counted(
        self, opened: Callable[[Shop], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forwarding, "WAITING", 3)
        slow, quick = Shop(), Shop()
        slow.may_answer.clear()
        forwarder = Forwarder([Route("*", opened(slow)), Route("*", opened(quick))], LONG, Told.nothing())
        forwarder.send(read("0"))
        assert slow.received(1) == quick.received(1) == [token("0")]
        for i in range(1, 10):
            forwarder.send(read(f"{i}"))
            assert quick.received(1) == [token(f"{i}")]

        assert forwarder.left_out == 7  # the one under way takes a place too
        slow.may_answer.set()
        forwarder.close()
        assert slow.received(2) == [token(f"{i}") for i in (1, 2)]
        assert forwarder.left_out == 7

    def test_what_waits_when_patience_ends_is_counted_too(
        self, opened: Callable[[Shop], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forwarding, "PATIENCE", 0.1)
        slow = Shop()
        slow.may_answer.clear()
        forwarder = Forwarder([Route("*", opened(slow))], LONG, Told.nothing())
        forwarder.send(read("0"))
        assert slow.received(1) == [token("0")]
        for i in range(1, 6):
            forwarder.send(read(f"{i}"))

        forwarder.close()
        assert forwarder.left_out == 6  # nobody knows what becomes of the one under way
