"""Parsing of rules files in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.intake import documents
from loyaltyctl.model import desired_rules, rule_files
from loyaltyctl.model.rule_sets import RuleSet, rule_set

if TYPE_CHECKING:
    from collections.abc import Sequence


def parse_rules(text: str, name: str = "r.yaml", site: Sequence[str] = (), *, new: bool = False) -> RuleSet:
    """Parse and validate the rules in a text."""
    check = desired_rules.validate_new_desired if new else desired_rules.validate_desired
    return rule_set(rule_files.entries(documents.parse(text.encode(), name), site), check)
