"""Event log of the webhook listener: one event per line, synced to disk before it is acknowledged.

Group commit: the lines added while a sync is running form a batch. The thread that added the first line
of a batch writes and syncs it. One fsync thus serves many requests, and no request waits for more than two.
"""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from io import BufferedReader
from typing import TYPE_CHECKING, BinaryIO, cast

from loyaltyctl.errors import Conflict, InvalidData
from loyaltyctl.intake import file_locks, strict_json
from loyaltyctl.model.events import ordering
from loyaltyctl.webhooks.event_files import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import RawIOBase
    from pathlib import Path

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.ordering import Key

RECEIVED, TYPE, ID = "receivedAt", "eventType", "eventId"
"""Members of a saved line besides TOKEN."""
_LINE_BEGIN = f'{{"{RECEIVED}"'.encode()
_PLAIN_STRING = rb'"([^"\\\x00-\x1f]*)"'
_FAST_LINE = re.compile(
    rb'\{"%b":"[^"\\\x00-\x1f]*","%b":%b,"%b":%b,"%b":"'
    % (RECEIVED.encode(), TYPE.encode(), _PLAIN_STRING, ID.encode(), _PLAIN_STRING, TOKEN.encode())
)
_LINE_END = b'"}\n'
_TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
MAX_LINE = 4 * 1024 * 1024
"""Maximum length of a line of the event log, in bytes; only tokens up to MAX_TOKEN are saved."""
BUFFER = 1024 * 1024
"""Bytes read at once from an existing event log."""


class _LogBatch:
    """Lines of the event log that are written and synced together.

    `done` is set once the lines are on the disk, or once writing them has failed with `error`.
    """

    def __init__(self) -> None:
        """Create an empty batch of lines for the event log."""
        self.lines: list[bytes] = []
        self.keys: list[Key] = []
        self.done = threading.Event()
        self.error: OSError | None = None


