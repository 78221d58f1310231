"""Effects of the sandbox's faults: before the operation of a call, or on its response.

The functions for effects take the argument of a fault, and the response if the operation has taken effect.
They return the response to send.
"""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from loyaltyctl.sandbox.responses import application_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

HUGE = 40 * 1024 * 1024
"""Number of bytes in the body of the fault `huge`: more than the API client accepts."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Response of the sandbox that the effects of faults change or replace."""

    status: str
    headers: dict[str, str]
    body: Iterable[bytes]

    @classmethod
    def of(cls, app: WSGIApplication, environ: WSGIEnvironment) -> Reply:
        """Call the WSGI application of the sandbox; return its response, for the effects of faults."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], *_: object
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda _: None

        content = b"".join(app(environ, start_response))
        status, headers = started[0]
        return cls(status, {name.lower(): value for name, value in headers}, [content])

    def content(self) -> bytes:
        """Return the whole body of a response in one piece, for a fault's effect that changes the body."""
        return b"".join(self.body)

    def with_content(self, content: bytes) -> Reply:
        """Return the response after the effect of a fault: with another body and its Content-Length."""
        return replace(self, headers={**self.headers, "content-length": str(len(content))}, body=[content])


Before: TypeAlias = "Callable[[str], Reply | None]"
"""Effect of a fault before the operation: returns a response to send instead, or None to let it run."""
After: TypeAlias = "Callable[[str, Reply], Reply]"
"""Effect of a fault after the operation: it changes the response."""


# Before the operation


def _error_reply(status: str, code: str, **headers: str) -> Reply:
    """Return an error in the vendor's format, for the effect of a fault that prevents the operation."""
    number, _, phrase = status.partition(" ")
    error = application_error(int(number), code, f"{phrase} (a fault of the sandbox)")
    return Reply(status, {"Content-Type": "application/json", **headers}, [json.dumps(error.body).encode()])


def _server_error(status: str, headers: dict[str, str] | None = None) -> Before:
    """Return the effect of a fault such as `503`: a server error without a body, instead of the operation."""
    return lambda _argument: Reply(status, headers or {}, [b""])


def _too_many_requests(argument: str) -> Reply:
    """Effect of the fault `429`: reject the call before its operation, with `Retry-After: ARGUMENT`.

    Without ARGUMENT, the response has no such header. `date` stands for a date two seconds from now.
    """
    value = formatdate(time.time() + 2, usegmt=True) if argument == "date" else argument
    headers = {"Retry-After": value} if value else {}
    return _error_reply("429 Too Many Requests", "RESOURCE_EXHAUSTED", **headers)


def _delay(argument: str) -> None:
    """Effect of the fault `delay`: wait ARGUMENT seconds before the operation, by default 1."""
    time.sleep(float(argument or 1))


def _refuse(_argument: str) -> Reply:
    """Effect of the fault `refused`: close the connection before the operation, without a response."""
    raise ConnectionResetError


# After the operation


def _lost(_argument: str, _reply: Reply) -> Reply:
    """Effect of the fault `lost`: close the connection instead of sending the response."""
    raise ConnectionResetError


def _delay_response(argument: str, reply: Reply) -> Reply:
    """Effect of the fault `delay-after`: send the response ARGUMENT seconds later, by default 1."""
    time.sleep(float(argument or 1))
    return reply


def _with_status(status: str) -> Callable[[str, Reply], Reply]:
    """Return the effect of a fault such as `502-after`: a server error without a body as the response."""
    return lambda _argument, reply: replace(reply.with_content(b""), status=status)


def _body(argument: str, reply: Reply) -> Reply:
    """Effect of the fault `body`: replace the body of the response with ARGUMENT."""
    return reply.with_content(argument.encode())


