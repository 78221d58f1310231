"""Rules as a text states them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.intake import documents
from loyaltyctl.model import rule_files, statements
from loyaltyctl.model.rule_sets import RuleSet, rule_set

if TYPE_CHECKING:
    from collections.abc import Sequence


def read(text: str, name: str = "r.yaml", site: Sequence[str] = (), *, anew: bool = False) -> RuleSet:
    """The rules that a text states."""
    check = statements.check_anew if anew else statements.check
    return rule_set(rule_files.entries(documents.parse(text.encode(), name), site), check)
