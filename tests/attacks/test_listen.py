"""`events listen` under 1,000 requests a second from a second process, killed in the middle: nothing that was acknowledged is lost.

Five seconds by default; `LOYALTYCTL_TEST_SECONDS=30 python -m pytest tests/attacks/test_listen.py -rP -k killed`
for a long run. -rP prints the rate and the latencies: they are told, and no test fails for them.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import multiprocessing
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from loyaltyctl.events.keys import PrivateKey
from loyaltyctl.events.signing import Spoilt, sign, spoilt
from loyaltyctl.model.events import making
from loyaltyctl.model.events.catalogue import IN_TIME
from loyaltyctl.model.events.names import find
from tests import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from tests.conftest import Home

SECONDS = int(os.environ.get("LOYALTYCTL_TEST_SECONDS", "5"))
RATE = 1000
SENDERS = 24
TORN = b'{"receivedAt":"2026-11-21T08:00'
"""What is left of a line where the machine stops in the middle of it."""

GENUINE, TAMPERED, EXPIRED, SHORT, GARBAGE, METHOD, HALF = (
    "genuine",
    "tampered",
    "expired",
    "cut short",
    "garbage",
    "wrong method",
    "half a request",
)
ANSWERS = {GENUINE: 200, TAMPERED: 401, EXPIRED: 401, SHORT: 401, GARBAGE: 400, METHOD: 405, HALF: None}
BAD = [kind for kind in ANSWERS if kind != GENUINE]


class Shot(NamedTuple):
    """A request to be sent, and the event that it is of."""

    kind: str
    event_id: str
    data: bytes


class Hit(NamedTuple):
    """What became of it: the status, if any, when it was sent, how late that was, and how long the answer took."""

    kind: str
    event_id: str
    status: int | None
    sent: float
    late: float
    seconds: float


# What is sent


@functools.cache
def key() -> PrivateKey:
    return PrivateKey.made()


def token(event_id: str, private: PrivateKey, how: Spoilt | None = None) -> str:
    now = time.time()
    document = making.sample(find("program_updated"), now)
    making.set_field(document, None, "event.id", json.dumps(event_id))
    claims = making.claims(document)
    return sign(claims, private) if how is None else spoilt(claims, private, how, now)


def request(body: str, method: str = "POST") -> bytes:
    return f"{method} /events HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def shots(number: int, private: PrivateKey, seed: int) -> Iterator[Shot]:
    """Of a hundred 85 are new events, 5 come again, and 10 are bad."""
    chance = random.Random(seed)  # noqa: S311 - a mixture, no secrets
    sent: list[Shot] = []
    for i in range(number):
        drawn, event_id = chance.randrange(100), f"{seed}-{i}"
        if drawn < 10:
            yield bad(BAD[i % len(BAD)], event_id, private)
        elif drawn < 15 and sent:
            yield chance.choice(sent)
        else:
            sent.append(Shot(GENUINE, event_id, request(token(event_id, private))))
            yield sent[-1]


def bad(kind: str, event_id: str, private: PrivateKey) -> Shot:
    spoil = {TAMPERED: Spoilt.TAMPER, EXPIRED: Spoilt.EXPIRED}.get(kind)
    text = "{}" if kind in (GARBAGE, METHOD) else token(event_id, private, spoil)
    if kind == SHORT:
        text = text[:-2]
    data = request(text, "PUT" if kind == METHOD else "POST")
    return Shot(kind, event_id, data[: len(data) // 2] if kind == HALF else data)


# The second process


def storm(port: int, number: int, pem: str, seed: int, pipe: Connection) -> None:
    """Send so many requests at the rate; tells when it begins, and at the end what became of each."""
    due = [*shots(number, PrivateKey.read(pem, "the key"), seed)]
    hits: list[Hit] = []
    began = time.perf_counter() + 0.2
    threads = [
        threading.Thread(target=_sender, args=(port, due, i, began, hits), daemon=True)
        for i in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    pipe.send(began)
    for thread in threads:
        thread.join()
    pipe.send(hits)


def _sender(port: int, due: Sequence[Shot], first: int, began: float, hits: list[Hit]) -> None:
    """One in so many requests, over one connection for as long as that holds; ends with the server."""
    line: socket.socket | None = None
    with contextlib.suppress(OSError):
        for i in range(first, len(due), SENDERS):
            shot, moment = due[i], began + i / RATE
            time.sleep(max(0.0, moment - time.perf_counter()))
            line = line or socket.create_connection(("127.0.0.1", port))
            sent = time.perf_counter()
            status = _sent(line, shot)
            hits.append(
                Hit(shot.kind, shot.event_id, status, sent - began, sent - moment, time.perf_counter() - sent)
            )
            if status is None:
                line.close()
                line = None
    if line:
        line.close()


def _sent(line: socket.socket, shot: Shot) -> int | None:
    """The status of the whole answer to a request; None where there is none."""
    try:
        line.sendall(shot.data)
        if shot.kind == HALF:
            return None
        answer = b""
        while not _is_whole(answer):
            more = line.recv(65536)
            if not more:
                return None
            answer += more
    except OSError:
        return None
    return int(answer[9:12])


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    length = next(
        line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ).partition(b":")[2]
    return len(body) >= int(length)


# The program


class Listener:
    """`events listen` in a process of its own, on a free port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr
        self.said = process.stderr.readline()
        self.port = int(self.said.rpartition(":")[2] or 0) if self.said.startswith("listening") else 0

    def post(self, body: str) -> int:
        """The status for a body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("POST", "/", body)
        status = line.getresponse().status
        line.close()
        return status

    def end(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """Its exit code and what else it said, once a signal has ended it, or it itself."""
        if number is not None:
            self.process.send_signal(number)
        err = self.process.communicate(timeout=60)[1]
        return self.process.returncode, err


@pytest.fixture
def listen(home: Home, environ: dict[str, str]) -> Iterator[Callable[..., Listener]]:
    """Starts listeners with the public key of the tests; none of them outlives the test."""
    (home.work / "test.pub.pem").write_text(key().pems()[1])
    running: list[subprocess.Popen[str]] = []

    def start(*options: str, stdout: Path | None = None, port: int = 0) -> Listener:
        program = [sys.executable, "-m", "loyaltyctl", "events", "listen", "--public-key", "test.pub.pem"]
        with stdout.open("w") if stdout else contextlib.nullcontext(subprocess.PIPE) as out:
            running.append(
                subprocess.Popen(
                    [*program, "--port", str(port), "-o", "jsonl", *options],
                    env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},  # which could go wrong on a full disk
                    stdout=out,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        return Listener(running[-1])

    yield start
    for process in running:
        process.kill()
        process.communicate()


def saved(file: Path) -> list[str]:
    """The ids of the events in a file, each line of which must be whole."""
    data = file.read_bytes()
    assert data == _whole(data)
    return _ids(data)


def _whole(data: bytes) -> bytes:
    """What a file holds, without a line that a kill came into."""
    return data[: data.rfind(b"\n") + 1]


def _ids(data: bytes) -> list[str]:
    return [json.loads(line)["eventId"] for line in data.splitlines()]


# Under load


def _stormed(listener: Listener, seed: int) -> tuple[list[Hit], float]:
    """What became of each request, and when the listener was killed."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    sender = spawn.Process(
        target=storm, args=(listener.port, (SECONDS + 1) * RATE, key().pems()[0], seed, theirs), daemon=True
    )
    sender.start()
    began: float = ours.recv()
    time.sleep(max(0.0, began + SECONDS - time.perf_counter()))
    assert listener.process.poll() is None
    killed = time.perf_counter() - began
    listener.process.kill()
    hits: list[Hit] = ours.recv()
    sender.join()
    return hits, killed


