"""What single commands change, noted in the ledger of the site beside the runs of many steps."""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import Changed, OutcomeUnknown
from loyaltyctl.apply.history import StepState, opened
from loyaltyctl.apply.journal import transaction
from loyaltyctl.intake import private_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loyaltyctl.api.hooks import Notification
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.transport.deadline import Clock


class Recorder:
    """Recorder of what one command changes on a site. A failed record never blocks the change."""

    def __init__(
        self, path: Path, target: Target, command: str, clock: Clock, failed: Callable[[str], None]
    ) -> None:
        """Note in the ledger at `path`; `failed` is called with a message where that cannot be done."""
        self._failed = failed
        self._path = path
        self._target = target
        self._command = command
        self._clock = clock
        self._run = self._count = 0

    def hear(self, fact: Notification) -> None:
        if isinstance(fact, Changed | OutcomeUnknown):
            try:
                self._note(fact)
            except (OSError, sqlite3.Error) as error:
                self._failed(f"rules history will not show this change: {self._path}: {error}")

    def _note(self, fact: Changed | OutcomeUnknown) -> None:
        now = self._clock.time()
        state = StepState.DONE if isinstance(fact, Changed) else StepState.UNKNOWN
        private_files.make_folder(self._path.parent)
        with contextlib.closing(opened(self._path)) as db, transaction(db):
            if not self._run:
                self._run = begun(db, self._target, (self._command, "", now, None))
            requests = json.dumps([fact.request_id] if fact.request_id else [])
            db.execute(
                "insert into steps values (?, ?, ?, ?, ?, '[]', ?, ?, ?, '')",
                [self._run, self._count, fact.effect, fact.rule_id, fact.what, state, now, requests],
            )
            db.execute("update runs set ended = ? where number = ?", [now, self._run])
        self._count += 1


def begun(db: sqlite3.Connection, target: Target, facts: tuple[str, str, float, str | None]) -> int:
    """Enter a run that begins, and say once more where this is; the number of the run."""
    run_id = secrets.token_hex(4)
    db.execute("delete from target")
    db.execute("insert into target values (?, ?, ?)", target)
    cursor = db.execute(
        "insert into runs (id, command, source, began, snapshot) values (?, ?, ?, ?, ?)", [run_id, *facts]
    )
    return cursor.lastrowid or 0
