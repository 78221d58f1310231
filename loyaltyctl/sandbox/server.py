"""The sandbox over a socket."""

from __future__ import annotations

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
        self._server = create_server(
            app, host=host, port=port, threads=THREADS, ident="loyaltyctl sandbox", log_socket_errors=False
        )

    @property
    def port(self) -> int:
        return int(self._server.effective_port)

    def run(self) -> None:
        """Serve; ends when interrupted."""
        self._server.run()

    def close(self) -> None:
        """Give the port back."""
        self._server.close()
