"""`loyaltyctl rules triggers`: list the triggers that rules can have."""

from __future__ import annotations

from loyaltyctl.cli.runtime import views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.model.triggers import TRIGGERS


def triggers(ctx: Context) -> None:
    """List the triggers that rules can have.

    A rule can be created for a trigger of the kind non-automated. The pre-installed
    ones come with a Wix business solution; their rules can be updated and paused.

    Examples:
      loyaltyctl rules triggers
      loyaltyctl rules triggers --json
    """
    ctx.output.show_all(TRIGGERS, views.TRIGGER)
