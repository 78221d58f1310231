"""The event log: a file with one event per line, synced to disk before the event is acknowledged.

Group commit: lines added while a sync is running are written together by the first of their
writers, so one sync serves all that wait for it.
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
"""Members of a line besides TOKEN."""
_BEGIN = f'{{"{RECEIVED}"'.encode()
_TEXT = rb'"([^"\\\x00-\x1f]*)"'
_FAST_LINE = re.compile(
    rb'\{"%b":"[^"\\\x00-\x1f]*","%b":%b,"%b":%b,"%b":"'
    % (RECEIVED.encode(), TYPE.encode(), _TEXT, ID.encode(), _TEXT, TOKEN.encode())
)
_END = b'"}\n'
_TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
MAX_LINE = 4 * 1024 * 1024
BUFFER = 1024 * 1024
"""Bytes read at once from an existing file."""


class _Batch:
    """Lines that are written and synced together; `done` is set once they are, or `error` is."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.keys: list[Key] = []
        self.done = threading.Event()
        self.error: OSError | None = None


class EventLog:
    """Append-only log of received events. Without a path, it only remembers their keys."""

    def __init__(self, path: Path | None, *, once: bool) -> None:
        """Open or create the file; with `once`, an event that it already has is not written again.

        Raises Conflict if another run writes to it, InvalidData if it is not an event log.
        """
        self._once = once
        self._known: dict[Key, _Batch] = {}
        self._batch = _Batch()
        self._adding = threading.Lock()
        self._syncing = threading.Lock()
        self._file: BinaryIO | None = None
        self._size = 0
        if path is not None:
            try:
                self._file = _open(path)
                self._read(self._file, path)
            except OSError as error:
                self.close()
                raise OSError(error.errno, error.strerror, str(path)) from None
            except BaseException:
                self.close()
                raise

    def append(self, line: Mapping[str, Json], key: Key | None) -> bool:
        """Append a line and wait until it is on the disk; return whether it is new. Raises OSError."""
        leads = False
        with self._adding:
            batch = self._known.get(key) if self._once and key is not None else None
            is_new = batch is None
            if batch is None:
                batch = self._batch
                leads = not batch.lines
                batch.lines.append(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                if self._once and key is not None:
                    self._known[key] = batch
                    batch.keys.append(key)
        if leads:
            self._sync(batch)
        batch.done.wait()
        if batch.error is not None:
            raise batch.error
        return is_new

    def close(self) -> None:
        """Close the file and release its lock."""
        if self._file is not None:
            self._file.close()

    def _sync(self, batch: _Batch) -> None:
        """Write a batch after the previous one is on the disk; lines added until then are part of it."""
        with self._syncing:
            with self._adding:
                self._batch = _Batch()
            try:
                self._write(batch)
            finally:
                batch.done.set()

    def _write(self, batch: _Batch) -> None:
        data = b"".join(batch.lines)
        try:
            if self._file is not None:
                _write_all(self._file.fileno(), data)
        except OSError as error:
            batch.error = error
            self._forget(batch)
        else:
            self._size += len(data)
            batch.lines.clear()

    def _forget(self, batch: _Batch) -> None:
        """Undo a batch that could not be written: the rest of a line would corrupt the next one."""
        with self._adding:
            for key in batch.keys:
                self._known.pop(key, None)
        if self._file is not None:
            os.ftruncate(self._file.fileno(), self._size)

    def _read(self, file: BinaryIO, path: Path) -> None:
        """Read the existing lines, and repair the end of the file for appending."""
        # readline on an unbuffered file takes a system call per byte.
        lines = BufferedReader(cast("RawIOBase", file), BUFFER)
        try:
            self._read_lines(cast("BinaryIO", lines), file.fileno(), path)
        finally:
            lines.detach()  # keeps the file open for appending

    def _read_lines(self, lines: BinaryIO, file: int, path: Path) -> None:
        done = _Batch()
        done.done.set()
        number = 0
        while text := lines.readline(MAX_LINE):
            number += 1
            is_whole = text.endswith(b"\n")
            if is_whole and not self._once and text.startswith(_BEGIN):
                self._size += len(text)
                continue
            line = _parse_fast(text) or _parse(text)
            if (
                line is None
                and not is_whole
                and len(text) < MAX_LINE
                and _BEGIN.startswith(text[: len(_BEGIN)])
            ):
                os.ftruncate(file, self._size)  # written by a killed run, and never acknowledged
                break
            if line is None:
                raise InvalidData(f"{path} line {number} is not a saved event", hint="Save to another file.")
            self._size += len(text) + (0 if is_whole else _write_all(file, b"\n"))
            kind, event_id, token = line.get(TYPE), line.get(ID), line.get(TOKEN)
            if self._once and isinstance(kind, str) and isinstance(event_id, str):
                key = (kind, event_id) if event_id else ordering.content_key(kind, token)
                self._known[key] = done


def _parse_fast(text: bytes) -> JsonObject | None:
    """Parse a line in exactly the format that this module writes, without escapes; None for any other.

    Equivalent to the JSON parser but many times as fast: logs of 100 MB are read before listening.
    """
    begin = _FAST_LINE.match(text)
    if begin is None or not text.endswith(_END):
        return None
    token = text[begin.end() : -len(_END)]
    if token.translate(None, _TOKEN_CHARACTERS):
        return None
    try:
        return {TYPE: begin[1].decode(), ID: begin[2].decode(), TOKEN: token.decode()}
    except UnicodeDecodeError:
        return None


def _parse(text: bytes) -> JsonObject | None:
    """Parse a line; None if it is not a saved event."""
    try:
        line = strict_json.loads(text.rstrip(b"\n"))
    except InvalidData:
        return None
    return line if isinstance(line, dict) and TOKEN in line else None


def _write_all(file: int, data: bytes) -> int:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)
    return len(data)


def _open(path: Path) -> BinaryIO:
    """Open and lock the file; a new one is synced into its directory."""
    is_new = not path.exists()
    if not is_new and not stat.S_ISREG(path.stat().st_mode):
        raise InvalidData(f"{path} is not a regular file", hint="Give the name of a regular or new file.")
    file = path.open("a+b", buffering=0)
    try:
        _lock(file, path)
    except BaseException:
        file.close()
        raise
    if is_new and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    file.seek(0)
    return file


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        file_locks.lock(file.fileno(), wait=False)
    except BlockingIOError:
        raise Conflict(f"another run saves events to {path}", hint="Give another file.") from None
