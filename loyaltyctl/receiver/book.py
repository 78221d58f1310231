"""The file that events are kept in: a line each, on the disk before it is acknowledged.

Writers that come while one is syncing are written together by the first of them: a sync
serves all who wait for it.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from loyaltyctl.errors import Conflict, InvalidData
from loyaltyctl.intake import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loyaltyctl.intake.values import Json, JsonObject

Key: TypeAlias = "tuple[str, str]"

RECEIVED, TYPE, ID, TOKEN = "receivedAt", "eventType", "eventId", "token"
"""The members of a line."""
_BEGIN = f'{{"{RECEIVED}"'.encode()
MAX_LINE = 4 * 1024 * 1024


class _Batch:
    """Lines that are written and synced together; `done` once they are, or cannot be."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.keys: list[Key] = []
        self.done = threading.Event()
        self.error: OSError | None = None


class Book:
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
            self._file = _opened(path)
            try:
                self._learn(self._file, path)
            except BaseException:
                self._file.close()
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
        done = _Batch()
        done.done.set()
        number = 0
        while text := file.readline(MAX_LINE):
            number += 1
            is_whole = text.endswith(b"\n")
            if is_whole and not self._once and text.startswith(_BEGIN):
                self._size += len(text)
                continue
            line = _line(text)
            if (
                line is None
                and not is_whole
                and len(text) < MAX_LINE
                and _BEGIN.startswith(text[: len(_BEGIN)])
            ):
                os.ftruncate(file.fileno(), self._size)  # a run was killed in it: it was never acknowledged
                break
            if line is None:
                raise InvalidData(
                    f"{path} line {number} is not an event that was saved", hint="Save to another file."
                )
            self._size += len(text) + (0 if is_whole else _write_all(file.fileno(), b"\n"))
            kind, event_id = line.get(TYPE), line.get(ID)
            if self._once and isinstance(kind, str) and isinstance(event_id, str):
                self._known[kind, event_id] = done


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
        import fcntl  # not on Windows

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return
    except OSError:
        raise Conflict(f"another run saves events to {path}", hint="Give another file.") from None
