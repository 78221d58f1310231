"""Recorder of single commands: writes what they change into the ledger, for `rules history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import Changed, OutcomeUnknown
from loyaltyctl.apply.history import Step
from loyaltyctl.apply.ledger import Ledger
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import LoyaltyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loyaltyctl.api.hooks import Notification
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.transport.deadline import Clock


class Recorder:
    """Hook that records the changes of one command. A failed record never blocks the change."""

    def __init__(
        self, path: Path, target: Target, command: str, clock: Clock, warn: Callable[[str], None]
    ) -> None:
        """Record in the ledger at `path`; call `warn` with a message if that is not possible."""
        self._path = path
        self._target = target
        self._command = command
        self._clock = clock
        self._warn = warn
        self._run = self._count = 0

    def hear(self, fact: Notification) -> None:
        if isinstance(fact, Changed | OutcomeUnknown):
            try:
                self._record(fact)
            except LoyaltyError as error:
                self._warn(f"rules history will not show this change: {error.message}")

    def _record(self, fact: Changed | OutcomeUnknown) -> None:
        now = self._clock.time()
        state = StepState.DONE if isinstance(fact, Changed) else StepState.UNKNOWN
        requests = [fact.request_id] if fact.request_id else []
        # Opened anew for each change: a command such as `rules watch` may wait between two of them.
        with Ledger(self._path, run=self._run) as ledger, ledger.transaction():
            run = self._run or ledger.begin(self._target, self._command, "", now)
            ledger.add(self._count, Step(fact.effect, fact.rule_id, fact.what, [], state, now, requests, ""))
            ledger.end(now)
        self._run = run
        self._count += 1
