"""Table and record views of decoded events, for `events decode` and `events listen`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.outputs import events
from loyaltyctl.contract.outputs.events import SignatureState
from loyaltyctl.model.events.catalog import BY_NAME, EARNING_RULE
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View, constant_cell, parse_date
from loyaltyctl.render.visible import visible
from loyaltyctl.tokens.verification import MAX_TIME, format_time
from loyaltyctl.webhooks.reader import DecodedEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.render.views import Cell

_COLORS = {SignatureState.VERIFIED: GREEN, SignatureState.INVALID: RED, SignatureState.UNCHECKED: YELLOW}


def _signature_record(decoded: DecodedEvent) -> str:
    """Describe an event's signature for the record view, in capitals if it is not to be trusted."""
    if decoded.error is not None:
        state = "verified, but" if decoded.state is SignatureState.VERIFIED else "INVALID:"
        return f"{state} {decoded.error.message}"
    if decoded.state is SignatureState.UNCHECKED:
        return "NOT CHECKED" if decoded.token else "NOT CHECKED: there is none, this is bare JSON"
    return str(decoded.state)


def _signature_color(decoded: DecodedEvent) -> str:
    """Return the color of an event's signature in its views."""
    return RED if decoded.error is not None else _COLORS[decoded.state]


def _signature_cell(decoded: DecodedEvent) -> str:
    """Return an event's cell in the view's column SIGNATURE: its state, or the reason code of its error."""
    return decoded.error.reason if decoded.error is not None else str(decoded.state)


def _describe_event(event: Event) -> str:
    """Describe an event in a sentence for its views; append its payload if its type is unknown."""
    payload = _format_inline(event.body()) if event.kind is None else ""
    return f"{event.sentence()}: {payload}" if payload else event.sentence()


def _guessed_type(decoded: DecodedEvent) -> str:
    """Return the cell GUESSED of the record view: why the event's type was guessed; "" if it was not."""
    return f"{decoded.event.guess}; set it with --type" if decoded.event.guess else ""


def _key_name(decoded: DecodedEvent) -> str:
    """Return the cell KEY of an event's record view: the key that verified it; "" unless it is known."""
    return f"{decoded.key.name} ({decoded.key.fingerprint})" if decoded.key else ""


def _format_inline(value: Json) -> str:
    """Format an object in an event for one cell of its views: `identityType=MEMBER memberId=3128…`."""
    if not isinstance(value, dict):
        return cell_text(value)
    return " ".join(f"{name}={cell_text(item)}" for name, item in value.items())


_CLAIM_NAMES = {"iat": "ISSUED", "exp": "EXPIRES"}
HEADING = " "
"""Cell of a record row that is a heading: its name stands alone."""
_TIME_COLUMN = Column[DecodedEvent]("TIME", lambda decoded: parse_date(decoded.event.time), rank=1)
_TYPE_COLUMN = Column[DecodedEvent](
    "TYPE", lambda decoded: decoded.event.type or "unknown", whole=True, rank=2
)
_ENTITY_COLUMN = Column[DecodedEvent]("ENTITY", lambda decoded: decoded.event.entity_id, rank=3)
_SEQUENCE_COLUMN = Column[DecodedEvent]("SEQ", lambda decoded: decoded.event.sequence, rank=4)
_SIGNATURE_COLUMN = Column[DecodedEvent]("SIGNATURE", _signature_cell, _signature_color)
_EVENT_COLUMN = Column[DecodedEvent]("EVENT", lambda decoded: _describe_event(decoded.event))
_HEAD_MEMBERS = ("id", "entityId", "eventTime", "entityEventSequence")
"""Members of a domain event that have rows or columns of their own."""


def event_view(decoded: DecodedEvent | None = None) -> View[DecodedEvent]:
    """Return the view of decoded events. With `decoded`, the view is for this event only, as a record."""
    return View[DecodedEvent](
        columns=(
            _TIME_COLUMN,
            _TYPE_COLUMN,
            _ENTITY_COLUMN,
            _SEQUENCE_COLUMN,
            _SIGNATURE_COLUMN,
            _EVENT_COLUMN,
        ),
        output=lambda decoded: decoded.output,
        id=lambda decoded: decoded.event.id,
        output_type=events.Reading,
        record=() if decoded is None else tuple(_record_columns(decoded)),
        row=_csv_row,
    )


