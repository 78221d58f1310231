"""The sandbox over a socket."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

from waitress.server import create_server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

THREADS = 16


class Server:
    """Serves an application until it is stopped."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        """Take the port; 0 stands for a free one. Raises OSError.

        An OSError from the application ends the connection without a byte: the fault `lost`.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
        self.port: int = listener.getsockname()[1]
        self._watched: dict[int, Any] = {}
        self._closing = threading.Lock()
        self._server: Any = create_server(  # its type stubs know neither channels nor trigger
            app,
            map=self._watched,
            sockets=[listener],
            threads=THREADS,
            ident="loyaltyctl sandbox",
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

    def stop(self) -> None:
        """End the `run` that another thread is in: its loop ends when it has nothing left to watch."""
        with self._closing:
            self._server.trigger.pull_trigger(self._watched.clear)
