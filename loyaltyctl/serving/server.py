"""One application, served until it is stopped."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication

THREADS = 16
BACKLOG = 1024
CONNECTIONS = 1000
MAX_BODY = 64 * 1024 * 1024
IDLE_SECONDS = 10.0
"""A connection that sends nothing for this long is closed."""
REQUEST_SECONDS = 30.0
"""A request that is not complete by then ends its connection, even if a byte of it comes every second."""
CROWDED_SECONDS = 1.0
"""IDLE_SECONDS while there are so many connections that no more are accepted."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is told of them, not a choice of them

_log = logging.getLogger("waitress")
_log.addHandler(logging.NullHandler())
_log.propagate = False  # what it says of its queue, and of requests that are none, is of no use to anybody


class _Channel(HTTPChannel):
    """A connection that knows when the request that it is receiving began."""

    request_began = 0.0

    def received(self, data: bytes) -> bool:
        """Parse `data`; the begin of a request is that of its first byte."""
        before = self.request
        is_taken = bool(super().received(data))
        if self.request is not before:
            self.request_began = time.time()
        return is_taken


class _TcpServer(TcpWSGIServer):
    """Closes connections that are idle or slow, so that they take no places from others.

    Waitress alone does so after two minutes of silence. A client that opens a thousand connections
    and sends nothing would block all others for as long.
    """

    channel_class = _Channel
    idle_seconds = IDLE_SECONDS
    request_seconds = REQUEST_SECONDS

    def maintenance(self, now: float) -> None:
        """Mark such connections to be closed; those with a request at work stay."""
        idle = min(self.idle_seconds, CROWDED_SECONDS) if self.in_connection_overflow else self.idle_seconds
        channels: Any = self.active_channels  # its type stubs take it for one channel
        for channel in channels.values():
            is_slow = channel.request is not None and channel.request_began < now - self.request_seconds
            if not channel.requests and (is_slow or channel.last_activity < now - idle):
                channel.will_close = True


class Server:
    """Serves an application until it is stopped."""

    def __init__(  # noqa: PLR0913 - limits, each with its usual value
        self,
        app: WSGIApplication,
        host: str,
        port: int,
        *,
        max_body: int = MAX_BODY,
        threads: int = THREADS,
        idle_seconds: float = IDLE_SECONDS,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """Take the port; 0 stands for a free one. Raises UsageError where it cannot be had.

        A body of more than `max_body` bytes is answered with 413. An OSError from the
        application ends the connection without a byte. So do `idle_seconds` without a byte
        from the client, and a request that takes it more than `request_seconds` to send.
        """
        if not host:
            raise UsageError("--host is empty, which would stand for every network of this machine")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise _not_to_be_had(host, port, error) from None
        self.address: str = listener.getsockname()[0]
        self.port: int = listener.getsockname()[1]
        self.url = _url(host, self.port)
        self.url_here = _url(_EVERYWHERE.get(self.address, host), self.port)
        """The URL for a caller on this machine, also where `host` stands for all of its addresses."""
        self._watched: dict[int, Any] = {}
        self._closing = threading.Lock()
        limits: Any = Adjustments(
            sockets=[listener],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,  # select() can watch 1024 files and no more
            max_request_body_size=max_body,
            ident="loyaltyctl",
            log_socket_errors=False,
        )
        # So often Waitress looks for connections to close. Its own option takes whole seconds only.
        pause = min(1.0, idle_seconds / 2, request_seconds / 2)
        limits.cleanup_interval = limits.asyncore_loop_timeout = pause
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        self._server: Any = _TcpServer(
            app,
            self._watched,
            _sock=listener,
            dispatcher=dispatcher,
            adj=limits,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )
        self._server.idle_seconds = idle_seconds
        self._server.request_seconds = request_seconds

    def run(self) -> None:
        """Serve; ends when interrupted or stopped, and gives the port back."""
        try:
            self._server.run()
        finally:
            for channel in [*self._server.active_channels.values()]:
                channel.handle_close()  # whoever still writes to it stops
            self._server.task_dispatcher.shutdown()
            with self._closing:  # who stops it may not have done with its trigger
                self._server.close()

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Serve from another thread while the block runs."""
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.stop()
            thread.join()

    def stop(self) -> None:
        """End the `run` that another thread is in: its loop ends when it has nothing left to watch."""
        with self._closing:
            self._server.trigger.pull_trigger(self._watched.clear)


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _not_to_be_had(host: str, port: int, error: OSError) -> UsageError:
    """Why a port is not to be had, in words that are the same on every system."""
    if isinstance(error.__context__, socket.gaierror):
        why, hint = "there is no such host", "Give an address of this machine, such as 127.0.0.1."
    elif error.errno == errno.EADDRINUSE:
        why, hint = os.strerror(error.errno), "Take another port with --port N; --port 0 takes a free one."
    else:
        why, hint = os.strerror(error.errno or 0), ""
    return UsageError(f"cannot listen on {quoted(host)} port {port}: {why}", hint=hint)
