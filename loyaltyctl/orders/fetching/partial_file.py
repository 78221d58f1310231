"""Partial file of a fetch: the orders fetched so far, and how to continue.

    FILE.part         orders, one JSON object a line
    FILE.part.state   the request, the cursor of the next page, and the size of FILE.part up to that page

A page is on the disk before the state that counts it. So whatever ends a run, the next one cuts FILE.part to the
size in the state, and continues with the page of the cursor.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Conflict, InvalidData, UsageError
from loyaltyctl.intake import atomic_files, file_locks, private_files, strict_json, timestamps
from loyaltyctl.intake.values import object_or_empty
from loyaltyctl.model.order_search import OrderSearch, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.intake.values import Json, JsonObject

VERSION = 1
"""Version of the format of the state."""
RESTART = "To fetch all orders anew: --restart"


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


class _State(NamedTuple):
    """State of a partial file: its request, the cursor of the next page, and the size in bytes up to it."""

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
    def parse(cls, data: bytes, name: str) -> _State:
        """Parse the state of a partial file. Raises InvalidData if it is damaged, or of another version."""
        document = object_or_empty(strict_json.loads(data, name))
        match document:
            case {
                "version": 1,
                "server": str(server),
                "site": str(site),
                "options": str(options),
                "since": str(since),
                "until": str(until),
                "statuses": [*statuses],
                "cursor": str(cursor),
                "size": int(size),
                "complete": bool(complete),
            } if {*statuses} <= {*OrderStatus}:
                names = tuple(OrderStatus(str(status)) for status in statuses)
                search = OrderSearch(timestamps.parse(since), timestamps.parse(until), names)
                return cls(FetchRequest(server, site, options, search), cursor, size, complete)
        raise InvalidData(f"{name} is not the state of a fetch by this version", hint=RESTART)


class PartialFile:
    """Partial file of a fetch, open and locked; created by `open_partial_file`."""

    def __init__(self, target: Path, handle: int, state: _State) -> None:
        """Continue a partial file with the descriptor `handle`; `target` is the path of the whole file."""
        self._target = target
        self._handle = handle
        self._state = state

    @property
    def path(self) -> Path:
        """Path of the partial file."""
        return partial_path(self._target)

    @property
    def request(self) -> FetchRequest:
        """Request of the fetch; if it continues, that of the first run."""
        return self._state.request

    @property
    def cursor(self) -> str:
        """Cursor of the next page to fetch; empty for the first page."""
        return self._state.cursor

    @property
    def is_complete(self) -> bool:
        """True if all pages have been fetched."""
        return self._state.is_complete

    def orders(self) -> Iterator[JsonObject]:
        """Yield the orders in the partial file."""
        with os.fdopen(os.dup(self._handle), "rb") as file:
            file.seek(0)
            for number, line in enumerate(file, 1):
                yield object_or_empty(strict_json.loads(line, f"{self.path} line {number}"))

    def append(self, orders: Sequence[JsonObject], cursor: str) -> None:
        """Append a page of orders to the partial file; `cursor` is that of the next page, empty at the end."""
        lines = [json.dumps(order, ensure_ascii=False, separators=(",", ":")) + "\n" for order in orders]
        data = "".join(lines).encode()
        with atomic_files.convert_errors(self.path):
            _write_all(self._handle, data, self._state.size)
            os.fsync(self._handle)
        self._save(self._state._replace(
            cursor=cursor, size=self._state.size + len(data), is_complete=not cursor
        ))  # fmt: skip

    def finish(self) -> None:
        """Rename the partial file to its target, and remove its state. Call it when all pages are in it."""
        with atomic_files.convert_errors(self._target):
            os.replace(self.path, self._target)  # noqa: PTH105 - replaces an existing file on Windows too
            _state_path(self._target).unlink(missing_ok=True)

    def start_over(self, request: FetchRequest) -> None:
        """Empty the partial file for a new fetch."""
        with atomic_files.convert_errors(self.path):
            os.ftruncate(self._handle, 0)
        self._save(_State(request))

    def cut(self) -> None:
        """Remove what a run wrote to the partial file after the page of its state."""
        with atomic_files.convert_errors(self.path):
            if os.fstat(self._handle).st_size < self._state.size:
                raise InvalidData(f"{self.path} is shorter than when it was written", hint=RESTART)
            os.ftruncate(self._handle, self._state.size)

    def _save(self, state: _State) -> None:
        """Write the state of the partial file."""
        self._state = state
        path = _state_path(self._target)
        with atomic_files.convert_errors(path):
            atomic_files.replace(path, state.text())


@contextmanager
def open_partial_file(target: Path, request: FetchRequest, *, restart: bool) -> Iterator[PartialFile]:
    """Open the partial file of a fetch to `target` in a `with` block, or create it.

    With `restart`, an earlier fetch is forgotten. Raises Conflict if another run is writing to the file, and
    UsageError if the earlier fetch was another request.
    """
    path = partial_path(target)
    with atomic_files.convert_errors(path):
        private_files.make_file(path)
        handle = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        _lock(handle, path)
        earlier = None if restart else _read_state(target, handle)
        part = PartialFile(target, handle, earlier or _State(request))
        if earlier is None:
            part.start_over(request)
        elif not earlier.request.is_same(request):
            raise UsageError(
                f"{path} has orders of another fetch: {earlier.request.describe()}; "
                f"this one is for {request.describe()}",
                hint=f"Give the same options, or another --out. {RESTART}",
            )
        else:
            part.cut()
        yield part
    finally:
        os.close(handle)


def partial_path(target: Path) -> Path:
    """Return the path of the partial file for a fetch to `target`."""
    return target.with_name(f"{target.name}.part")


def _state_path(target: Path) -> Path:
    """Return the path of the state of the partial file for a fetch to `target`."""
    return target.with_name(f"{target.name}.part.state")


def _lock(handle: int, path: Path) -> None:
    """Lock a partial file. Raises Conflict if another run has it, or has just renamed it to its target."""
    is_free = True
    try:
        file_locks.lock(handle, wait=False)
        with suppress(FileNotFoundError):
            is_free = os.path.samestat(os.fstat(handle), path.stat())
    except BlockingIOError:
        is_free = False
    if not is_free:
        raise Conflict(
            f"another run is writing to {path}",
            code="FILE_IN_USE",
            hint="Wait for it to end, or give another --out.",
        )


def _read_state(target: Path, handle: int) -> _State | None:
    """Read the state of a partial file; None for a new one. Raises InvalidData if it does not have one."""
    path = _state_path(target)
    with atomic_files.convert_errors(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            if os.fstat(handle).st_size:
                raise InvalidData(
                    f"{partial_path(target)} cannot be continued: {path.name} is missing", hint=RESTART
                ) from None
            return None
    return _State.parse(data, str(path))


def _write_all(handle: int, data: bytes, offset: int) -> None:
    """Write bytes to the partial file at an offset; a disk may accept them in several pieces."""
    os.lseek(handle, offset, os.SEEK_SET)
    left: Json | memoryview = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
