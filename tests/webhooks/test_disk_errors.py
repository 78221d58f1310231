"""Disk errors: events that are not written are not acknowledged, and the file stays intact."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.webhooks.event_log import EventLog
from tests.conftest import for_limited_files
from tests.webhooks.event_logs import Disk, ids, keep, together, written

if TYPE_CHECKING:
    from pathlib import Path


class TestDiskErrors:
    def test_a_line_that_cannot_be_synced_is_neither_saved_nor_remembered(
        self, path: Path, disk: Disk
    ) -> None:
        with closing(EventLog(path, once=True)) as log:
            assert keep(log, "a")
            disk.error = OSError(errno.EIO, "Input/output error")
            for _ in range(2):
                with pytest.raises(OSError, match="Input/output error"):
                    keep(log, "b")
                assert path.read_bytes() == written("a")
            disk.error = None
            assert [keep(log, one) for one in "abb"] == [False, True, False]
        assert path.read_bytes() == written("a", "b")

    def test_all_writers_of_a_failed_batch_get_the_error(self, path: Path, disk: Disk) -> None:
        failed: list[str] = []

        def try_to_keep(event_id: str) -> None:
            with pytest.raises(OSError, match="Input/output error"):
                keep(log, event_id)
            failed.append(event_id)

        with closing(EventLog(path, once=True)) as log:
            disk.error = OSError(errno.EIO, "Input/output error")
            disk.may_go_on.clear()
            threads = together(*(lambda one=one: try_to_keep(one) for one in "aaabbb"))
            assert disk.is_called.wait(30)
            disk.may_go_on.set()
            for thread in threads:
                thread.join()
            assert sorted(failed) == [*"aaabbb"]
            disk.error = None
            assert [keep(log, one) for one in "ab"] == [True, True]
        assert path.read_bytes() == written("a", "b")

    def test_an_incomplete_line_on_a_full_disk_is_removed(self, path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-c", _FULL_DISK, str(path)],
            capture_output=True,
            text=True,
            check=False,
            env=for_limited_files(os.environ),
        )

        assert ended.stderr == ""
        assert ended.stdout.split() == ["27", "whole", "27", "whole", "True", "False", "whole"]
        assert ids(path) == ["a", "b"]


_FULL_DISK = """
import resource, sys
from pathlib import Path
from loyaltyctl.webhooks.event_log import EventLog

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def tell():
    print("whole" if path.read_bytes() == expected else path.read_bytes())

def line(one):
    return {"receivedAt": "x", "eventType": "t", "eventId": one, "token": "x" * 200}

path = Path(sys.argv[1])
log = EventLog(path, once=True)
log.append(line("a"), ("t", "a"))
expected = path.read_bytes()
for room in (0, 100):
    limit(len(expected) + room)
    try:
        log.append(line("b"), ("t", "b"))
    except OSError as error:
        print(error.errno)
    tell()
limit(resource.RLIM_INFINITY)
print(log.append(line("b"), ("t", "b")), log.append(line("b"), ("t", "b")))
expected += expected.replace(b'"a"', b'"b"')
tell()
"""
