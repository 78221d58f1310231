"""Recorder of commands that change one rule: writes each change into the ledger, for `rules history`."""

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
    """Recorder of the changes of one command: a hook of the API client that writes them into the ledger.

    If a change that was made cannot be recorded, the command continues with a warning.
    """

    def __init__(
        self, path: Path, target: Target, command: str, clock: Clock, warn: Callable[[str], None]
    ) -> None:
        """Prepare a recorder for the ledger at `path`; it calls `warn` if a change cannot be recorded."""
        self._path = path
        self._target = target
        self._command = command
        self._clock = clock
        self._warn = warn
        self._run = self._steps_recorded = 0

    def __call__(self, notification: Notification, /) -> None:
        """Record the change if the notification reports one."""
        if isinstance(notification, Changed | OutcomeUnknown):
            try:
                self._record_change(notification)
            except LoyaltyError as error:
                self._warn(f"rules history will not show this change: {error.message}")

    def _record_change(self, change: Changed | OutcomeUnknown) -> None:
        """Record a change as a step of the command's run in the ledger; the first change begins the run."""
        now = self._clock.time()
        state = StepState.DONE if isinstance(change, Changed) else StepState.UNKNOWN
        requests = [change.request_id] if change.request_id else []
        # The ledger is opened for each change: few commands make more than one, and a hook has no close().
        with Ledger(self._path, run=self._run) as ledger, ledger.transaction():
            run = self._run or ledger.begin(self._target, self._command, "", now)
            ledger.add(
                self._steps_recorded,
                Step(change.effect, change.rule_id, change.what, [], state, now, requests, ""),
            )
            ledger.end(now)
        self._run = run
        self._steps_recorded += 1
