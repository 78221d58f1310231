"""Folders of configuration and data for the tests of config."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.config.paths import Paths

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config", tmp_path / "data")
