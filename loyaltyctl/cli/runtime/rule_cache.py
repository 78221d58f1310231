"""Rule cache hook: saves the rules that a run reads and changes, for completion of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import Changed, RulesSeen
from loyaltyctl.api.methods import Effect
from loyaltyctl.config import rule_cache
from loyaltyctl.intake.values import is_guid
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.api.hooks import Notification

MAX_RULES = 1000
"""Maximum number of cached rules; those seen last are kept."""


class RuleCache:
    """Hook that collects rules seen, changed and deleted, and writes them to the cache file at `path`.

    Other connections, of this run or of another one, write to the same file. So a list of all rules
    replaces the file only if nobody has written it since the list was read; what this connection saw
    later is always put on top.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._all: dict[str, str] | None = None
        self._content_then: dict[str, str] = {}
        """The content of the file when all rules were read."""
        self._later: dict[str, str | None] = {}
        """Title and status of each rule seen after that; None for a deleted one."""

    def __call__(self, notification: Notification) -> None:
        match notification:
            case RulesSeen():
                found = _descriptions(notification)
                if notification.whole:
                    self._all, self._later = found, {}
                    self._content_then = rule_cache.read(self._path)
                else:
                    self._later |= found
            case Changed(effect=Effect.DELETE.value):
                self._later[notification.rule_id.lower()] = None
            case _:
                pass

    def save(self) -> None:
        """Update the file, if anything was seen."""
        if self._all is None and not self._later:
            return
        content = rule_cache.read(self._path)
        # Without this comparison, a connection that is closed late would undo what others wrote.
        base = content if self._all is None or content != self._content_then else self._all
        known = [(rule, text) for rule, text in (base | self._later).items() if text is not None]
        rules = dict(known[-MAX_RULES:])
        if rules != content:
            rule_cache.write(self._path, rules)


def _descriptions(seen: RulesSeen) -> dict[str, str]:
    """Return title and status of each rule by its id, as completion shows them."""
    rules = map(EarningRule.read, seen.rules)
    return {rule.id.lower(): visible(f"{rule.title} · {rule.status}") for rule in rules if is_guid(rule.id)}
