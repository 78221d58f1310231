"""Fixtures: a server with a self-signed certificate, and clients of sandboxes."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.clients import SandboxClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[str]:
    """The origin of a server with a self-signed certificate."""
    openssl = shutil.which("openssl")
    assert openssl
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([openssl, *request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                context.wrap_socket(connection, server_side=True).close()

    threading.Thread(target=serve, daemon=True).start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


@pytest.fixture
def make_client() -> Iterator[Callable[..., SandboxClient]]:
    """A function that creates clients, which are closed after the test."""
    with contextlib.ExitStack() as stack:

        def create(*faults: str, **settings: Any) -> SandboxClient:
            return stack.enter_context(contextlib.closing(SandboxClient(*faults, **settings)))

        yield create
