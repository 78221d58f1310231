"""The file that events are kept in: a line each, on the disk before it is acknowledged.

Writers that come while one is syncing are written together by the first of them: a sync
serves all who wait for it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from io import BufferedReader
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from loyaltyctl.errors import Conflict, InvalidData
from loyaltyctl.intake import file_locks, strict_json
from loyaltyctl.model.events import ordering

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import RawIOBase
    from pathlib import Path

    from loyaltyctl.intake.values import Json, JsonObject

Key: TypeAlias = "tuple[str, str]"

RECEIVED, TYPE, ID, TOKEN = "receivedAt", "eventType", "eventId", "token"
"""The members of a line."""
_BEGIN = f'{{"{RECEIVED}"'.encode()
_TEXT = rb'"([^"\\\x00-\x1f]*)"'
_USUAL = re.compile(
    rb'\{"%b":"[^"\\\x00-\x1f]*","%b":%b,"%b":%b,"%b":"'
    % (RECEIVED.encode(), TYPE.encode(), _TEXT, ID.encode(), _TEXT, TOKEN.encode())
)
_END = b'"}\n'
_OF_TOKENS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
MAX_LINE = 4 * 1024 * 1024
BUFFER = 1024 * 1024
"""Bytes that are read of the old file at once."""


class _Batch:
    """Lines that are written and synced together; `done` once they are, or cannot be."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.keys: list[Key] = []
        self.done = threading.Event()
        self.error: OSError | None = None


class EventLog:
    """What was received. Without a path, nothing is written and keys are only remembered."""

    def __init__(self, path: Path | None, *, once: bool) -> None:
        """Open the file, or begin it; with `once`, an event that is in it is not written again.

        Raises Conflict where another run writes to it, InvalidData where it is no such file.
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
                self._file = _opened(path)
                self._learn(self._file, path)
            except OSError as error:
                self.close()
                raise OSError(error.errno, error.strerror, str(path)) from None
            except BaseException:
                self.close()
                raise

    def keep(self, line: Mapping[str, Json], key: Key | None) -> bool:
        """Keep a line; returns once it is on the disk. Whether it is a new one. Raises OSError."""
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
        """Close the file, which lets others write to it."""
        if self._file is not None:
            self._file.close()

    def _sync(self, batch: _Batch) -> None:
        """Write a batch, once the one before is on the disk; whoever comes meanwhile is in it too."""
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
        """Take back a batch that could not be written; half a line of it would hide the next one."""
        with self._adding:
            for key in batch.keys:
                self._known.pop(key, None)
        if self._file is not None:
            os.ftruncate(self._file.fileno(), self._size)

    def _learn(self, file: BinaryIO, path: Path) -> None:
        """Look at what the file holds, and make its end one that a line can follow."""
        # Read through a buffer: a line of an unbuffered file takes a system call for each byte.
        lines = BufferedReader(cast("RawIOBase", file), BUFFER)
        try:
            self._learn_from(cast("BinaryIO", lines), file.fileno(), path)
        finally:
            lines.detach()  # the file stays open for what is added

    def _learn_from(self, lines: BinaryIO, file: int, path: Path) -> None:
        done = _Batch()
        done.done.set()
        number = 0
        while text := lines.readline(MAX_LINE):
            number += 1
            is_whole = text.endswith(b"\n")
            if is_whole and not self._once and text.startswith(_BEGIN):
                self._size += len(text)
                continue
            line = _usual(text) or _line(text)
            if (
                line is None
                and not is_whole
                and len(text) < MAX_LINE
                and _BEGIN.startswith(text[: len(_BEGIN)])
            ):
                os.ftruncate(file, self._size)  # a run was killed in it: it was never acknowledged
                break
            if line is None:
                raise InvalidData(
                    f"{path} line {number} is not an event that was saved", hint="Save to another file."
                )
            self._size += len(text) + (0 if is_whole else _write_all(file, b"\n"))
            kind, event_id, token = line.get(TYPE), line.get(ID), line.get(TOKEN)
            if self._once and isinstance(kind, str) and isinstance(event_id, str):
                key = (kind, event_id) if event_id else ordering.content_key(kind, token)
                self._known[key] = done


def _usual(text: bytes) -> JsonObject | None:
    """Read a line in the form that this module writes, without escapes; None for any other.

    It says what JSON would say of it, many times as fast: files of 100 MB are read at the start.
    """
    begin = _USUAL.match(text)
    if begin is None or not text.endswith(_END):
        return None
    token = text[begin.end() : -len(_END)]
    if token.translate(None, _OF_TOKENS):
        return None
    try:
        return {TYPE: begin[1].decode(), ID: begin[2].decode(), TOKEN: token.decode()}
    except UnicodeDecodeError:
        return None


def _line(text: bytes) -> JsonObject | None:
    """What a line says, if it is one of ours."""
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


def _opened(path: Path) -> BinaryIO:
    """The file, which nobody else writes to; a new one is in its folder for good."""
    is_new = not path.exists()
    if not is_new and not stat.S_ISREG(path.stat().st_mode):
        raise InvalidData(
            f"{path} is no file that events can be saved in", hint="Give a file, or a new name."
        )
    file = path.open("a+b", buffering=0)
    try:
        _claim(file, path)
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


def _claim(file: BinaryIO, path: Path) -> None:
    try:
        file_locks.lock(file.fileno(), wait=False)
    except BlockingIOError:
        raise Conflict(f"another run saves events to {path}", hint="Give another file.") from None
