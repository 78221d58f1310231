"""`events explain`: describe an event type or a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument

from loyaltyctl.cli.commands.events.types import TYPE
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.json_values import OMITTED, json_object
from loyaltyctl.contract.outputs import events
from loyaltyctl.errors import NotFound
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from loyaltyctl.model.events.names import NAMES, is_of_other_app, matching_event_types
from loyaltyctl.model.events.paths import event_fields
from loyaltyctl.model.events.samples import create_sample
from loyaltyctl.render.views import Column, View, constant_cell

if TYPE_CHECKING:
    from loyaltyctl.model.fields import Field

EXAMPLE_TIME = 1_726_488_399
"""Time of the example events, in September 2024, as in Wix's own examples."""

Name = Annotated[
    str,
    Argument(
        metavar="TYPE|FIELD",
        help="An event type, the end of one, or a handler; or a field.",
        show_default=False,
    ),
]


class FieldLine(NamedTuple):
    """Line in the output of `events explain` for a field, with the event types that have the field."""

    path: str
    field: Field
    kinds: tuple[EventType, ...]

    @property
    def output(self) -> events.FoundField:
        """Return the JSON that explains the field."""
        return events.FoundField(
            *_explain_field(self.path, self.field), event_types=[kind.name for kind in self.kinds]
        )


def _explain_field(path: str, field: Field) -> events.FieldAbout:
    """Return the JSON that explains an event field, without the event types that have it."""
    return events.FieldAbout(path, field.kind, field.about, [*field.values] or OMITTED)


def _format_meaning(line: FieldLine) -> str:
    """Return the cell of `events explain` for the meaning of a field: its description and possible values."""
    values = f" One of: {' '.join(line.field.values)}." if line.field.values else ""
    return f"{line.field.about}{values}"


def _format_entities(line: FieldLine) -> str:
    """Return the cell with the entities whose events have an explained field, or `every event`."""
    names = dict.fromkeys(kind.entity.name for kind in line.kinds)
    return "every event" if len(line.kinds) == len(EVENT_TYPES) else ", ".join(names)


FIELD = View[FieldLine](
    columns=(
        Column("FIELD", lambda line: line.path, whole=True),
        Column("KIND", lambda line: line.field.kind, rank=1),
        Column("OF", _format_entities, whole=True),
        Column("MEANS", _format_meaning, whole=True),
    ),
    output=lambda line: line.output,
    id=lambda line: line.path,
    output_type=events.FoundField,
)
FIELD_OF_TYPE = FIELD._replace(columns=tuple(column for column in FIELD.columns if column.name != "OF"))


def explain(ctx: Context, name: Name) -> None:
    """Describe an event type: when it fires, its fields, its quirks.

    A field is named by its path in the output of `events decode`, or by the end of it, such as
    entity.points.balance or balance.

    Examples:
      loyaltyctl events explain account_points_updated
      loyaltyctl events explain wixLoyalty_onProgramUpdated --json
      loyaltyctl events explain entityEventSequence
    """
    kinds = matching_event_types(name)
    if len(kinds) == 1:
        _show_type(ctx, kinds[0])
    elif kinds:
        ctx.output.show_all(kinds, TYPE)
    else:
        ctx.output.show_all(_find_fields(name), FIELD)


def _show_type(ctx: Context, kind: EventType) -> None:
    """Explain one event type. In output for people, a table of its fields and an example follow."""
    ctx.output.show(kind, _type_view(kind))
    if ctx.output.writer.is_for_people:
        from loyaltyctl.render.json_yaml import to_json

        lines = [FieldLine(path, field, (kind,)) for path, field in event_fields(kind).items()]
        ctx.output.write("\n")
        ctx.output.show_all(lines, FIELD_OF_TYPE)
        ctx.output.write(f"\n{to_json(create_sample(kind, EXAMPLE_TIME)['event'], indented=True)}")


def _type_view(kind: EventType) -> View[EventType]:
    """Return the view that explains one event type: a record, or JSON with the fields and an example."""
    return TYPE._replace(
        output=_explain_type,
        output_type=events.ExplainedType,
        record=(
            Column("TYPE", lambda kind: kind.name),
            Column("TITLE", lambda kind: kind.title),
            Column("FIRES", lambda kind: kind.fires),
            Column("BODY", lambda kind: kind.body),
            Column("VELO HANDLER", lambda kind: kind.velo),
            Column("SDK HANDLER", lambda kind: kind.sdk),
            *(
                Column[EventType]("QUIRKS" if not i else "", constant_cell(quirk))
                for i, quirk in enumerate(kind.quirks)
            ),
        ),
    )


def _explain_type(kind: EventType) -> events.ExplainedType:
    """Return the JSON that explains an event type, with its fields and an example."""
    return events.ExplainedType(
        *events.EventType.of(kind),
        fires=kind.fires,
        quirks=[*kind.quirks],
        fields=[_explain_field(path, field) for path, field in event_fields(kind).items()],
        example=json_object(create_sample(kind, EXAMPLE_TIME)["event"]),
    )


def _find_fields(name: str) -> list[FieldLine]:
    """Return the event fields to explain: those whose path is `name` or ends with it. Raises NotFound."""
    kinds: dict[tuple[str, Field], list[EventType]] = {}
    for kind in EVENT_TYPES:
        for path, field in event_fields(kind).items():
            if path == name or path.endswith(f".{name}"):
                kinds.setdefault((path, field), []).append(kind)
    if not kinds and is_of_other_app(name):
        raise NotFound(
            f"{quoted(name)} is an event of another app; only loyalty and coupon events are described",
            hint=f"Show its events with: loyaltyctl events decode FILE --type {name}",
        )
    if not kinds:
        raise NotFound(
            f"no event type or field {quoted(name)}{did_you_mean(name, NAMES)}",
            hint="List event types with: loyaltyctl events types",
        )
    return [FieldLine(path, field, tuple(found)) for (path, field), found in kinds.items()]
