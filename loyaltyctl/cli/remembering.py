"""What a run saw of the rules of a site, kept for TAB (cli/completing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.calls import Effect
from loyaltyctl.api.facts import Changed, Seen
from loyaltyctl.config import known_rules
from loyaltyctl.intake.values import is_guid
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from loyaltyctl.api.facts import Fact
    from loyaltyctl.cli.desk import Desk

MOST = 1000
"""Nobody picks from more."""


class Remembered:
    """Hears which rules are seen, changed and deleted, and adds that to what is known of the profile."""

    def __init__(self, desk: Desk, profile: str | None) -> None:
        self._path = known_rules.path_for(desk.paths.known_rules, profile, desk.flags.site_id, desk.environ)
        self._known: dict[str, str] | None = None

    def hear(self, fact: Fact) -> None:
        match fact:
            case Seen():
                known = {} if fact.whole else self._so_far()
                for document in fact.rules[:MOST]:
                    rule = EarningRule.read(document)
                    if is_guid(rule.id):
                        known[rule.id] = visible(f"{rule.title} · {rule.status}")
                self._known = known
            case Changed(effect=Effect.DELETE.value):
                self._so_far().pop(fact.rule_id, None)
            case _:
                pass

    def save(self) -> None:
        """Write it down where it differs from what is there."""
        if self._known is not None and self._known != known_rules.read(self._path):
            known_rules.write(self._path, self._known)

    def _so_far(self) -> dict[str, str]:
        if self._known is None:
            self._known = known_rules.read(self._path)
        return self._known
