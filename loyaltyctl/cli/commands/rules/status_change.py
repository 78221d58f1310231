"""Change the status of rules, for `rules pause` and `rules resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.rules.checks import warn_if_none_active
from loyaltyctl.cli.commands.rules.results import RULE_RESULT, for_each
from loyaltyctl.model.rules import Status

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.model.rules import EarningRule


def set_status(ctx: Context, ids: list[str], status: Status, done: str) -> None:
    """Change the status of rules, and show `done` as the result of each.

    For a rule that already has the status, nothing is sent.
    """
    ctx.output.check_view(RULE_RESULT)
    rules, chosen = ctx.rules.pick(ids)
    if status is Status.PAUSED:
        warn_if_none_active(ctx, rules, {rule.id: status for rule in chosen.values()})

    def set_one(rule: EarningRule) -> str | None:
        if rule.status is status:
            return f"already {status.lower()}"
        # The API's PUT accepts partial documents: fields that are not sent keep their values.
        ctx.rules.update(rule.id, {"status": status.value}, rule.revision)
        return None

    for_each(ctx, ids, chosen, done, set_one)
