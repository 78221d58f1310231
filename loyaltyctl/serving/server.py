"""One application, served until it is stopped."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from waitress.server import create_server

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication

THREADS = 16
BACKLOG = 1024
CONNECTIONS = 1000
MAX_BODY = 64 * 1024 * 1024

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is told of them, not a choice of them

_log = logging.getLogger("waitress")
_log.addHandler(logging.NullHandler())
_log.propagate = False  # what it says of its queue, and of requests that are none, is of no use to anybody


class Server:
    """Serves an application until it is stopped."""

    def __init__(
        self, app: WSGIApplication, host: str, port: int, *, max_body: int = MAX_BODY, threads: int = THREADS
    ) -> None:
        """Take the port; 0 stands for a free one. Raises UsageError where it cannot be had.

        A body of more than `max_body` bytes is answered with 413. An OSError from the
        application ends the connection without a byte.
        """
        if not host:
            raise UsageError("--host is empty, which would stand for every network of this machine")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise _not_to_be_had(host, port, error) from None
        address: str = listener.getsockname()[0]
        self.port: int = listener.getsockname()[1]
        self.url = _url(host, self.port)
        self.url_here = _url(_EVERYWHERE.get(address, host), self.port)
        """The URL for a caller on this machine, also where `host` stands for all of its addresses."""
        self._watched: dict[int, Any] = {}
        self._closing = threading.Lock()
        self._server: Any = create_server(  # its type stubs know neither channels nor trigger
            app,
            map=self._watched,
            sockets=[listener],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,  # select() can watch 1024 files and no more
            max_request_body_size=max_body,
            ident="loyaltyctl",
            log_socket_errors=False,
        )

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
