"""Content of a rule: its values by path, without the fields that the server sets.

    {"title": "Tickets", "conversionRate.configs[base].points": 2, …}

Some differences do not count: 1 and 1.0, the two ids of Wix Stores, an empty and a missing tier id, and the
order of tiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.model.resource_validation import has_type
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.rules import EarningRule

_BASE_TIER = "base"
"""Id of the base tier in the paths of a rule's content."""
MONEY_FIELD = RULE[f"{ARMS[Method.RATE]}.field"]
"""Field of an award that names the amount spent."""


def rule_content(rule: EarningRule) -> dict[str, Json]:
    """Return the content of a rule: the values that comparisons use, by path."""
    values: dict[str, Json] = {}
    for field in RULE.desired:
        value = value_at(rule.document, field.path)
        if field.path == "triggerAppId":
            value = rule.trigger_app if rule.trigger_app_id else None
        elif field.values and value not in field.writable_values:
            value = None  # such as UNKNOWN: a value that cannot be sent is not compared
        if value is not None and has_type(field, value):
            values[field.path] = value
    if rule.method is None:
        return values
    arm = ARMS[rule.method]
    for config in rule.configs:
        # By tier id, not by index: the order of configs has no meaning.
        path = f"{arm}.configs[{config.tier_id or _BASE_TIER}]"
        values[f"{path}.points"] = config.points
        if rule.method is Method.RATE:
            values[f"{path}.moneyAmount"] = config.money_amount
    award = rule.document[arm]
    if isinstance(award, dict) and award.get(MONEY_FIELD.name):
        values[MONEY_FIELD.path] = award[MONEY_FIELD.name]
    return values


def has_same_content(one: EarningRule, other: EarningRule) -> bool:
    """Return whether two rules have the same content; their ids, dates and revisions may differ."""
    return rule_content(one) == rule_content(other)


def is_in_award_configs(path: str) -> bool:
    """Return whether a path of a rule's content is below the `configs` of its award."""
    return ".configs[" in path
