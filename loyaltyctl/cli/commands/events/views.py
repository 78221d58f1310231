"""Views of decoded events: one per line, or one with all its details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.outputs import events
from loyaltyctl.contract.outputs.events import SignatureState
from loyaltyctl.model.events.catalog import BY_NAME, EARNING_RULE
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View, parse_date
from loyaltyctl.render.visible import visible
from loyaltyctl.tokens.verification import MAX_TIME, format_time
from loyaltyctl.webhooks.reader import DecodedEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.render.views import Cell

_COLORS = {SignatureState.VERIFIED: GREEN, SignatureState.INVALID: RED, SignatureState.UNCHECKED: YELLOW}


def signature(decoded: DecodedEvent) -> str:
    """Describe the state of a signature, in capitals if it cannot be relied on."""
    if decoded.error is not None:
        state = "verified, but" if decoded.state is SignatureState.VERIFIED else "INVALID:"
        return f"{state} {decoded.error.message}"
    if decoded.state is SignatureState.UNCHECKED:
        return "NOT CHECKED" if decoded.token else "NOT CHECKED: there is none, this is bare JSON"
    return str(decoded.state)


def _color(decoded: DecodedEvent) -> str:
    return RED if decoded.error is not None else _COLORS[decoded.state]


def _state(decoded: DecodedEvent) -> str:
    return decoded.error.reason if decoded.error is not None else str(decoded.state)


def _summary(event: Event) -> str:
    """Describe the event in a sentence; one of an unknown type with its payload."""
    payload = _flat(event.body()) if event.kind is None else ""
    return f"{event.sentence()}: {payload}" if payload else event.sentence()


def _guess(decoded: DecodedEvent) -> str:
    return f"{decoded.event.guess}; set it with --type" if decoded.event.guess else ""


def _key(decoded: DecodedEvent) -> str:
    return f"{decoded.key.name} ({decoded.key.fingerprint})" if decoded.key else ""


def _flat(value: Json) -> str:
    """Format an object on one line: `identityType=MEMBER memberId=3128…`."""
    if not isinstance(value, dict):
        return cell_text(value)
    return " ".join(f"{name}={cell_text(item)}" for name, item in value.items())


_CLAIMS = {"iat": "ISSUED", "exp": "EXPIRES"}
HEADING = " "
"""Cell next to a name that is a heading."""
_TIME = Column[DecodedEvent]("TIME", lambda decoded: parse_date(decoded.event.time), rank=1)
_TYPE = Column[DecodedEvent]("TYPE", lambda decoded: decoded.event.type or "unknown", whole=True, rank=2)
_ENTITY = Column[DecodedEvent]("ENTITY", lambda decoded: decoded.event.entity_id, rank=3)
_SEQUENCE = Column[DecodedEvent]("SEQ", lambda decoded: decoded.event.sequence, rank=4)
_SIGNATURE = Column[DecodedEvent]("SIGNATURE", _state, _color)
_EVENT = Column[DecodedEvent]("EVENT", lambda decoded: _summary(decoded.event))
_HEAD = ("id", "entityId", "eventTime", "entityEventSequence")
"""Members of a domain event that have their own rows or columns."""


def event_view(decoded: DecodedEvent | None = None) -> View[DecodedEvent]:
    """Return the view of events; with the record of the only one, if it is given."""
    return View[DecodedEvent](
        columns=(_TIME, _TYPE, _ENTITY, _SEQUENCE, _SIGNATURE, _EVENT),
        output=lambda decoded: decoded.output,
        id=lambda decoded: decoded.event.id,
        output_type=events.Reading,
        record=() if decoded is None else tuple(_record(decoded)),
        row=_row,
    )


def _record(decoded: DecodedEvent) -> Iterator[Column[DecodedEvent]]:
    event, claims = decoded.event, decoded.claims or {}
    yield _EVENT._replace(color=lambda _: "bold")
    yield Column("SIGNATURE", signature, _color)
    yield Column("KEY", _key)
    yield Column("FOUND IN", lambda decoded: decoded.found_in)
    yield Column("TYPE", lambda decoded: decoded.event.type)
    yield Column("GUESSED", _guess)
    yield Column("TIME", _constant(event.time))
    yield Column("EVENT ID", _constant(event.id))
    yield Column("ENTITY ID", _constant(event.entity_id))
    yield Column("SEQUENCE", _constant(event.sequence))
    yield Column("BY", _constant(_flat(event.envelope.identity)))
    yield Column("INSTANCE", _constant(cell_text(event.envelope.instance_id)))
    yield Column("ACCOUNT", _constant(_flat(event.envelope.account_info)))
    for name in claims:
        yield Column(_CLAIMS.get(name, visible(name.upper())), _constant(_claim(claims[name])))
    yield from _about(event)


def _about(event: Event) -> Iterator[Column[DecodedEvent]]:
    """Yield the entity or payload: an earning rule in its own view, anything else path by path."""
    if event.entity is not None and event.kind is not None and event.kind.entity is EARNING_RULE:
        from loyaltyctl.cli.runtime import views  # loads the views of rules

        rule = EarningRule.read(event.entity)
        yield Column(EARNING_RULE.name.upper(), _constant(HEADING))
        for column in views.RULE.record:
            yield Column(column.name, _constant(column.cell(rule)))
        return
    found = event.entity or event.action
    payload = event.body()
    if found is None and event.kind is None:
        if not isinstance(payload, dict):
            yield Column("PAYLOAD", _constant(cell_text(payload)))
            return
        found = {name: item for name, item in payload.items() if name not in _HEAD}
    if found:
        name = event.kind.entity.name if event.kind and event.entity else "payload"
        yield Column(name.upper(), _constant(HEADING))
        for path, value in _leaves(found):
            yield Column(visible(path), _constant(value))


def _leaves(value: JsonObject, above: str = "") -> Iterator[tuple[str, Cell]]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _leaves(item, f"{above}{name}.")
        else:
            yield f"{above}{name}", cell_text(item)


def _constant(cell: Cell) -> Callable[[DecodedEvent], Cell]:
    return lambda _: cell


def _claim(value: Json) -> Cell:
    """Format a claim: as a time if it is a number in the range of times."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_TIME:
        return format_time(value)
    return cell_text(value)


def _row(decoded: DecodedEvent) -> JsonObject:
    event = decoded.event
    return {
        "time": event.time,
        "eventType": event.type,
        "eventId": event.id,
        "entityId": event.entity_id,
        "entityEventSequence": event.sequence,
        "signature": _state(decoded),
        "instanceId": event.envelope.instance_id,
        "event": event.sentence(),
    }


LINE = event_view()._replace(
    columns=(
        _TIME._replace(cell=lambda decoded: decoded.event.time),
        _SIGNATURE._replace(min_width=max(map(len, SignatureState))),
        _TYPE._replace(min_width=max(map(len, BY_NAME))),
        _EVENT,
    )
)
"""View for events that arrive one by one: on a terminal their columns have fixed widths."""
