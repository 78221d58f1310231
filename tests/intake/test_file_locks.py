"""Locks on open files: exclusive between processes, released by their end, absent where there are none."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.intake import file_locks

if TYPE_CHECKING:
    from pathlib import Path

HOLD = "import sys, time; from loyaltyctl.intake import file_locks; file = open(sys.argv[1], 'a'); file_locks.lock(file.fileno()); print(flush=True); time.sleep(60)"


def test_a_lock_excludes_other_processes_until_it_is_released_or_its_process_is_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    with path.open("a") as file:
        holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(BlockingIOError):
            file_locks.lock(file.fileno(), wait=False)
        holder.kill()
        holder.communicate()

        assert file_locks.lock(file.fileno(), wait=False)
        with path.open("a") as other:
            with pytest.raises(BlockingIOError):
                file_locks.lock(other.fileno(), wait=False)
            file_locks.unlock(file.fileno())
            assert file_locks.lock(other.fileno(), wait=False)


def test_the_content_of_a_locked_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("content")
    with path.open("r+") as file:
        file_locks.lock(file.fileno())

        assert path.read_text() == "content"


def test_on_a_file_system_without_locks_nothing_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    with (tmp_path / "file").open("w") as file:
        assert not file_locks.lock(file.fileno())
        assert not file_locks.lock(file.fileno(), wait=False)


def test_on_a_platform_without_locks_nothing_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_locks, "AVAILABLE", False)
    with (tmp_path / "file").open("w") as file:
        assert not file_locks.lock(file.fileno())
