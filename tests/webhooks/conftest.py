"""Fixtures: an event log, a fake disk, and a running listener."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.webhooks.listener import Listener
from tests.webhooks.clients import FixedClock, RunningListener, port_of, reader
from tests.webhooks.event_logs import Disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.fixture
def disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(path, os.fsync)
    monkeypatch.setattr(os, "fsync", disk)
    return disk


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningListener]:
    with Listener(reader(), FixedClock(), tmp_path / "events.jsonl", once=True) as listener:
        yield RunningListener(listener, port_of(listener.listen("127.0.0.1", 0)), tmp_path / "events.jsonl")
