"""A running listener, tokens for it, and raw connections to it."""

from __future__ import annotations

import functools
import json
import signal
import socket
from typing import TYPE_CHECKING, NamedTuple, Self

from loyaltyctl.model.events import paths, samples
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.tokens.keys import PrivateKey
from loyaltyctl.tokens.signing import Defect, sign, sign_defective
from loyaltyctl.tokens.verification import Policy
from loyaltyctl.webhooks.reader import EventReader

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.webhooks.app import Accepted, Rejected
    from loyaltyctl.webhooks.listener import Listener

NOW = 1_790_000_000.5
LONG = 30.0


@functools.cache
def key() -> PrivateKey:
    return PrivateKey.generate()


@functools.cache
def token(event_id: str = "a", kind: str = "program_updated", how: Defect | None = None) -> str:
    document = samples.create_sample(find_event_type(kind), NOW)
    paths.set_event_field(document, None, "event.id", json.dumps(event_id))
    claims = samples.to_claims(document)
    return sign(claims, key()) if how is None else sign_defective(claims, key(), how, NOW)


def nameless(number: int) -> str:
    """Return a token of an event without an ID."""
    document = samples.create_sample(find_event_type("program_updated"), NOW)
    paths.set_event_field(document, None, "event.id", "null")
    paths.set_event_field(document, None, "event.entityEventSequence", f'"{number}"')
    paths.set_event_field(document, None, "event.eventTime", '"2026-09-21T14:13:20.000Z"')
    return sign(samples.to_claims(document), key())


def reader(*, checks: bool = True, policy: Policy | None = None) -> EventReader:
    return EventReader(
        key().public if checks else None, 0.0, policy or Policy()
    )  # the listener sets the time


class FixedClock:
    """Clock that always returns the same time."""

    def time(self) -> float:
        return NOW


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """A TCP connection to which raw bytes are sent."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LONG)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send_raw(self, data: bytes) -> Self:
        self._socket.sendall(data)
        return self

    def answer(self, *, has_body: bool = True) -> Response | None:
        """Return the next response; None if the connection is closed instead."""
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
        return Response(int(status), headers, self._file.read(length))

    def status(self) -> int | None:
        answer = self.answer()
        return answer.status if answer else None

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def request(body: str | bytes, method: str = "POST", target: str = "/", *headers: str) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


class RunningListener(NamedTuple):
    """A listener with its port and file."""

    listener: Listener
    port: int
    file: Path

    def post(self, body: str | bytes, *headers: str) -> int | None:
        return self.send(request(body, "POST", "/", *headers))

    def send(self, data: bytes) -> int | None:
        with Connection(self.port) as line:
            return line.send_raw(data).status()

    def saved(self) -> list[str]:
        return [json.loads(line)["eventId"] for line in self.file.read_text().splitlines()]

    def results(self) -> list[Accepted | Rejected]:
        """Return the results so far; closes the listener."""
        results = self.listener.results()
        found = [next(results)]
        signal.raise_signal(signal.SIGINT)
        return [*found, *results]


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])
