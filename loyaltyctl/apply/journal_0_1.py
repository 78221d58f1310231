"""Import of bulk-creation journals of version 0.1.0 (an SQLite file for each rules file) into the ledger.

    run    key = 'baseline', value = ids of the rules on the site before the run
    items  number (null: no longer in the rules file), content, state, tries, sent, id, result

States are planned, sending, created and failed. `content` identifies a rule:
[app, trigger, title, status, method, ["tier points money", …], field].
"""

from __future__ import annotations

import contextlib
import itertools
import json
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.database import converting_storage_errors, damaged_ledger_error
from loyaltyctl.apply.history import Run, Step, read_history
from loyaltyctl.apply.locks import acquire_lock, creation_lock
from loyaltyctl.apply.plan import Change
from loyaltyctl.contract.outputs.plans import Action, StepState
from loyaltyctl.intake.file_names import hash_name
from loyaltyctl.model.rule_table import ARMS
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.intake.values import JsonObject

_STATES_OF_0_1 = {
    "planned": StepState.PLANNED,
    "sending": StepState.SENDING,
    "created": StepState.DONE,
    "failed": StepState.FAILED,
}
_RESPONSE_SECONDS = 60.0
"""Longest time between a request and the recorded step that is matched with it: the default --timeout."""


class _Item(NamedTuple):
    """Item of a 0.1.0 journal: the creation of one rule, with its number in the rules file."""

    number: int | None
    content: str
    state: str
    sent: float | None
    id: str | None
    result: str | None


def import_journal(ledger: Ledger, target: Target, command: str, source: str) -> bool:
    """Move the 0.1.0 journal of a rules file into the ledger, as the ledger's current run.

    Return False if there is no journal, or no run in it. Raises Conflict while a process of version 0.1.0
    uses the journal.
    """
    path = ledger.path.with_name(f"bulk-{hash_name(target.origin, target.site, source)}.sqlite3")
    if not path.exists():
        return False
    lock = creation_lock(ledger.path, source)._replace(path=path)  # version 0.1.0 locked the journal itself
    with converting_storage_errors(path):
        with contextlib.closing(acquire_lock(lock)) as db:
            rows = db.execute("select number, content, state, sent, id, result from items order by number")
            items = [_Item(*row) for row in rows]
            known = db.execute("select value from run").fetchone()
        if known is not None:  # None if the process died before it recorded that the run began
            began = min((item.sent for item in items if item.sent), default=path.stat().st_mtime)
            recorded = _find_recorded_steps(read_history(ledger.path).runs, command, items)
            try:
                with ledger.transaction():
                    # The imported run replaces these runs: with both, history would list every rule twice.
                    ledger.delete_runs({run.id for run, _ in recorded.values()})
                    ledger.begin(target, command, source, began, known=json.loads(known[0]))
                    removed = itertools.count(1)
                    for item in items:
                        number = -next(removed) if item.number is None else item.number
                        requests = recorded[item.sent][1].requests if item.sent in recorded else []
                        ledger.add(number, _step_from_item(item, requests))
            except (ValueError, TypeError, KeyError):
                raise damaged_ledger_error(path) from None
        # Deleted last: if this process dies before, the next one finds the run in the ledger and ignores the
        # journal; deleted first, the journal could be lost.
        path.unlink()
    return known is not None


def _find_recorded_steps(
    runs: Iterable[Run], command: str, items: Iterable[_Item]
) -> dict[float, tuple[Run, Step]]:
    """Find the steps that version 0.1.0 recorded in the ledger for the requests of a journal.

    The keys are the times when the requests were sent. Version 0.1.0 recorded a step when a response arrived,
    without the name of the rules file. So a request is matched with the first step recorded after it.
    """
    steps = sorted(
        ((run, step) for run in runs if (run.command, run.source) == (command, "") for step in run.steps),
        key=_recorded_time,
    )
    found = {}
    for item in items:
        if item.sent is None:
            continue
        for run, step in steps[bisect_left(steps, item.sent, key=_recorded_time) :][:1]:
            # A request that was refused or interrupted recorded no step: this step belongs to a later one.
            settled = step.state is StepState.UNKNOWN or item.state in {"created", "failed"}
            if settled and _recorded_time((run, step)) <= item.sent + _RESPONSE_SECONDS:
                found[item.sent] = (run, step)
    return found


def _recorded_time(recorded: tuple[Run, Step]) -> float:
    """Return the time at which version 0.1.0 recorded a step in the ledger; 0 if the step has no time."""
    return recorded[1].sent or 0.0


def _step_from_item(item: _Item, requests: Sequence[str]) -> Step:
    """Convert an item of a 0.1.0 journal to a step of the ledger; `requests` are the ids of its requests."""
    change = Change(Action.CREATE, None, _rule_from_content(item.content))
    fields = [field._asdict() for field in change.fields]
    state = _STATES_OF_0_1[item.state]
    created = json.loads(item.result) if item.result and state is StepState.DONE else None
    title = change.rule.title
    return Step(change.action, item.id or "", title, fields, state, item.sent, [*requests], "", created)


def _rule_from_content(content: str) -> JsonObject:
    """Convert the content of an item of a 0.1.0 journal to a rule; {} for an invalid rule."""
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
    """Convert a tier's award in a 0.1.0 journal, `TIER POINTS MONEY`, to a config of the API."""
    tier, points, money = text.split()
    config: JsonObject = {"points": json.loads(points)}
    if tier != "None":
        config["tierId"] = tier
    if money != "None":
        config["moneyAmount"] = json.loads(money)
    return config
