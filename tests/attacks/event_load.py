"""Load generator: valid and invalid requests to a listener, at a steady rate, from a separate process."""

from __future__ import annotations

import contextlib
import functools
import json
import random
import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.events import paths, samples
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.tokens.keys import PrivateKey
from loyaltyctl.tokens.signing import Defect, sign, sign_defective

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

RATE = 1000
SENDERS = 24
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
    """A request to send, and the ID of its event."""

    kind: str
    event_id: str
    data: bytes


class Hit(NamedTuple):
    """Result of a request: status, if any; time sent, delay of sending and duration in seconds."""

    kind: str
    event_id: str
    status: int | None
    sent: float
    late: float
    seconds: float


# Requests


@functools.cache
def key() -> PrivateKey:
    return PrivateKey.generate()


def token(event_id: str, private: PrivateKey, how: Defect | None = None) -> str:
    now = time.time()
    document = samples.create_sample(find_event_type("program_updated"), now)
    paths.set_event_field(document, None, "event.id", json.dumps(event_id))
    claims = samples.to_claims(document)
    return sign(claims, private) if how is None else sign_defective(claims, private, how, now)


def request(body: str, method: str = "POST") -> bytes:
    return f"{method} /events HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def shots(number: int, private: PrivateKey, seed: int) -> Iterator[Shot]:
    """Yield requests: of 100, 85 are new events, 5 duplicates and 10 invalid."""
    rng = random.Random(seed)  # noqa: S311 - no secrets
    sent: list[Shot] = []
    for i in range(number):
        drawn, event_id = rng.randrange(100), f"{seed}-{i}"
        if drawn < 10:
            yield bad(BAD[i % len(BAD)], event_id, private)
        elif drawn < 15 and sent:
            yield rng.choice(sent)
        else:
            sent.append(Shot(GENUINE, event_id, request(token(event_id, private))))
            yield sent[-1]


def bad(kind: str, event_id: str, private: PrivateKey) -> Shot:
    spoil = {TAMPERED: Defect.TAMPER, EXPIRED: Defect.EXPIRED}.get(kind)
    text = "{}" if kind in (GARBAGE, METHOD) else token(event_id, private, spoil)
    if kind == SHORT:
        text = text[:-2]
    data = request(text, "PUT" if kind == METHOD else "POST")
    return Shot(kind, event_id, data[: len(data) // 2] if kind == HALF else data)


# The second process


def send_load(port: int, number: int, pem: str, seed: int, pipe: Connection) -> None:
    """Send requests at the rate; reports its start and, at the end, the results."""
    due = [*shots(number, PrivateKey.parse(pem, "the key"), seed)]
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
    """Send every n-th request over one connection while it is open; ends with the server."""
    line: socket.socket | None = None
    with contextlib.suppress(OSError):
        for i in range(first, len(due), SENDERS):
            shot, moment = due[i], began + i / RATE
            time.sleep(max(0.0, moment - time.perf_counter()))
            line = line or socket.create_connection(("127.0.0.1", port))
            sent = time.perf_counter()
            status = status_of(line, shot)
            hits.append(
                Hit(shot.kind, shot.event_id, status, sent - began, sent - moment, time.perf_counter() - sent)
            )
            if status is None:
                line.close()
                line = None
    if line:
        line.close()


def status_of(line: socket.socket, shot: Shot) -> int | None:
    """Return the status of a complete response; None if there is none."""
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