def _not_utf8(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `not-utf8`: insert an invalid byte at the start of each title."""
    return reply.with_content(reply.content().replace(b'"title": "', b'"title": "\xff'))


def _cut(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `cut`: close the connection in the middle of the body."""
    content = reply.content()
    # Content-Length stays that of the whole body, so the client can detect that the body is incomplete.
    return replace(reply, body=[content[: len(content) // 2]])


def _drip(argument: str, reply: Reply) -> Reply:
    """Effect of the fault `drip`: send one byte of the body every ARGUMENT seconds, by default 1."""

    def slowly(content: bytes) -> Iterator[bytes]:
        for byte in content:
            yield bytes([byte])
            time.sleep(float(argument or 1))

    return replace(reply, body=slowly(reply.content()))


def _html(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `html`: replace the body with a web page, as captive portals do."""
    page = reply.with_content(b"<html><body><h1>Welcome</h1></body></html>")
    return replace(page, headers={**page.headers, "content-type": "text/html"})


def _empty(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `empty`: send the response without its body."""
    return reply.with_content(b"")


def _huge(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `huge`: replace the body with more bytes than the API client accepts."""
    return reply.with_content(b'"' + b"x" * HUGE + b'"')


def _bomb(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `bomb`: replace the body with a decompression bomb, 160 MiB in gzip."""
    packed = reply.with_content(_compressed_bomb())
    return replace(packed, headers={**packed.headers, "content-encoding": "gzip"})


@cache
def _compressed_bomb() -> bytes:
    """Return the body of the fault `bomb`; it is compressed only once."""
    return gzip.compress(b" " * (4 * HUGE))


def _missing_item(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `missing-item`: remove the last result of a bulk response."""
    return _with_bulk_results(reply, lambda results: results[:-1])


def _repeated_item(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `repeated-item`: repeat the first result of a bulk response at the end."""
    return _with_bulk_results(reply, lambda results: [*results, *results[:1]])


def _reordered(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `reordered`: reverse the results of a bulk response; each keeps its index."""
    return _with_bulk_results(reply, lambda results: results[::-1])


def _legacy(_argument: str, reply: Reply) -> Reply:
    """Effect of the fault `legacy`: {"configs": [{"points": 5}]} gets another member, "points": 5.

    This older format repeats the numbers of the base tier beside `configs`. The vendor's published examples
    have it; live responses do not.
    """

    def doubled(members: dict[str, Any]) -> dict[str, Any]:
        configs = members.get("configs")
        return {**configs[0], **members} if configs and "tierId" not in configs[0] else members

    return _with_changed_json(reply, lambda content: json.loads(content, object_hook=doubled))


def _with_bulk_results(reply: Reply, change: Callable[[list[Any]], list[Any]]) -> Reply:
    """Return the response with its bulk results changed, as the effect of a fault.

    A response without bulk results stays unchanged.
    """

    def changed(content: bytes) -> Any:
        body = json.loads(content)
        return {**body, "results": change(body["results"])} if "results" in body else body

    return _with_changed_json(reply, changed)


def _with_changed_json(reply: Reply, change: Callable[[bytes], Any]) -> Reply:
    """Return the response with its JSON changed, as the effect of a fault.

    A body of another shape, due to another fault such as `html` or `body=5`, stays unchanged.
    """
    content = reply.content()
    try:
        return reply.with_content(json.dumps(change(content)).encode())
    except (ValueError, TypeError, LookupError):
        return reply.with_content(content)


BEFORE: dict[str, Before] = {
    "refused": _refuse,
    "delay": _delay,
    "429": _too_many_requests,
    "500": _server_error("500 Internal Server Error"),
    "502": _server_error("502 Bad Gateway"),
    "503": _server_error("503 Service Unavailable"),
    "503-later": _server_error("503 Service Unavailable", {"Retry-After": "1"}),
    "504": _server_error("504 Gateway Timeout"),
    "401": lambda _argument: _error_reply("401 Unauthorized", "UNAUTHENTICATED"),
    "403": lambda _argument: _error_reply("403 Forbidden", "PERMISSION_DENIED"),
    "redirect": lambda argument: Reply(
        "302 Found", {"Location": argument or "https://elsewhere.example/"}, [b""]
    ),
    "no-plain-path": lambda _argument: _error_reply("404 Not Found", "NOT_FOUND"),
}
"""Faults that act before the operation, by kind."""

AFTER: dict[str, After] = {
    "lost": _lost,
    "delay-after": _delay_response,
    "500-after": _with_status("500 Internal Server Error"),
    "502-after": _with_status("502 Bad Gateway"),
    "504-after": _with_status("504 Gateway Timeout"),
    "cut": _cut,
    "drip": _drip,
    "html": _html,
    "empty": _empty,
    "huge": _huge,
    "bomb": _bomb,
    "body": _body,
    "not-utf8": _not_utf8,
    "missing-item": _missing_item,
    "repeated-item": _repeated_item,
    "reordered": _reordered,
    "legacy": _legacy,
}
"""Faults that act after the operation has taken effect, by kind."""