class EventLog:
    """Append-only event log in a file. Without a path, nothing is written, but duplicates are recognized."""

    def __init__(self, path: Path | None, *, once: bool) -> None:
        """Open or create the event log. With `once`, an event that the log contains is not written again.

        Raises Conflict if another run has the log open, InvalidData if the file is not an event log,
        and OSError.
        """
        self._once = once
        self._known: dict[Key, _LogBatch] = {}
        self._batch = _LogBatch()
        self._adding = threading.Lock()
        self._syncing = threading.Lock()
        self._file: BinaryIO | None = None
        self._size = 0
        if path is not None:
            try:
                self._file = _open_log(path)
                self._load_existing(self._file, path)
            except OSError as error:
                self.close()
                raise OSError(error.errno, error.strerror, str(path)) from None
            except BaseException:
                self.close()
                raise

    def append(self, line: Mapping[str, Json], key: Key | None) -> bool:
        """Append an event to the log, and wait until it is on the disk; return whether it is new.

        With `once`, an event is not appended if the log has one with the same key. The call then waits for
        that one: no sender may get a 200 before the event is on the disk. Raises OSError.
        """
        leads = False
        with self._adding:
            batch = self._known.get(key) if self._once and key is not None else None
            is_new = batch is None
            if batch is None:
                batch = self._batch
                leads = not batch.lines
                # _parse_fast relies on this format: ASCII without blanks, with the app's order of members.
                batch.lines.append(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                if self._once and key is not None:
                    self._known[key] = batch
                    batch.keys.append(key)
        if leads:
            self._sync_batch(batch)
        batch.done.wait()
        if batch.error is not None:
            raise batch.error
        return is_new

    def close(self) -> None:
        """Close the event log and release its lock."""
        if self._file is not None:
            self._file.close()

    def _sync_batch(self, batch: _LogBatch) -> None:
        """Wait until the previous batch is synced to the event log, then write this one.

        Until then, other threads may add lines to this batch.
        """
        with self._syncing:
            with self._adding:
                self._batch = _LogBatch()
            try:
                self._write_batch(batch)
            finally:
                batch.done.set()

    def _write_batch(self, batch: _LogBatch) -> None:
        """Append the lines of a batch to the event log and sync it; undo the batch if that fails."""
        data = b"".join(batch.lines)
        try:
            if self._file is not None:
                _write_all(self._file.fileno(), data)
        except OSError as error:
            batch.error = error
            self._undo_batch(batch)
        else:
            self._size += len(data)
            batch.lines.clear()

    def _undo_batch(self, batch: _LogBatch) -> None:
        """Undo a batch whose write to the event log failed, so that its events are new when sent again."""
        with self._adding:
            for key in batch.keys:
                self._known.pop(key, None)
        if self._file is not None:
            # A partly written line would run into the next one.
            os.ftruncate(self._file.fileno(), self._size)

    def _load_existing(self, file: BinaryIO, path: Path) -> None:
        """Load the keys of the events in an existing log, and repair its last line."""
        # The file is unbuffered, so its own readline would make a system call for each byte.
        lines = BufferedReader(cast("RawIOBase", file), BUFFER)
        try:
            self._load_lines(cast("BinaryIO", lines), file.fileno(), path)
        finally:
            lines.detach()  # keeps the file open for appending

    def _load_lines(self, lines: BinaryIO, file: int, path: Path) -> None:
        """Load the keys from the lines of an existing event log.

        A last line without a line end gets one if it is a saved event, and is removed if it is a part of one.
        Raises InvalidData for any other line that is not a saved event.
        """
        done = _LogBatch()
        done.done.set()
        number = 0
        while text := lines.readline(MAX_LINE):
            number += 1
            is_whole = text.endswith(b"\n")
            # Without `once`, the keys are not needed: a line that begins like a saved event is not parsed.
            if is_whole and not self._once and text.startswith(_LINE_BEGIN):
                self._size += len(text)
                continue
            line = _parse_fast(text) or _parse(text)
            if (
                line is None
                and not is_whole
                and len(text) < MAX_LINE
                and _LINE_BEGIN.startswith(text[: len(_LINE_BEGIN)])
            ):
                os.ftruncate(file, self._size)  # a killed run left the line, and never acknowledged its event
                break
            if line is None:
                raise InvalidData(f"{path} line {number} is not a saved event", hint="Save to another file.")
            self._size += len(text) + (0 if is_whole else _write_all(file, b"\n"))
            kind, event_id, token = line.get(TYPE), line.get(ID), line.get(TOKEN)
            if self._once and isinstance(kind, str) and isinstance(event_id, str):
                self._known[ordering.dedupe_key(kind, event_id, token)] = done


def _parse_fast(text: bytes) -> JsonObject | None:
    """Parse a line of the event log, many times faster than `_parse`: `events listen` first reads all lines.

    Returns None for a line that is not written exactly as this module writes it.
    """
    begin = _FAST_LINE.match(text)
    if begin is None or not text.endswith(_LINE_END):
        return None
    token = text[begin.end() : -len(_LINE_END)]
    if token.translate(None, _TOKEN_CHARACTERS):
        return None
    try:
        return {TYPE: begin[1].decode(), ID: begin[2].decode(), TOKEN: token.decode()}
    except UnicodeDecodeError:
        return None


def _parse(text: bytes) -> JsonObject | None:
    """Parse a line of the event log as JSON; return None if the line is not a saved event."""
    try:
        line = strict_json.loads(text.rstrip(b"\n"))
    except InvalidData:
        return None
    return line if isinstance(line, dict) and TOKEN in line else None


def _write_all(file: int, data: bytes) -> int:
    """Append bytes to the event log and sync it; return their number. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)
    return len(data)


def _open_log(path: Path) -> BinaryIO:
    """Open and lock the event log. If the file is new, sync its folder to disk as well.

    Raises InvalidData if it is not a regular file, Conflict if another run has locked it, and OSError.
    """
    is_new = not path.exists()
    if not is_new and not stat.S_ISREG(path.stat().st_mode):
        raise InvalidData(f"{path} is not a regular file", hint="Give the name of a regular or new file.")
    # Unbuffered: with a buffer, close() would repeat a failed write.
    file = path.open("a+b", buffering=0)
    try:
        _lock_log(file, path)
    except BaseException:
        file.close()
        raise
    # fsync of a file does not make its name durable; Windows cannot open directories.
    if is_new and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    file.seek(0)
    return file


def _lock_log(file: BinaryIO, path: Path) -> None:
    """Lock the event log. Raises Conflict if another run has locked it."""
    try:
        file_locks.lock(file.fileno(), wait=False)
    except BlockingIOError:
        raise Conflict(f"another run saves events to {path}", hint="Give another file.") from None
