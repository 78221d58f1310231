"""Change of the status of several rules, for pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.rules.checks import warn_if_none_active
from loyaltyctl.cli.commands.rules.results import for_each
from loyaltyctl.cli.runtime.views import OUTCOME
from loyaltyctl.model.rules import Status

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.model.rules import EarningRule


def set_status(ctx: Context, ids: list[str], status: Status, done: str) -> None:
    """Set the status of each rule that has another one, and show what was `done`."""
    ctx.output.check(OUTCOME)
    rules, chosen = ctx.rules.pick(ids)
    if status is Status.PAUSED:
        warn_if_none_active(ctx, rules, {rule.id: status for rule in chosen.values()})

    def set_one(rule: EarningRule) -> str | None:
        if rule.status is status:
            return f"already {status.lower()}"
        ctx.rules.update(rule.id, {"status": status.value}, rule.revision)
        return None

    for_each(ctx, ids, chosen, done, set_one)
