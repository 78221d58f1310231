"""Lines of event logs, and a fake disk that can be slow or fail."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from loyaltyctl.webhooks.event_files import TOKEN
from loyaltyctl.webhooks.event_log import ID, RECEIVED, TYPE, EventLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loyaltyctl.intake.values import Json

TYPE_A = "wix.loyalty.v1.account_updated"


def line(event_id: str = "a", kind: str = TYPE_A) -> dict[str, Json]:
    return {RECEIVED: "2026-11-21T08:00:00.000Z", TYPE: kind, ID: event_id, TOKEN: f"x.{event_id}.y"}


def keep(log: EventLog, event_id: str = "a", kind: str = TYPE_A) -> bool:
    return log.append(line(event_id, kind), (kind, event_id))


def written(*event_ids: str) -> bytes:
    return b"".join(json.dumps(line(one), separators=(",", ":")).encode() + b"\n" for one in event_ids)


def ids(path: Path) -> list[str]:
    data = path.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(text)[ID] for text in data.splitlines()]


class Disk:
    """Replaces fsync: records its calls, and can be slow or fail."""

    def __init__(self, path: Path, sync: Callable[[int], None]) -> None:
        self._path = path
        self._sync = sync
        self.synced: list[bytes] = []
        self.is_called = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.error: OSError | None = None

    def __call__(self, file: int) -> None:
        self.is_called.set()
        assert self.may_go_on.wait(30)
        if self.error is not None:
            raise self.error
        self._sync(file)
        self.synced.append(self._path.read_bytes())


def together(*works: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads
