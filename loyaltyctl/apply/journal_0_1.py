"""Import of bulk-creation journals of version 0.1.0 (an SQLite file for each rules file) into the ledger.

    run    key = 'baseline', value = ids of the rules on the site before the run
    items  number (null: no longer in the rules file), content, state, tries, sent, id, result

States are planned, sending, created and failed. `content` identifies a rule:
[app, trigger, title, status, method, ["tier points money", …], field].
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from loyaltyctl.apply.database import (
    acquire_lock,
    converting_storage_errors,
    creation_lock,
    damaged_ledger_error,
)
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

_STATES_OF_0_1 = {
    "planned": StepState.PLANNED,
    "sending": StepState.SENDING,
    "created": StepState.DONE,
    "failed": StepState.FAILED,
}


def import_journal(ledger: Ledger, target: Target, command: str, source: str) -> bool:
    """Move a 0.1.0 journal into the ledger, as its current run; return False if there is no journal.

    Raises Conflict while a process of version 0.1.0 uses the journal.
    """
    path = ledger.path.with_name(f"bulk-{hash_name(target.origin, target.site, source)}.sqlite3")
    if not path.exists():
        return False
    lock = creation_lock(ledger.path, source)._replace(path=path)  # version 0.1.0 locked the journal itself
    with converting_storage_errors(path):
        with contextlib.closing(acquire_lock(lock)) as db:
            rows = db.execute("select content, state, sent, id, result from items order by number").fetchall()
            known = db.execute("select value from run").fetchone()
        if known is not None:  # None if the process died before it recorded that the run began
            began = min((row[2] for row in rows if row[2]), default=path.stat().st_mtime)
            try:
                with ledger.transaction():
                    ledger.begin(target, command, source, began, known=json.loads(known[0]))
                    for number, row in enumerate(rows):
                        ledger.add(number, _step_from_item(*row))
            except (ValueError, TypeError, KeyError):
                raise damaged_ledger_error(path) from None
        # Deleted last: if this process dies before, the next one finds the run in the ledger and ignores the
        # journal; deleted first, the journal could be lost.
        path.unlink()
    return known is not None


def _step_from_item(
    content: str, state: str, sent: float | None, rule_id: str | None, result: str | None
) -> Step:
    """Convert an item of a 0.1.0 journal to a step of the ledger."""
    change = Change(Action.CREATE, None, _rule_from_content(content))
    fields = [field._asdict() for field in change.fields]
    created = json.loads(result) if result and state == "created" else None
    return Step(
        change.action, rule_id or "", change.rule.title, fields, _STATES_OF_0_1[state], sent, [], "", created
    )


def _rule_from_content(content: str) -> JsonObject:
    """Convert the content of a 0.1.0 journal item to a rule; an invalid item has no content, and gives {}."""
    if not content:
        return {}
    app, trigger, title, status, method, configs, field = json.loads(content)
    arm: JsonObject = {"configs": [*map(_tier_config_from_text, configs)]}
    if field:
        arm["field"] = field
    return {
        "title": title,
        "triggerActivityType": trigger,
        "triggerAppId": app,
        "status": status,
        ARMS[Method(method)]: arm,
    }


def _tier_config_from_text(text: str) -> JsonObject:
    """Convert `tier points money` of a 0.1.0 journal to a config of an award."""
    tier, points, money = text.split()
    config: JsonObject = {"points": json.loads(points)}
    if tier != "None":
        config["tierId"] = tier
    if money != "None":
        config["moneyAmount"] = json.loads(money)
    return config
