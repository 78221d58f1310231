"""`events types`: list the event types, and the view of event types."""

from __future__ import annotations

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.json_values import json_object
from loyaltyctl.contract.outputs import events
from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from loyaltyctl.render.views import Column, View

TYPE = View[EventType](
    columns=(
        Column("TYPE", lambda kind: kind.name, whole=True),
        Column("MEANS", lambda kind: kind.fires),
        Column("VELO HANDLER", lambda kind: kind.velo, rank=1),
        Column("SDK HANDLER", lambda kind: kind.sdk, rank=2),
    ),
    output=events.EventType.of,
    id=lambda kind: kind.name,
    output_type=events.EventType,
    row=lambda kind: json_object(events.EventType.of(kind)) | {"handlers": f"{kind.velo} {kind.sdk}".strip()},
)


def types(ctx: Context) -> None:
    """List event types.

    Examples:
      loyaltyctl events types
      loyaltyctl events types --json --query "[?slug=='deleted'].eventType"
    """
    ctx.output.show_all(EVENT_TYPES, TYPE)
