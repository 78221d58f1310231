"""Temporary folders of runs over order files: removed, also after a process was killed."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.orders.temporary_folders import MIN_AGE, PREFIX, TemporaryFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create temporary folders in a folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def aged(folder: Path) -> Path:
    """Let a folder look as if it had not changed for long."""
    then = folder.stat().st_mtime - 2 * MIN_AGE
    os.utime(folder, (then, then))
    return folder


@pytest.mark.linux
def test_a_folder_that_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    left, new, other = tmp_path / f"{PREFIX}left", tmp_path / f"{PREFIX}new", tmp_path / "other"
    for folder in (left, new, other):
        folder.mkdir()
        (folder / "copy").write_text("x")
    (tmp_path / f"{PREFIX}link").symlink_to(other)
    aged(left), aged(other)
    running = TemporaryFolder()
    aged(running.path)

    another = TemporaryFolder()

    assert not left.exists()
    assert all(folder.exists() for folder in (new, other / "copy", running.path, another.path))
    running.remove()
    another.remove()
    assert not running.path.exists()
    assert not another.path.exists()
