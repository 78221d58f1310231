"""Match creations of which no response told the id with the rules of the site, by what the rules say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from loyaltyctl.apply.history import IN_DOUBT, read_history
from loyaltyctl.intake import timestamps
from loyaltyctl.model import comparison

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.apply.history import Step
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.rules import EarningRule

NEAR = 300.0
"""Seconds by which the server's clock, and the wait before it acts, may differ from ours."""


def identity(rule: EarningRule) -> str:
    """Return the values of a rule as text, equal for rules that differ by their ids alone."""
    return _text(comparison.comparable(rule))


def identity_of(step: Step) -> str:
    """Return the identity of the rule that a step creates."""
    return _text({str(field["path"]): field["new"] for field in step.fields})


def settle(ledger: Ledger, rules: Sequence[EarningRule]) -> None:
    """Record creations of earlier runs as done if they were in doubt, and are among the `rules` of the site.

    Bulk creations are left to --resume, which knows the ids of the rules from before.
    """
    history = read_history(ledger.path)
    claimed = {step.id for run in history.runs for step in run.steps if step.id}
    for run in reversed(history.runs):
        before = {rule.id for rule in history.snapshots.get(run.id, rules)}
        for number, step in enumerate(run.steps):
            if step.action != "create" or step.state not in IN_DOUBT:
                continue
            new = (rule for rule in rules if rule.id not in before | claimed and _near(rule, step))
            rule = next((rule for rule in new if identity(rule) == identity_of(step)), None)
            if rule is not None:
                ledger.record_created(run.id, number, rule.id)
                claimed.add(rule.id)


def _text(values: Mapping[str, Json]) -> str:
    return json.dumps({path: value for path, value in values.items() if value is not None}, sort_keys=True)


def _near(rule: EarningRule, step: Step) -> bool:
    """Return whether a rule was created about when a step was sent."""
    created = timestamps.parse(rule.created_date)
    return created is not None and abs(created.timestamp() - (step.sent or 0.0)) <= NEAR
