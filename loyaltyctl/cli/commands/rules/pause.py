"""`loyaltyctl rules pause`: pause rules, so that they award no points."""

from __future__ import annotations

from loyaltyctl.cli.commands.rules.options import Ids
from loyaltyctl.cli.commands.rules.status_change import set_status
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.model.rules import Status


def pause(ctx: Context, ids: Ids) -> None:
    """Pause rules, so that they award no points.

    Nothing else about them changes. For a rule that is already paused, nothing is sent.

    Examples:
      loyaltyctl -p sandbox rules pause b690f925-8527-4d5e-b358-4b0adcb275b5
      loyaltyctl -p sandbox rules pause 61f971c4-b33b-4f39-8ebe-2677bce55789 --dry-run
    """
    set_status(ctx, ids, Status.PAUSED, "paused")
