"""HTTP server for one WSGI application: waitress, with time limits for idle and slow connections."""

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
"""Number of threads that call the application."""
BACKLOG = 1024
"""Maximum number of connections that wait for the server to accept them."""
CONNECTIONS = 1000
"""Maximum number of open connections."""
MAX_BODY = 64 * 1024 * 1024
"""Maximum size of the body of a request."""
IDLE_SECONDS = 10.0
"""Time limit of a connection that sends nothing; the server then closes it."""
REQUEST_SECONDS = 30.0
"""Time limit of a request, from its first byte to its last; the server then closes the connection."""
CROWDED_SECONDS = 1.0
"""Replaces IDLE_SECONDS while the maximum number of connections is open."""

_LOOPBACK_BY_WILDCARD = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on

_log = logging.getLogger("waitress")
_log.addHandler(logging.NullHandler())
_log.propagate = False  # its messages about queues and malformed requests do not help users


class _TimedChannel(HTTPChannel):
    """Connection of the HTTP server; it records when its current request began."""

    request_began = 0.0

    def received(self, data: bytes) -> bool:
        """Parse data that the HTTP server received, and record when a request begins.

        Return False if the data is ignored, because the connection is about to close.
        """
        before = self.request
        is_taken = bool(super().received(data))
        if self.request is not before:
            self.request_began = time.time()
        return is_taken


class _LimitedServer(TcpWSGIServer):
    """HTTP server of waitress that closes idle and slow connections.

    Waitress itself closes a connection only after two minutes without data. A client that opens a thousand
    connections and sends nothing would lock out all other clients for that time.
    """

    channel_class = _TimedChannel
    idle_seconds = IDLE_SECONDS
    request_seconds = REQUEST_SECONDS

    def maintenance(self, now: float) -> None:
        """Mark idle and slow connections of the server for closing; waitress calls this at intervals.

        A connection stays open while the application handles its request.
        """
        idle = min(self.idle_seconds, CROWDED_SECONDS) if self.in_connection_overflow else self.idle_seconds
        channels: Any = self.active_channels  # wrongly one channel in its type stubs
        for channel in channels.values():
            is_slow = channel.request is not None and channel.request_began < now - self.request_seconds
            if not channel.requests and (is_slow or channel.last_activity < now - idle):
                channel.will_close = True


class Server:
    """HTTP server for a WSGI application."""

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
        """Open the port of the HTTP server; port 0 chooses a free one. Raises UsageError if that fails.

        A body of more than `max_body` bytes gets a 413. A connection is closed without a response if the
        application raises OSError, if the client sends nothing for `idle_seconds`, or if a request is not
        complete after `request_seconds`.
        """
        if not host:
            raise UsageError("--host is empty, which would mean all networks of this machine")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise _cannot_listen_error(host, port, error) from None
        self.address: str = listener.getsockname()[0]
        self.port: int = listener.getsockname()[1]
        self.url = _http_url(host, self.port)
        self.url_here = _http_url(_LOOPBACK_BY_WILDCARD.get(self.address, host), self.port)
        """URL for clients on this machine: the loopback address if the server listens on all addresses."""
        self._socket_map: dict[int, Any] = {}
        self._closing = threading.Lock()
        limits: Any = Adjustments(
            sockets=[listener],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,  # select() is limited to 1024 files
            max_request_body_size=max_body,
            ident="loyaltyctl",
            log_socket_errors=False,
        )
        # Interval between calls of `maintenance`. As options, both limits would become integers.
        pause = min(1.0, idle_seconds / 2, request_seconds / 2)
        limits.cleanup_interval = limits.asyncore_loop_timeout = pause
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        self._server: Any = _LimitedServer(
            app,
            self._socket_map,
            _sock=listener,
            dispatcher=dispatcher,
            adj=limits,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )
        self._server.idle_seconds = idle_seconds
        self._server.request_seconds = request_seconds

    def run(self) -> None:
        """Run the HTTP server until Ctrl-C or `stop`, then close its connections and its port."""
        try:
            self._server.run()
        finally:
            for channel in [*self._server.active_channels.values()]:
                channel.handle_close()  # ends application threads that still write to it
            self._server.task_dispatcher.shutdown()
            with self._closing:  # `stop` may still be using the trigger
                self._server.close()

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Run the HTTP server in another thread during the block."""
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.stop()
            thread.join()

    def stop(self) -> None:
        """Stop the HTTP server from another thread."""
        with self._closing:
            # The loop of waitress ends when there are no sockets left to watch.
            self._server.trigger.pull_trigger(self._socket_map.clear)


def _http_url(host: str, port: int) -> str:
    """Return the URL of an HTTP server; an IPv6 address is put in brackets."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _cannot_listen_error(host: str, port: int, error: OSError) -> UsageError:
    """Return the error for a host and port on which the HTTP server cannot listen."""
    # The message of getaddrinfo for an unknown host differs by platform, so it is not used.
    if isinstance(error.__context__, socket.gaierror):
        why, hint = "there is no such host", "Give an address of this machine, such as 127.0.0.1."
    elif error.errno == errno.EADDRINUSE:
        why, hint = os.strerror(error.errno), "Use another port with --port N; --port 0 chooses a free one."
    else:
        why, hint = os.strerror(error.errno or 0), ""
    return UsageError(f"cannot listen on {quoted(host)} port {port}: {why}", hint=hint)