def _record_columns(decoded: DecodedEvent) -> Iterator[Column[DecodedEvent]]:
    """Yield the columns of a decoded event's record view, which shows each column as a row."""
    event, claims = decoded.event, decoded.claims or {}
    yield _EVENT_COLUMN._replace(color=lambda _: "bold")
    yield Column("SIGNATURE", _signature_record, _signature_color)
    yield Column("KEY", _key_name)
    yield Column("FOUND IN", lambda decoded: decoded.found_in)
    yield Column("TYPE", lambda decoded: decoded.event.type)
    yield Column("GUESSED", _guessed_type)
    yield Column("TIME", constant_cell(event.time))
    yield Column("EVENT ID", constant_cell(event.id))
    yield Column("ENTITY ID", constant_cell(event.entity_id))
    yield Column("SEQUENCE", constant_cell(event.sequence))
    yield Column("BY", constant_cell(_format_inline(event.envelope.identity)))
    yield Column("INSTANCE", constant_cell(cell_text(event.envelope.instance_id)))
    yield Column("ACCOUNT", constant_cell(_format_inline(event.envelope.account_info)))
    for name in claims:
        yield Column(
            _CLAIM_NAMES.get(name, visible(name.upper())), constant_cell(_format_claim(claims[name]))
        )
    yield from _entity_columns(event)


def _entity_columns(event: Event) -> Iterator[Column[DecodedEvent]]:
    """Yield the columns for an event's entity in the record view, or for its payload if it has no entity.

    An earning rule has the columns of `rules get`; any other entity or payload has a column per path.
    """
    if event.entity is not None and event.kind is not None and event.kind.entity is EARNING_RULE:
        from loyaltyctl.cli.runtime import views  # imported here: it is slow to load and seldom needed

        rule = EarningRule.read(event.entity)
        yield Column(EARNING_RULE.name.upper(), constant_cell(HEADING))
        for column in views.RULE.record:
            yield Column(column.name, constant_cell(column.cell(rule)))
        return
    found = event.entity or event.action
    payload = event.body()
    if found is None and event.kind is None:
        if not isinstance(payload, dict):
            yield Column("PAYLOAD", constant_cell(cell_text(payload)))
            return
        found = {name: item for name, item in payload.items() if name not in _HEAD_MEMBERS}
    if found:
        name = event.kind.entity.name if event.kind and event.entity else "payload"
        yield Column(name.upper(), constant_cell(HEADING))
        for path, value in _leaf_rows(found):
            yield Column(visible(path), constant_cell(value))


def _leaf_rows(value: JsonObject, above: str = "") -> Iterator[tuple[str, Cell]]:
    """Yield each value in an entity or payload with its path, for the rows of an event's record view."""
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _leaf_rows(item, f"{above}{name}.")
        else:
            yield f"{above}{name}", cell_text(item)


def _format_claim(value: Json) -> Cell:
    """Format a token's claim for the record view of its event; a number from 0 to MAX_TIME is a time."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_TIME:
        return format_time(value)
    return cell_text(value)


def _csv_row(decoded: DecodedEvent) -> JsonObject:
    """Return the CSV row of a decoded event, for the view of events."""
    event = decoded.event
    return {
        "time": event.time,
        "eventType": event.type,
        "eventId": event.id,
        "entityId": event.entity_id,
        "entityEventSequence": event.sequence,
        "signature": _signature_cell(decoded),
        "instanceId": event.envelope.instance_id,
        "event": event.sentence(),
    }


LINE = event_view()._replace(
    columns=(
        _TIME_COLUMN._replace(cell=lambda decoded: decoded.event.time),
        _SIGNATURE_COLUMN._replace(min_width=max(map(len, SignatureState))),
        _TYPE_COLUMN._replace(min_width=max(map(len, BY_NAME))),
        _EVENT_COLUMN,
    )
)
"""View for the events of `events listen`, which arrive one by one: fixed column widths on a terminal."""