def _tell(hits: list[Hit]) -> None:
    """The rate and the latencies of the acknowledgements, for people."""
    acknowledged = sorted(hit.seconds for hit in hits if hit.status == 200)
    answered = [hit for hit in hits if hit.status is not None]
    span = max(hit.sent for hit in answered)
    sent = [hit for hit in hits if hit.sent <= span]
    told = ", ".join(
        f"{name} {acknowledged[int(part * (len(acknowledged) - 1))] * 1000:.1f}"
        for name, part in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0))
    )
    late = sum(seconds > IN_TIME for seconds in acknowledged)
    print(  # noqa: T201 - for people
        f"{len(sent):,} requests in {span:.1f} s are {len(sent) / span:,.0f} a second "
        f"(asked for: {RATE:,}; sent {max(hit.late for hit in sent) * 1000:.0f} ms late at most), "
        f"{len(acknowledged):,} of them acknowledged; ms to a 200: {told}; beyond {IN_TIME:g} s: {late}"
    )


@pytest.mark.parametrize("once", [True, False])
def test_killed_under_load_it_has_all_that_it_acknowledged(
    once: bool, listen: Callable[..., Listener], home: Home
) -> None:
    options = ["--save", "events.jsonl", *(["--dedupe"] if once else [])]
    file, shown = home.work / "events.jsonl", home.work / "shown.jsonl"
    listener = listen(*options, stdout=shown)

    hits, killed = _stormed(listener, seed=20261121 + once)
    _tell(hits)

    # Each request was answered as it deserves, apart from those that the kill came before.
    wrong = [
        hit
        for hit in hits
        if hit.status != ANSWERS[hit.kind] and (hit.status is not None or hit.sent + hit.seconds < killed)
    ]
    assert not wrong
    assert {hit.kind for hit in hits if hit.status is not None} == {*ANSWERS} - {HALF}

    # The file has what was acknowledged, nothing that nobody sent, and nothing more often than it was sent.
    whole = _whole(file.read_bytes())
    lines = _ids(whole)
    found = Counter(lines)
    sent = Counter(hit.event_id for hit in hits if hit.kind == GENUINE)
    acknowledged = Counter(hit.event_id for hit in hits if hit.status == 200)
    assert len(acknowledged) > RATE / 10  # a kill before anything happened shows nothing
    if once:
        assert max(sent.values()) > 1
        assert set(found.values()) == {1}
        assert acknowledged.keys() <= found.keys() <= sent.keys()
    else:
        assert acknowledged <= found <= sent

    # What was shown was saved before.
    ids = [json.loads(line)["event"]["id"] for line in shown.read_text().splitlines(keepends=True) if line.endswith("\n")]  # fmt: skip
    assert ids
    assert Counter(ids) <= found

    # It said nothing but what it refused, and no more of that than is of use.
    said = listener.end()[1].splitlines()
    assert [line for line in said if not line.startswith("refused with 4")] == []
    assert len(said) == 20

    # The next one cuts off what the machine left half done, knows what is there, and goes on.
    if file.read_bytes() == whole:
        file.write_bytes(whole + TORN)
    after = listen(*options)
    old, new = token(lines[0], key()), token("another", key())
    assert [after.post(body) for body in (old, new, new)] == [200, 200, 200]
    code, err = after.end(signal.SIGINT)
    assert code == 0
    assert sorted(err.removeprefix("done: ").strip().split(", ")) == (
        ["1 accepted", "2 duplicate"] if once else ["3 accepted"]
    )
    assert file.read_bytes().startswith(whole)
    assert saved(file)[len(lines) :] == (["another"] if once else [lines[0], "another", "another"])


