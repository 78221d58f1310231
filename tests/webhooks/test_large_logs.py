"""Reading of a large event log: few system calls, little memory, equal to the JSON parser."""

from __future__ import annotations

import json
import re
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.webhooks.event_files import TOKEN
from loyaltyctl.webhooks.event_log import BUFFER, ID, RECEIVED, TYPE, EventLog, _parse, _parse_fast
from tests.webhooks.event_logs import ids, keep, written

if TYPE_CHECKING:
    from tests.conftest import Run

EVENTS = 15_000
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ['"', "\\", "\x00", "\x7f", "é", "\u2028"]
)


def system_calls() -> int:
    """Return the number of read system calls of this process."""
    found = re.search(r"^syscr: (\d+)$", Path("/proc/self/io").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.linux
def test_a_large_file_takes_few_system_calls_and_little_memory(once: bool, path: Path) -> None:
    path.write_bytes(written("a") * EVENTS)
    before = system_calls()
    tracemalloc.start()
    with closing(EventLog(path, once=once)) as log:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        reads = system_calls() - before

        assert keep(log, "new")
    assert reads < 2 * path.stat().st_size / BUFFER + 50
    assert most < 3 * BUFFER
    assert len(ids(path)) == EVENTS + 1


@given(
    TEXTS, TEXTS, TEXTS, TEXTS, st.booleans(), st.sampled_from(["\n", "", "\r\n", "}\n", '","token":"x"}\n'])
)
def test_the_fast_parser_agrees_with_the_json_parser(  # noqa: PLR0913, PLR0917 - the members of a line
    received: str, kind: str, event_id: str, token: str, ascii_only: bool, end: str
) -> None:
    members = {RECEIVED: received, TYPE: kind, ID: event_id, TOKEN: token}
    raw = f'{{"{RECEIVED}":"{received}","{TYPE}":"{kind}","{ID}":"{event_id}","{TOKEN}":"{token}"}}'
    for text in (json.dumps(members, ensure_ascii=ascii_only, separators=(",", ":")), raw):
        line = f"{text}{end}".encode()
        quick = _parse_fast(line)

        if quick is not None:
            assert quick.items() <= (_parse(line) or {}).items()
            assert line.endswith(b"\n")


def test_written_lines_are_parsed_by_the_fast_parser() -> None:
    assert _parse_fast(written("a")) is not None


@pytest.mark.linux
def test_a_read_error_names_the_file(run: Run) -> None:
    # /proc/self/mem opens, and refuses to be read.
    ended = run("events listen --port 0 --save /proc/self/mem", code=1)

    assert "cannot use /proc/self/mem: " in ended.err
