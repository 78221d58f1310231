"""Journals and ledgers in a process that dies at the write that a test names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.apply.journal import Journal
from loyaltyctl.apply.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.apply.ledger import Answered
    from loyaltyctl.apply.plan import Change
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.bulk import ItemResult
    from loyaltyctl.model.rules import EarningRule


class Crash(BaseException):
    """The process is gone."""


class CrashingJournal(Journal):
    """A journal in a process that dies before or after its n-th write."""

    def __init__(self, path: Path, crash_at: int) -> None:
        super().__init__(path)
        self._left = crash_at

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Crash

    def begin(
        self, contents: Sequence[str], baseline: Iterable[str], refused: Mapping[int, JsonObject]
    ) -> None:
        self._step()
        super().begin(contents, baseline, refused)
        self._step()

    def go_on(self, contents: Sequence[str], refused: Mapping[int, JsonObject]) -> None:
        self._step()
        super().go_on(contents, refused)
        self._step()

    def sending(self, numbers: Iterable[int], now: float) -> None:
        self._step()
        super().sending(numbers, now)
        self._step()

    def record(self, results: Iterable[ItemResult]) -> None:
        self._step()
        super().record(results)
        self._step()

    def plan_again(self, numbers: Iterable[int]) -> None:
        self._step()
        super().plan_again(numbers)
        self._step()


class CrashingLedger(Ledger):
    """A ledger in a process that dies before or after its n-th write."""

    def __init__(self, path: Path, crash_at: int) -> None:
        super().__init__(path)
        self._db.execute("pragma synchronous = off")  # what dies here is a process, and no disk
        self._left = crash_at

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Crash

    def begin(  # noqa: PLR0913, PLR0917 - as its parent's
        self,
        target: Target,
        command: str,
        source: str,
        now: float,
        snapshot: Iterable[EarningRule],
        changes: Sequence[Change],
    ) -> None:
        self._step()
        super().begin(target, command, source, now, snapshot, changes)
        self._step()

    def sending(self, numbers: Iterable[int], now: float) -> None:
        self._step()
        super().sending(numbers, now)
        self._step()

    def record(self, answers: Iterable[Answered]) -> None:
        self._step()
        super().record(answers)
        self._step()

    def end(self, now: float) -> None:
        self._step()
        super().end(now)
        self._step()
