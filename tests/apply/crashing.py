"""A ledger in a process that dies at the write that a test names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.apply.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.apply.locks import Lock


class Crash(BaseException):
    """The death of the process."""


class CrashingLedger(Ledger):
    """A ledger whose process dies before or after its n-th write; never for 0."""

    def __init__(self, path: Path, crash_at: int, lock: Lock) -> None:
        super().__init__(path, lock)
        self._db.execute("pragma synchronous = off")  # what dies here is a process, not a disk
        self._left = crash_at

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Crash

    def begin(self, *args: Any, **options: Any) -> int:
        self._step()
        number = super().begin(*args, **options)
        self._step()
        return number

    def replan(self, *args: Any) -> None:
        self._step()
        super().replan(*args)
        self._step()

    def sending(self, *args: Any) -> None:
        self._step()
        super().sending(*args)
        self._step()

    def record(self, *args: Any) -> None:
        self._step()
        super().record(*args)
        self._step()

    def end(self, *args: Any) -> None:
        self._step()
        super().end(*args)
        self._step()
