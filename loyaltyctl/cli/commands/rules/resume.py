"""`loyaltyctl rules resume`: resume paused rules."""

from __future__ import annotations

from loyaltyctl.cli.commands.rules.options import Ids
from loyaltyctl.cli.commands.rules.status_change import set_status
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.model.rules import Status


def resume(ctx: Context, ids: Ids) -> None:
    """Resume paused rules, so that they award points again.

    For a rule that is already active, nothing is sent.

    Examples:
      loyaltyctl -p sandbox rules resume 8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44
      loyaltyctl -p sandbox rules resume 8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44 --json
    """
    set_status(ctx, ids, Status.ACTIVE, "resumed")
