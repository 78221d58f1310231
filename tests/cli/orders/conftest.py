"""Fixture: a served sandbox that starts to fail after some searches for orders."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.sandbox.app import SEARCH_ORDERS_PATH, Application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from loyaltyctl.serving.server import Server
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class FailingServer:
    """WSGI application: a sandbox whose searches for orders fail between `fail` and `heal`."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._failing: WSGIApplication = app
        self._left = 0
        self.searches = 0
        self.environ: dict[str, str] = {}

    def fail(self, spec: str, *, after: int = 0) -> None:
        """Inject a fault, such as `500`, into every search after the first `after` ones."""
        self._failing, self._left = Faults(self._app, [Fault.parse(spec)]), after

    def heal(self) -> None:
        """Answer all further searches."""
        self._failing = self._app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["PATH_INFO"] == SEARCH_ORDERS_PATH
        self.searches += 1
        self._left -= 1
        return (self._app if self._left >= 0 else self._failing)(environ, start_response)


@pytest.fixture
def server() -> Iterator[FailingServer]:
    """Return a sandbox on a socket; `server.environ` points commands at it."""
    store = Store()
    server = FailingServer(Application(store, api_key=KEY))
    socket = Server(server, "127.0.0.1", 0)
    thread = threading.Thread(target=socket.run, daemon=True)
    thread.start()
    server.environ = {
        "LOYALTYCTL_API_KEY": KEY,
        "LOYALTYCTL_SITE_ID": SITE,
        "LOYALTYCTL_BASE_URL": f"http://127.0.0.1:{socket.port}",
    }
    yield server
    socket.stop()
    thread.join(10)
    store.close()
