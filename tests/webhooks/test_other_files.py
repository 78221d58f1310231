"""Files that are not event logs: rejected unchanged, unless they are empty."""

from __future__ import annotations

import fcntl
import os
from contextlib import closing
from pathlib import Path

import pytest

from loyaltyctl.errors import InvalidData
from loyaltyctl.webhooks.event_log import MAX_LINE, EventLog
from tests.webhooks.event_logs import ids, keep, written

OTHERS = {
    "text": b"my notes",
    "text with a line end": b"my notes\n",
    "text and a brace": b"my notes\n{",
    "another JSONL": b'{"a":1}\n{"b":2}\n',
    "another JSONL without an end": b'{"a":1}\n{"b":2}',
    "another one and a brace": b'{"a":1}\n{"b":2}\n{',
    "a document": b'[\n {"token": "x"}\n]\n',
    "a document without an end": b'[{"receivedAt":"x"}]',
    "an empty line": b"\n",
    "an empty line between": written("a") + b"\n" + written("b"),
    "one line of something else": written("a") + b"something else\n" + written("b"),
    "something else at the end": written("a") + b"something else",
    "bytes": b"\x00\xff\xfe\x01" * 99,
    "packed": b"\x1f\x8b\x08\x00" + b"\x00" * 50,
    "UTF-16": '{"token":"x"}\n'.encode("utf-16"),
    "a number": b"12\n",
    "twice the same member": b'{"token":"x","token":"y"}\n',
    "deep": b'{"token":' + b"[" * 999 + b"]" * 999 + b"}\n",
    "a very long line": b"x" * (MAX_LINE + 99),
    "a very long line of ours, almost": b'{"receivedAt"' + b"x" * (MAX_LINE + 99),
}
HALFWAY_DOWN = {"twice the same member"}
"""Files found invalid only if every member is read, as --dedupe does."""


def others(*, once: bool) -> list[object]:
    """Files that are not event logs."""
    return [
        pytest.param(once, data, id=f"{name}, {'once' if once else 'more than once'}")
        for name, data in OTHERS.items()
        if once or name not in HALFWAY_DOWN
    ]


def refusal(path: Path, *, once: bool) -> str:
    """Return the message for a rejected file."""
    try:
        EventLog(path, once=once).close()
    except (InvalidData, OSError) as error:
        return str(error)
    return ""


class TestFilesOfOthers:
    @pytest.mark.parametrize(("once", "data"), [*others(once=True), *others(once=False)])
    def test_other_files_are_rejected_unchanged(self, once: bool, data: bytes, path: Path) -> None:
        path.write_bytes(data)
        output = refusal(path, once=once)
        assert path.read_bytes() == data
        assert str(path) in output

    def test_the_error_is_invalid_data(self, path: Path) -> None:
        path.write_bytes(b"my notes")
        with pytest.raises(InvalidData, match=r"events\.jsonl line 1 is not a saved event"):
            EventLog(path, once=False)

    def test_a_rejected_file_is_closed_and_unlocked(self, path: Path) -> None:
        path.write_bytes(b"my notes")
        claimed = True
        try:
            EventLog(path, once=True)
        except InvalidData:
            claimed = is_claimed(path)
        assert not claimed

    def test_a_device_is_rejected(self) -> None:
        assert "/dev/null" in refusal(Path("/dev/null"), once=True)

    def test_a_pipe_is_rejected(self, path: Path) -> None:
        os.mkfifo(path)
        assert str(path) in refusal(path, once=True)

    def test_an_empty_file_is_accepted(self, path: Path) -> None:
        path.touch()
        with closing(EventLog(path, once=True)) as log:
            assert keep(log)
        assert path.read_bytes() == written("a")

    def test_a_link_is_followed(self, path: Path, tmp_path: Path) -> None:
        path.symlink_to(tmp_path / "real.jsonl")
        with closing(EventLog(path, once=True)) as log:
            assert keep(log)
        assert ids(tmp_path / "real.jsonl") == ["a"]


def is_claimed(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
