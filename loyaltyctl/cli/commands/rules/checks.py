"""Checks before a rule is changed: whether its revision is the expected one, and any rule stays active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import Conflict
from loyaltyctl.model.rules import any_active

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.model.rules import EarningRule, Status


def check_revision(current: EarningRule, expected: str | None) -> None:
    """Check that a rule is at the revision `expected`, from --revision; None stands for any revision.

    Raises Conflict if the rule is at another revision, or has none.
    """
    if expected is not None and current.revision is None:
        raise Conflict(
            f"the rule {current.id} has no revision, so it cannot be at {expected}",
            code="INVALID_REVISION",
            hint="Leave the revision out: nothing guards such a rule against other changes.",
        )
    if expected not in (None, current.revision):
        raise Conflict(
            f"the rule {current.id} is at revision {current.revision}, not {expected}: "
            "somebody else changed it",
            code="INVALID_REVISION",
            hint=f"Show it: loyaltyctl rules get {current.id}\nOr overwrite it: --revision latest",
        )


def warn_if_none_active(
    ctx: Context, rules: Iterable[EarningRule], changed: Mapping[str, Status | None]
) -> None:
    """Check before a change that a rule of the site stays active, and warn if none does.

    `changed` maps the ids of changed rules to their new status; None for deleted rules.
    """
    if not ctx.dry_run and not any_active(rules, changed):
        # The vendor pauses a program that has no active rule.
        ctx.messages.warn("no rule stays ACTIVE after this; a program without one pauses itself")
