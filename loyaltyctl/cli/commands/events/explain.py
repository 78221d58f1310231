"""types and explain: what events there are, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import NotFound
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from loyaltyctl.model.events.names import NAMES, is_of_other_app, matching
from loyaltyctl.model.events.paths import fields
from loyaltyctl.model.events.samples import sample
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.fields import Field

EXAMPLE_TIME = 1_726_488_399
"""The moment of examples: that of the vendor's, in September 2024."""

What = Annotated[
    str,
    Argument(
        metavar="TYPE|FIELD",
        help="A type, its end or a handler of it; or a field.",
        show_default=False,
    ),
]


def _type_document(kind: EventType) -> JsonObject:
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
    output=_type_document,
    id=lambda kind: kind.name,
    output_type=("eventType", "entityFqdn", "slug", "title", "handlers"),
    row=lambda kind: _type_document(kind) | {"handlers": f"{kind.velo} {kind.sdk}".strip()},
)


class FieldLine(NamedTuple):
    """A field, and the types whose events have it."""

    path: str
    field: Field
    kinds: tuple[EventType, ...]

    def document(self) -> JsonObject:
        """The field as JSON."""
        document: JsonObject = {
            "path": self.path,
            "kind": str(self.field.kind),
            "about": self.field.description,
        }
        values: list[Json] = [*self.field.values]
        return document | ({"values": values} if values else {})


def _field_about(line: FieldLine) -> str:
    return (
        f"{line.field.description} One of: {' '.join(line.field.values)}."
        if line.field.values
        else line.field.description
    )


def _entities(line: FieldLine) -> str:
    """What has the field, where not everything has it."""
    names = dict.fromkeys(kind.entity.name for kind in line.kinds)
    return "every event" if len(line.kinds) == len(EVENT_TYPES) else ", ".join(names)


FIELD = View[FieldLine](
    columns=(
        Column("FIELD", lambda line: line.path, whole=True),
        Column("KIND", lambda line: line.field.kind, rank=1),
        Column("OF", _entities, whole=True),
        Column("MEANS", _field_about, whole=True),
    ),
    output=lambda line: line.document() | {"eventTypes": [kind.name for kind in line.kinds]},
    id=lambda line: line.path,
    output_type=("path", "kind", "about", "values", "eventTypes"),
)


OWN_FIELD = FIELD._replace(columns=tuple(column for column in FIELD.columns if column.name != "OF"))
"""For the fields of one type."""


def explained_view(kind: EventType) -> View[EventType]:
    """The view of one type with all that is known of it."""
    return TYPE._replace(
        output=lambda kind: _type_document(kind) | _explanation(kind),
        output_type=(*TYPE.fields, "fires", "quirks", "fields", "example"),
        record=(
            Column("TYPE", lambda kind: kind.name),
            Column("TITLE", lambda kind: kind.title),
            Column("FIRES", lambda kind: kind.fires),
            Column("BODY", lambda kind: kind.body),
            Column("VELO HANDLER", lambda kind: kind.velo),
            Column("SDK HANDLER", lambda kind: kind.sdk),
            *(
                Column[EventType]("QUIRKS" if not i else "", _said(quirk))
                for i, quirk in enumerate(kind.quirks)
            ),
        ),
    )


def _said(text: str) -> Callable[[EventType], str]:
    return lambda _: text


def _explanation(kind: EventType) -> JsonObject:
    quirks: list[Json] = [*kind.quirks]
    listed: list[Json] = [FieldLine(path, field, ()).document() for path, field in fields(kind).items()]
    return {
        "fires": kind.fires,
        "quirks": quirks,
        "fields": listed,
        "example": sample(kind, EXAMPLE_TIME)["event"],
    }


def types(ctx: Context) -> None:
    """List the types of events that are known.

    Examples:
      loyaltyctl events types
      loyaltyctl events types --json --query "[?slug=='deleted'].eventType"
    """
    ctx.output.show_all(EVENT_TYPES, TYPE)


def explain(ctx: Context, what: What) -> None:
    """Say what an event means: its moment, fields, quirks.

    A field is named as `events decode` writes it, or by its end: entity.points.balance,
    or balance.

    Examples:
      loyaltyctl events explain account_points_updated
      loyaltyctl events explain wixLoyalty_onProgramUpdated --json
      loyaltyctl events explain entityEventSequence
    """
    kinds = matching(what)
    if len(kinds) == 1:
        _explain_type(ctx, kinds[0])
    elif kinds:
        ctx.output.show_all(kinds, TYPE)
    else:
        ctx.output.show_all(_found(what), FIELD)


def _explain_type(ctx: Context, kind: EventType) -> None:
    ctx.output.show(kind, explained_view(kind))
    if ctx.output.writer.is_for_people:
        from loyaltyctl.render.machine import to_json

        lines = [FieldLine(path, field, (kind,)) for path, field in fields(kind).items()]
        ctx.output.write("\n")
        ctx.output.show_all(lines, OWN_FIELD)
        ctx.output.write(f"\n{to_json(sample(kind, EXAMPLE_TIME)['event'], indented=True)}")


def _found(what: str) -> list[FieldLine]:
    """The fields of that path, or of a path that ends so. Raises NotFound."""
    kinds: dict[tuple[str, Field], list[EventType]] = {}
    for kind in EVENT_TYPES:
        for path, field in fields(kind).items():
            if path == what or path.endswith(f".{what}"):
                kinds.setdefault((path, field), []).append(kind)
    if not kinds and is_of_other_app(what):
        raise NotFound(
            f"{quoted(what)} is an event of another app; only those of loyalty and coupons are explained",
            hint=f"Show its events with: loyaltyctl events decode FILE --type {what}",
        )
    if not kinds:
        raise NotFound(
            f"there is neither an event type nor a field {quoted(what)}{did_you_mean(what, NAMES)}",
            hint="List the types with: loyaltyctl events types",
        )
    return [FieldLine(path, field, tuple(found)) for (path, field), found in kinds.items()]
