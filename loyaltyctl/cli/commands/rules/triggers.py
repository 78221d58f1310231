"""`loyaltyctl rules triggers`: list the triggers that rules can have."""

from __future__ import annotations

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.json_values import json_object
from loyaltyctl.contract.outputs import rules as outputs
from loyaltyctl.model.triggers import TRIGGERS, Trigger
from loyaltyctl.render.views import Column, View

TRIGGER_VIEW = View[Trigger](
    columns=(
        Column("TRIGGER", lambda trigger: trigger.activity_type, whole=True),
        Column("TITLE", lambda trigger: trigger.title),
        Column("KIND", lambda trigger: trigger.kind),
        Column("AWARDS", lambda trigger: " ".join(trigger.methods)),
        Column("APP", lambda trigger: trigger.app_id, rank=1),
    ),
    output=outputs.Trigger.of,
    id=lambda trigger: trigger.activity_type,
    output_type=outputs.Trigger,
    row=lambda trigger: {**json_object(outputs.Trigger.of(trigger)), "methods": " ".join(trigger.methods)},
)


def triggers(ctx: Context) -> None:
    """List the triggers that rules can have.

    A rule can be created for a trigger of the kind non-automated. The pre-installed
    ones come with a Wix business solution; their rules can be updated and paused.

    Examples:
      loyaltyctl rules triggers
      loyaltyctl rules triggers --json
    """
    ctx.output.show_all(TRIGGERS, TRIGGER_VIEW)
