"""Creations in doubt: those whose response was lost. Their rules are found on the site by content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from loyaltyctl.apply.history import IN_DOUBT, read_history
from loyaltyctl.intake import timestamps
from loyaltyctl.model.rule_content import rule_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.apply.history import Step
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.rules import EarningRule

NEAR_SECONDS = 300.0
"""Longest time between the recorded send time of a creation and the creation date of its rule."""


def identity(rule: EarningRule) -> str:
    """Return the content of a rule as text. By it, a rule on the site is matched to a creation in doubt."""
    return _identity_text(rule_content(rule))


def step_identity(step: Step) -> str:
    """Return the text that `identity` returns for the rule of a creation in doubt; `step` is the creation."""
    return _identity_text({str(field["path"]): field["new"] for field in step.fields})


def settle_creations(ledger: Ledger, rules: Sequence[EarningRule]) -> None:
    """Record creations in doubt as done if their rules are on the site; `rules` are all rules of the site.

    Bulk creations are left out: their rules are found by `--resume`.
    """
    history = read_history(ledger.path)
    claimed = {step.id for run in history.runs for step in run.steps if step.id}
    for run in reversed(history.runs):
        # A run without a snapshot, such as a bulk creation: all rules count as older, so none is found.
        before = {rule.id for rule in history.snapshots.get(run.id, rules)}
        for number, step in enumerate(run.steps):
            if step.action != "create" or step.state not in IN_DOUBT:
                continue
            new = (rule for rule in rules if rule.id not in before | claimed and _created_near(rule, step))
            rule = next((rule for rule in new if identity(rule) == step_identity(step)), None)
            if rule is not None:
                ledger.record_created(run.id, number, rule.id)
                claimed.add(rule.id)


def _identity_text(values: Mapping[str, Json]) -> str:
    """Return the text by which a rule on the site is matched to a creation in doubt.

    `values` is the content of the rule, by path. Values that are None are left out.
    """
    return json.dumps({path: value for path, value in values.items() if value is not None}, sort_keys=True)


def _created_near(rule: EarningRule, step: Step) -> bool:
    """Return whether a rule may be that of a creation in doubt: created about when `step` was sent."""
    created = timestamps.parse(rule.created_date)
    return created is not None and abs(created.timestamp() - (step.sent or 0.0)) <= NEAR_SECONDS