def test_who_does_not_read_its_output_holds_up_no_answer(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--save", "events.jsonl")
    ids = [f"e{i}" for i in range(300)]  # more than a pipe holds
    with socket.create_connection(("127.0.0.1", listener.port)) as line:
        assert {_sent(line, Shot(GENUINE, one, request(token(one, key())))) for one in ids} == {200}
    assert saved(home.work / "events.jsonl") == ids

    assert listener.process.stdout
    shown = [json.loads(listener.process.stdout.readline()) for _ in ids]
    assert [one["event"]["id"] for one in shown] == ids
    schemas.check("events-listen", shown)
    assert listener.end(signal.SIGINT) == (0, f"done: {len(ids)} accepted\n")


def test_a_burst_is_answered_without_a_word(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--save", "events.jsonl", "--dedupe", stdout=home.work / "shown.jsonl")
    lines = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(300)]
    burst = [Shot(GENUINE, f"burst {i}", request(token(f"burst {i}", key()))) for i in range(len(lines))]

    for line, shot in zip(lines, burst, strict=True):
        line.sendall(shot.data)
    statuses = [_sent(line, Shot(GENUINE, "", b"")) for line in lines]
    for line in lines:
        line.close()

    assert statuses == [200] * len(lines)
    assert sorted(saved(home.work / "events.jsonl")) == sorted(shot.event_id for shot in burst)
    assert listener.end(signal.SIGINT) == (0, f"done: {len(lines)} accepted\n")


def test_what_a_full_disk_does_not_take_is_not_acknowledged(
    listen: Callable[..., Listener], home: Home
) -> None:
    file = home.work / "events.jsonl"
    listener = listen("--save", "events.jsonl", "--dedupe")
    tokens = [token(f"e{i}", key()) for i in range(12)]
    assert listener.post(tokens[0]) == 200

    full = int(4.5 * file.stat().st_size)  # in the middle of a line
    resource.prlimit(listener.process.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    assert [listener.post(text) for text in tokens] == [200] * 4 + [503] * 8
    assert saved(file) == ["e0", "e1", "e2", "e3"]

    resource.prlimit(
        listener.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    assert [listener.post(text) for text in tokens] == [200] * 12
    assert saved(file) == [f"e{i}" for i in range(12)]
    code, err = listener.end(signal.SIGINT)
    assert code == 0
    assert err == "refused with 503: NOT_KEPT\n" * 8 + "done: 12 accepted, 5 duplicate, 8 refused\n"


# How it begins and ends


def test_ctrl_c_is_how_it_ends(listen: Callable[..., Listener]) -> None:
    listener = listen("--dedupe")
    for body, status in ((token("a", key()), 200), (token("a", key()), 200), ("x", 400)):
        assert listener.post(body) == status

    assert listener.end(signal.SIGINT) == (
        0,
        "refused with 400: MALFORMED\ndone: 1 accepted, 1 duplicate, 1 refused\n",
    )


def test_ctrl_c_at_once_is_how_it_ends_too(listen: Callable[..., Listener]) -> None:
    assert listen().end(signal.SIGINT) == (0, "done: nothing came\n")


def test_it_ends_by_itself_after_so_many(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--count", "2", "--dedupe", "--save", "events.jsonl")
    for event_id in ("a", "a", "b"):
        assert listener.post(token(event_id, key())) == 200

    assert listener.end() == (0, "done: 2 accepted, 1 duplicate\n")
    assert saved(home.work / "events.jsonl") == ["a", "b"]


def test_a_reader_that_goes_away_ends_it_with_141(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--save", "events.jsonl")
    assert listener.process.stdout

    assert listener.post(token("a", key())) == 200
    assert json.loads(listener.process.stdout.readline())["event"]["id"] == "a"
    listener.process.stdout.close()
    assert listener.post(token("b", key())) == 200

    assert listener.process.wait(60) == 141
    assert listener.process.stderr
    assert listener.process.stderr.read() == ""
    assert saved(home.work / "events.jsonl") == ["a", "b"]


def test_a_file_is_for_one_listener(listen: Callable[..., Listener], home: Home) -> None:
    first = listen("--save", "events.jsonl")
    second = listen("--save", "events.jsonl")

    assert second.end()[0] == 5
    assert "another run saves events to events.jsonl" in second.said
    assert first.post(token("a", key())) == 200
    first.end(signal.SIGINT)
    third = listen("--save", "events.jsonl")
    assert third.post(token("b", key())) == 200
    assert saved(home.work / "events.jsonl") == ["a", "b"]


def test_a_port_is_for_one_listener(listen: Callable[..., Listener]) -> None:
    first = listen()
    second = listen("--save", "events.jsonl", port=first.port)

    assert second.end()[0] == 2
    error = json.loads(second.said)["error"]
    assert error["message"].startswith(
        f'cannot listen on "127.0.0.1" port {first.port}: Address already in use'
    )
    assert first.post(token("a", key())) == 200
    assert listen("--save", "events.jsonl").port  # nobody holds the file


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("missing/events.jsonl", "No such file or directory"),
        ("test.pub.pem/events.jsonl", "Not a directory"),
        ("/proc/events.jsonl", "No such file or directory"),  # a folder in which even root may not write
    ],
)
def test_a_file_that_cannot_be_written_is_an_error_at_the_start(
    file: str, said: str, listen: Callable[..., Listener]
) -> None:
    listener = listen("--save", file)

    code, rest = listener.end()
    assert code == 1
    error = json.loads(listener.said)["error"]
    assert error["message"] == f"cannot use {file}: {said}"
    assert rest == ""


def test_a_folder_is_no_file_to_save_in(listen: Callable[..., Listener]) -> None:
    listener = listen("--save", ".")

    assert listener.end()[0] == 6
    assert ". is no file that events can be saved in" in listener.said


def test_what_is_no_such_file_is_left_alone(listen: Callable[..., Listener], home: Home) -> None:
    (home.work / "notes.txt").write_text("my notes")

    listener = listen("--save", "notes.txt", "--dedupe")
    assert listener.end()[0] == 6
    assert "notes.txt line 1 is not an event that was saved" in listener.said
    assert (home.work / "notes.txt").read_text() == "my notes"


def test_events_go_to_the_endpoints_of_their_types(listen: Callable[..., Listener]) -> None:
    program, rest = listen(), listen()
    listener = listen(
        "--forward-to",
        f"program_*=http://127.0.0.1:{program.port}",
        "--forward-to",
        f"account_*=http://127.0.0.1:{rest.port}",
    )
    assert [listener.post(token(event_id, key())) for event_id in ("a", "b")] == [200, 200]

    code, err = listener.end(signal.SIGINT)
    assert code == 0
    assert err.count(f"program_updated to http://127.0.0.1:{program.port}: 200 in ") == 2
    assert str(rest.port) not in err
    for each, number in ((program, 2), (rest, 0)):
        each.process.send_signal(signal.SIGINT)
        out = each.process.communicate(timeout=60)[0]
        assert len(out.splitlines()) == number
