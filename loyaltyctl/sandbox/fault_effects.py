"""Effects of faults on a response, after the operation."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

HUGE = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """Response of a WSGI application."""

    status: str
    headers: dict[str, str]
    body: Iterable[bytes]

    @classmethod
    def of(cls, app: WSGIApplication, environ: WSGIEnvironment) -> Reply:
        """Call `app`, and return its response."""
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
        """Return the whole body."""
        return b"".join(self.body)

    def with_content(self, content: bytes) -> Reply:
        """Return the response with another body."""
        return replace(self, headers={**self.headers, "content-length": str(len(content))}, body=[content])


def lost(_argument: str, _reply: Reply) -> Reply:
    """Close the connection before the first byte."""
    raise ConnectionResetError


def delay(argument: str, reply: Reply) -> Reply:
    """Delay the response."""
    time.sleep(float(argument or 1))
    return reply


def with_status(status: str) -> Callable[[str, Reply], Reply]:
    """Return an effect that replaces the response by an error without a body."""
    return lambda _argument, reply: replace(reply.with_content(b""), status=status)


def body(argument: str, reply: Reply) -> Reply:
    """Replace the body by the argument."""
    return reply.with_content(argument.encode())


def not_utf8(_argument: str, reply: Reply) -> Reply:
    """Put a byte into the body that is not UTF-8."""
    return reply.with_content(reply.content().replace(b'"title": "', b'"title": "\xff'))


def cut(_argument: str, reply: Reply) -> Reply:
    """Close the connection in the middle of the body."""
    content = reply.content()
    return replace(reply, body=[content[: len(content) // 2]])


def drip(argument: str, reply: Reply) -> Reply:
    """Send one byte at a time, with pauses."""

    def slowly(content: bytes) -> Iterator[bytes]:
        for byte in content:
            yield bytes([byte])
            time.sleep(float(argument or 1))

    return replace(reply, body=slowly(reply.content()))


def html(_argument: str, reply: Reply) -> Reply:
    """Replace the response by a web page, as some proxies do."""
    page = reply.with_content(b"<html><body><h1>Welcome</h1></body></html>")
    return replace(page, headers={**page.headers, "content-type": "text/html"})


def empty(_argument: str, reply: Reply) -> Reply:
    """Remove the body."""
    return reply.with_content(b"")


def huge(_argument: str, reply: Reply) -> Reply:
    """Replace the body by one that is larger than the client accepts."""
    return reply.with_content(b'"' + b"x" * HUGE + b'"')


def bomb(_argument: str, reply: Reply) -> Reply:
    """Replace the body by a decompression bomb."""
    packed = reply.with_content(_packed())
    return replace(packed, headers={**packed.headers, "content-encoding": "gzip"})


@cache
def _packed() -> bytes:
    return gzip.compress(b" " * (4 * HUGE))


def missing_item(_argument: str, reply: Reply) -> Reply:
    """Remove the last item of a bulk response."""
    return _with_results(reply, lambda results: results[:-1])


def repeated_item(_argument: str, reply: Reply) -> Reply:
    """Repeat the first item of a bulk response."""
    return _with_results(reply, lambda results: [*results, *results[:1]])


def reordered(_argument: str, reply: Reply) -> Reply:
    """Reverse the items of a bulk response."""
    return _with_results(reply, lambda results: results[::-1])


def legacy(_argument: str, reply: Reply) -> Reply:
    """Repeat the base tier's numbers beside `configs`, as older responses do."""

    def doubled(members: dict[str, Any]) -> dict[str, Any]:
        configs = members.get("configs")
        return {**configs[0], **members} if configs and "tierId" not in configs[0] else members

    return _with_json(reply, lambda content: json.loads(content, object_hook=doubled))


def _with_results(reply: Reply, change: Callable[[list[Any]], list[Any]]) -> Reply:
    def changed(content: bytes) -> Any:
        body = json.loads(content)
        return {**body, "results": change(body["results"])} if "results" in body else body

    return _with_json(reply, changed)


def _with_json(reply: Reply, change: Callable[[bytes], Any]) -> Reply:
    """Return the reply with its JSON changed; a body that another fault made invalid is kept."""
    content = reply.content()
    try:
        return reply.with_content(json.dumps(change(content)).encode())
    except ValueError:
        return reply.with_content(content)
