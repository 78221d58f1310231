"""Partial file of a fetch: the orders fetched so far, and how to continue.

    FILE.part         orders, one JSON object a line
    FILE.part.state   the request, the cursor of the next page, and the size of FILE.part up to that page

A page is on the disk before the state that counts it. So whatever ends a run, the next one cuts FILE.part to
the size in the state, and continues with the page of the cursor.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Conflict, InvalidData, UsageError
from loyaltyctl.intake import atomic_files, file_locks, private_files, strict_json, timestamps
from loyaltyctl.model.order_search import OrderSearch, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject

VERSION = 1
"""Version of the format of the state."""
RESTART = "To fetch all orders anew: --restart"
_BINARY = getattr(os, "O_BINARY", 0)
"""Flag that keeps Windows from converting line ends."""
_CLOSED = -1
"""In place of the descriptor of a closed file."""


class FetchRequest(NamedTuple):
    """Request of a fetch: the site, the options as typed, and the search that they mean.

    `options` identifies the request: a period such as 7d means another search in every run, but the same
    command line continues the earlier search.
    """

    server: str
    site: str
    options: str
    search: OrderSearch

    def describe(self) -> str:
        """Return the request of a fetch in words, for the error about two different requests."""
        return f"{self.options or 'all orders'} (site {self.site} on {self.server})"

    def is_same(self, other: FetchRequest) -> bool:
        """Return whether another fetch has the same site and options."""
        return self[:3] == other[:3]


class FetchState(NamedTuple):
    """State of a partial file: its request, the cursor of the next page, and the size in bytes up to it.

    The cursor is empty for the first page.
    """

    request: FetchRequest
    cursor: str = ""
    size: int = 0
    is_complete: bool = False

    def text(self) -> str:
        """Return the JSON text of the state of a partial file."""
        search = self.request.search
        document: JsonObject = {
            "version": VERSION,
            "server": self.request.server,
            "site": self.request.site,
            "options": self.request.options,
            "since": timestamps.format_utc(search.since, "microseconds") if search.since else "",
            "until": timestamps.format_utc(search.until, "microseconds") if search.until else "",
            "statuses": [str(status) for status in search.statuses],
            "cursor": self.cursor,
            "size": self.size,
            "complete": self.is_complete,
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def parse(cls, data: bytes, name: str) -> FetchState:
        """Parse the state of a partial file. Raises InvalidData if it is damaged, or of another version."""
        try:
            document = strict_json.loads(data, name)
        except InvalidData:
            document = None
        match document:
            case {
                "version": int(version),
                "server": str(server),
                "site": str(site),
                "options": str(options),
                "since": str(since),
                "until": str(until),
                "statuses": [*statuses],
                "cursor": str(cursor),
                "size": int(size),
                "complete": bool(complete),
            } if version == VERSION and all(status in [*OrderStatus] for status in statuses):
                names = tuple(OrderStatus(str(status)) for status in statuses)
                ends = timestamps.parse(since), timestamps.parse(until)
                if [end is None for end in ends] == [not since, not until]:
                    request = FetchRequest(server, site, options, OrderSearch(*ends, names))
                    return cls(request, cursor, size, complete)
        raise InvalidData(f"{name} is not the state of a fetch by this version", hint=RESTART)


class PartialFile:
    """Partial file of a fetch to a target file: open, and locked against other runs."""

    def __init__(self, target: Path, request: FetchRequest, *, restart: bool) -> None:
        """Open the partial file of `target`: continue its fetch, or start a new one.

        With `restart`, an earlier fetch is forgotten. Raises Conflict if another run writes to the file,
        UsageError if the earlier fetch was another request, and InvalidData if it cannot be continued.
        """
        self._target = target
        self.path = target.with_name(f"{target.name}.part")
        self._state_path = target.with_name(f"{target.name}.part.state")
        self.state = FetchState(request)
        self._is_ready = False
        with atomic_files.convert_errors(self.path):
            private_files.make_file(self.path)
            self._handle = os.open(self.path, os.O_RDWR | _BINARY)
            try:
                self._lock()
                self.continues = self._continue(request, restart=restart)
                self._is_ready = True
            except BaseException:
                self.close()
                raise

    def orders(self) -> Iterator[JsonObject]:
        """Yield the orders in the partial file. Raises InvalidData if it was damaged."""
        with os.fdopen(os.dup(self._handle), "rb") as file:
            file.seek(0)
            for number, line in enumerate(file, 1):
                try:
                    order = strict_json.loads(line, str(self.path))
                except InvalidData:
                    order = None
                if not isinstance(order, dict):
                    raise InvalidData(f"{self.path} line {number} is not an order", hint=RESTART)
                yield order

    def append(self, orders: Sequence[JsonObject], cursor: str) -> None:
        """Append a page of orders to the partial file; `cursor` is that of the next page, empty if none."""
        data = "".join(json.dumps(order, separators=(",", ":")) + "\n" for order in orders).encode()
        with atomic_files.convert_errors(self.path):
            os.lseek(self._handle, self.state.size, os.SEEK_SET)
            left = memoryview(data)
            while left:  # a disk may accept the bytes in several pieces
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
            size = self.state.size + len(data)
            self._save(self.state._replace(cursor=cursor, size=size, is_complete=not cursor))

    def finish(self, *, replace: bool) -> None:
        """Rename the partial file to its target. Call it when all pages are in it.

        Raises Conflict if the target exists, unless `replace` is true.
        """
        if not replace and os.path.lexists(self._target):
            raise Conflict(
                f"{self._target} was created by another program; the orders are in {self.path}",
                code="FILE_CHANGED",
                hint="Rename one of the two files.",
            )
        if not file_locks.AVAILABLE:
            self.close()  # Windows has no lock to keep, and renames no open file
        with atomic_files.convert_errors(self._target):
            os.replace(self.path, self._target)  # noqa: PTH105 - replaces an existing file on Windows too
            self._state_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the partial file, and release its lock. Without a page, there is nothing to keep."""
        if self._is_ready and not self.state.cursor and not self.state.is_complete:
            self.path.unlink(missing_ok=True)
            self._state_path.unlink(missing_ok=True)
            self._is_ready = False
        if self._handle != _CLOSED:
            os.close(self._handle)
            self._handle = _CLOSED

    def _lock(self) -> None:
        """Lock the partial file. Raises Conflict if another run has it, or has just renamed it."""
        try:
            file_locks.lock(self._handle, wait=False)
            is_own = os.path.samestat(os.fstat(self._handle), self.path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_own = False
        if not is_own:
            raise Conflict(
                f"another run is writing to {self.path}",
                code="FILE_IN_USE",
                hint="Wait for it to end, or give another --out.",
            )

    def _continue(self, request: FetchRequest, *, restart: bool) -> bool:
        """Continue the fetch of the partial file, or start a new one; return whether it continues."""
        size = os.fstat(self._handle).st_size
        if restart or not size:
            os.ftruncate(self._handle, 0)
            self._is_ready = True  # also if the disk is full now: the empty file is deleted
            self._save(FetchState(request))
            return False
        self.state = self._read_state(size)
        if not self.state.request.is_same(request):
            raise UsageError(
                f"{self.path} has orders of another fetch: {self.state.request.describe()}; "
                f"this one is for {request.describe()}",
                hint=f"Give the same options, or another --out. {RESTART}",
            )
        os.ftruncate(self._handle, self.state.size)  # a killed run may have written a part of a page
        return True

    def _read_state(self, size: int) -> FetchState:
        """Read the state of the partial file, which has `size` bytes. Raises InvalidData."""
        try:
            state = FetchState.parse(self._state_path.read_bytes(), str(self._state_path))
        except FileNotFoundError:
            why = f"{self._state_path.name} is missing"
        else:
            if size >= state.size:
                return state
            why = "it is shorter than when it was written"
        raise InvalidData(f"{self.path} cannot be continued: {why}", hint=RESTART)

    def _save(self, state: FetchState) -> None:
        """Write the state of the partial file."""
        atomic_files.replace(self._state_path, state.text())
        self.state = state
