"""Marks of tests that run on some platforms only."""

from __future__ import annotations

import sys

import pytest

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc or prlimit")
