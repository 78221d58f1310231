"""Runs of the program in a separate process, with their duration and peak memory."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PROGRAM = """
import sys
sys.argv = ["loyaltyctl", *sys.argv[1:]]
from loyaltyctl.__main__ import main
if code := main():
    sys.exit(code)
"""
_PEAK = """
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0], file=sys.stderr)
"""


class Measured(NamedTuple):
    """Output of a process, its duration in seconds, and its peak memory in KiB."""

    out: str
    seconds: float
    peak: int


def measured(script: str, argv: Sequence[str], environ: Mapping[str, str]) -> Measured:
    """Run a Python script, which must succeed."""
    command = [sys.executable, "-c", f"import sys\n{script}{_PEAK}", *argv]
    began = time.perf_counter()
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    assert ended.returncode == 0, ended.stderr
    return Measured(ended.stdout, took, int(ended.stderr.split()[-1]))


def program(line: Sequence[str], environ: Mapping[str, str]) -> Measured:
    """Run a command line, which must succeed."""
    return measured(_PROGRAM, line, environ)
