"""The sandbox over a socket."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

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
        self._socket = socket.create_server((host, port), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._server = create_server(
            app,
            sockets=[self._socket],
            threads=THREADS,
            ident="loyaltyctl sandbox",
            log_socket_errors=False,
        )

    def run(self) -> None:
        """Serve; ends when interrupted."""
        self._server.run()

    def close(self) -> None:
        """Give the port back."""
        self._server.close()
        self._socket.close()
