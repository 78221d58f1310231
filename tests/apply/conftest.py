"""Sites that runs change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.apply.bulk_server import BulkServer
from tests.apply.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bulk_server() -> Iterator[BulkServer]:
    server = BulkServer()
    yield server
    server.close()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site-1.sqlite3"
