"""Journals of bulk creations that version 0.1.0 wrote: one database each. They are moved into the ledger.

    run    key = 'baseline', value = ids of the rules from before
    items  number (null: not in the file any more), content, state, tries, sent, id, result

States are planned, sending, created and failed; `content` is what identified a rule:
[app, trigger, title, status, method, ["tier points money", …], field].
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from loyaltyctl.apply.database import acquire, creation_lock, damaged, storage_errors
from loyaltyctl.apply.history import Step
from loyaltyctl.apply.plan import Change
from loyaltyctl.contract.outputs.plans import Action, StepState
from loyaltyctl.intake.file_names import hash_name
from loyaltyctl.model.rule_table import ARMS
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.intake.values import JsonObject

_STATES = {
    "planned": StepState.PLANNED,
    "sending": StepState.SENDING,
    "created": StepState.DONE,
    "failed": StepState.FAILED,
}


def import_journal(ledger: Ledger, target: Target, command: str, source: str) -> bool:
    """Move the journal of a bulk creation into the ledger, as its current run; return whether there is one.

    Raises Conflict while a process of version 0.1.0 works with it.
    """
    path = ledger.path.with_name(f"bulk-{hash_name(target.origin, target.site, source)}.sqlite3")
    if not path.exists():
        return False
    lock = creation_lock(ledger.path, source)._replace(path=path)  # version 0.1.0 locked the journal itself
    with storage_errors(path):
        with contextlib.closing(acquire(lock)) as db:
            rows = db.execute("select content, state, sent, id, result from items order by number").fetchall()
            known = db.execute("select value from run").fetchone()
        if known is not None:  # otherwise the process died before the run began
            began = min((row[2] for row in rows if row[2]), default=path.stat().st_mtime)
            try:
                with ledger.transaction():
                    ledger.begin(target, command, source, began, known=json.loads(known[0]))
                    for number, row in enumerate(rows):
                        ledger.add(number, _step(*row))
            except (ValueError, TypeError, KeyError):
                raise damaged(path) from None
        # A process that dies before this finds the run in the ledger, and never looks at the journal again.
        path.unlink()
    return known is not None


def _step(content: str, state: str, sent: float | None, rule_id: str | None, result: str | None) -> Step:
    change = Change(Action.CREATE, None, _document(content))
    fields = [field._asdict() for field in change.fields]
    created = json.loads(result) if result and state == "created" else None
    return Step(
        change.action, rule_id or "", change.rule.title, fields, _STATES[state], sent, [], "", created
    )


def _document(content: str) -> JsonObject:
    """Return a rule with this content; an invalid item has none."""
    if not content:
        return {}
    app, trigger, title, status, method, configs, field = json.loads(content)
    arm: JsonObject = {"configs": [*map(_config, configs)]}
    if field:
        arm["field"] = field
    return {
        "title": title,
        "triggerActivityType": trigger,
        "triggerAppId": app,
        "status": status,
        ARMS[Method(method)]: arm,
    }


def _config(text: str) -> JsonObject:
    tier, points, money = text.split()
    config: JsonObject = {"points": json.loads(points)}
    if tier != "None":
        config["tierId"] = tier
    if money != "None":
        config["moneyAmount"] = json.loads(money)
    return config
