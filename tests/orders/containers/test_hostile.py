"""Hostile order files give a clear error or the right text, in bounded time and memory."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.measured import measured
from tests.orders.containers.hostile import CASES

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60
"""Maximum duration of a case, on a busy machine. Most take less than a second."""
PEAK = 150 * 1024
"""Maximum memory of the process in KiB."""
CHILD_PEAK = 1600 * 1024
"""Maximum memory of the process that converts a table in KiB: its limit is 1.5 GiB."""

_SCRIPT = """
import json, resource
from pathlib import Path
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.orders.containers import tables
from loyaltyctl.orders.containers.opening import open_order_file
from loyaltyctl.orders.containers.readable import Options

def decompress_zstd(path, target, source):
    from tests.orders.containers.opened import decompress_zstd
    decompress_zstd(path, target, source)

tables.MAX_SECONDS = 30
path, folder = map(Path, sys.argv[1:])
found = {}
try:
    readable = open_order_file(path, path.name, folder, Options(), decompress_zstd)
    with readable.open() as file:
        found["text"] = file.read(1000).decode(errors="replace")
except (InvalidData, UsageError) as error:
    found = {"message": error.message, "hint": error.hint}
found["copies"] = len([*folder.iterdir()])
found["child"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps(found))
"""


@pytest.mark.linux
@pytest.mark.sampled
@pytest.mark.parametrize("name", CASES)
def test_hostile_files_are_read_or_refused_in_bounds(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / f"orders{case.suffix}"
    path.write_bytes(case.build())
    copies = tmp_path / "copies"
    copies.mkdir()

    ended = measured(_SCRIPT, [str(path), str(copies)], os.environ)

    found = json.loads(ended.out)
    if case.text:
        assert case.text in found["text"]
    else:
        assert case.message in found["message"]
        assert re.match(r"orders\.", found["message"])
        assert found["hint"] or "is empty" in found["message"]
        assert found["copies"] == 0
    assert ended.seconds < SECONDS
    assert ended.peak < PEAK
    assert found["child"] < CHILD_PEAK


def test_there_are_many_hostile_files() -> None:
    assert len(CASES) > 120
