"""Rule cache: the rules of a site as a run saw and changed them, kept for TAB (cli/completing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import Changed, RulesSeen
from loyaltyctl.api.methods import Effect
from loyaltyctl.config import rule_cache
from loyaltyctl.intake.values import is_guid
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from loyaltyctl.api.hooks import Notification
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings

MOST = 1000
"""Maximum number of cached rules; those that were seen last are kept."""


class Remembered:
    """A hook that collects which rules are seen, changed and deleted, and writes them to the cache.

    Other connections, of this run or of another one, write to the same file. So what this one
    read of the site gives way to a file that was written since; what it saw after that is put
    on top of it.
    """

    def __init__(self, context: Context, settings: Settings) -> None:
        self._path = rule_cache.path_for(
            context.paths.rule_cache,
            settings.profile,
            context.flags.site_id,
            context.environ,
            settings.kept_from_environment(),
        )
        self._whole: dict[str, str] | None = None
        self._before: dict[str, str] = {}
        """The content of the file when the whole site was seen."""
        self._since: dict[str, str | None] = {}
        """Title and status of each rule that was seen after that; None for one that was deleted."""

    def hear(self, fact: Notification) -> None:
        match fact:
            case RulesSeen():
                found = _described(fact)
                if fact.whole:
                    self._whole, self._since = found, {}
                    self._before = rule_cache.read(self._path)
                else:
                    self._since |= found
            case Changed(effect=Effect.DELETE.value):
                self._since[fact.rule_id.lower()] = None
            case _:
                pass

    def save(self) -> None:
        """Update the file, if there is anything to change in it."""
        if self._whole is None and not self._since:
            return
        there = rule_cache.read(self._path)
        # Without the second look at the file, a connection that is closed late would undo what others wrote.
        base = there if self._whole is None or there != self._before else self._whole
        known = [(rule, what) for rule, what in (base | self._since).items() if what is not None]
        rules = dict(known[-MOST:])
        if rules != there:
            rule_cache.write(self._path, rules)


def _described(seen: RulesSeen) -> dict[str, str]:
    """Title and status of each rule, as TAB shows them, by its id."""
    rules = map(EarningRule.read, seen.rules)
    return {rule.id.lower(): visible(f"{rule.title} · {rule.status}") for rule in rules if is_guid(rule.id)}
