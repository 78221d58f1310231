"""API hook that updates the rule cache, from which shell completion suggests rule ids."""

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
"""Maximum number of cached rules; the most recently seen are kept."""


class RuleCacheHook:
    """API hook that collects the rules in responses, and saves them to the cache file at `path`.

    Other connections, of this run or of another process, write to the same file. So a list of all rules
    replaces the file's content only if the file has not changed since the list was read. Rules that the
    hook has seen after the list are added in any case.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._all: dict[str, str] | None = None
        """Title and status of all rules of the site, by id; None until they are listed."""
        self._content_when_listed: dict[str, str] = {}
        """Content of the cache file when all rules were listed."""
        self._seen_later: dict[str, str | None] = {}
        """Title and status of each rule seen after that; None for a deleted one."""

    def __call__(self, notification: Notification) -> None:
        """Collect the rules in a response for the rule cache, and forget a deleted rule."""
        match notification:
            case RulesSeen():
                found = _completion_descriptions(notification)
                if notification.whole:
                    self._all, self._seen_later = found, {}
                    self._content_when_listed = rule_cache.read_cached_rules(self._path)
                else:
                    self._seen_later |= found
            case Changed(effect=Effect.DELETE.value):
                self._seen_later[notification.rule_id.lower()] = None
            case _:
                pass

    def save(self) -> None:
        """Write the rules that this hook collected to the rule cache file, if there are any."""
        if self._all is None and not self._seen_later:
            return
        content = rule_cache.read_cached_rules(self._path)
        # Without this comparison, a connection that is closed late would undo what others wrote.
        base = content if self._all is None or content != self._content_when_listed else self._all
        known = [(rule, text) for rule, text in (base | self._seen_later).items() if text is not None]
        rules = dict(known[-MAX_RULES:])
        if rules != content:
            rule_cache.write_cached_rules(self._path, rules)


def _completion_descriptions(seen: RulesSeen) -> dict[str, str]:
    """Return the text that is cached for each rule, by id: title and status, for shell completion."""
    rules = map(EarningRule.read, seen.rules)
    return {rule.id.lower(): visible(f"{rule.title} · {rule.status}") for rule in rules if is_guid(rule.id)}
