"""`events types`: list the event types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject


def type_document(kind: EventType) -> JsonObject:
    """Return an event type as JSON."""
    return {
        "eventType": kind.name,
        "entityFqdn": kind.entity.fqdn,
        "slug": kind.slug,
        "title": kind.title,
        "handlers": [name for name in (kind.velo, kind.sdk) if name],
    }


TYPE = View[EventType](
    columns=(
        Column("TYPE", lambda kind: kind.name, whole=True),
        Column("MEANS", lambda kind: kind.fires),
        Column("VELO HANDLER", lambda kind: kind.velo, rank=1),
        Column("SDK HANDLER", lambda kind: kind.sdk, rank=2),
    ),
    output=type_document,
    id=lambda kind: kind.name,
    output_type=("eventType", "entityFqdn", "slug", "title", "handlers"),
    row=lambda kind: type_document(kind) | {"handlers": f"{kind.velo} {kind.sdk}".strip()},
)


def types(ctx: Context) -> None:
    """List event types.

    Examples:
      loyaltyctl events types
      loyaltyctl events types --json --query "[?slug=='deleted'].eventType"
    """
    ctx.output.show_all(EVENT_TYPES, TYPE)
