"""How events look: a line each, or one with all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model.events.catalog import BY_NAME, EARNING_RULE
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View
from loyaltyctl.render.views import moment as cell_moment
from loyaltyctl.render.visible import visible
from loyaltyctl.tokens.verification import MAX_TIME, format_time
from loyaltyctl.webhooks.reader import DecodedEvent, SignatureState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.render.views import Cell

_TONES = {SignatureState.VERIFIED: GREEN, SignatureState.INVALID: RED, SignatureState.UNCHECKED: YELLOW}
FIELDS = (
    "signature",
    "eventType",
    "known",
    "instanceId",
    "identity",
    "accountInfo",
    "claims",
    "event",
    "entity",
    "action",
    "reason",
    "guess",
    "key",
    "foundIn",
)


def signature(reading: DecodedEvent) -> str:
    """The state of a signature, loudly where it is not one to rely on."""
    if reading.error is not None:
        state = "verified, but" if reading.state is SignatureState.VERIFIED else "INVALID:"
        return f"{state} {reading.error.message}"
    if reading.state is SignatureState.UNCHECKED:
        return "NOT CHECKED" if reading.token else "NOT CHECKED: there is none, this is bare JSON"
    return str(reading.state)


def _tone(reading: DecodedEvent) -> str:
    return RED if reading.error is not None else _TONES[reading.state]


def _state(reading: DecodedEvent) -> str:
    return reading.error.reason if reading.error is not None else str(reading.state)


def _summary(event: Event) -> str:
    """The event in a sentence; for a type that is not known here, with its payload."""
    payload = _flat(event.body()) if event.kind is None else ""
    return f"{event.sentence()}: {payload}" if payload else event.sentence()


def _guess(reading: DecodedEvent) -> str:
    return f"{reading.event.guess}; to name it: --type" if reading.event.guess else ""


def _key(reading: DecodedEvent) -> str:
    return f"{reading.key.name} ({reading.key.fingerprint})" if reading.key else ""


def _flat(value: Json) -> str:
    """An object on one line: `identityType=MEMBER memberId=3128…`."""
    if not isinstance(value, dict):
        return cell_text(value)
    return " ".join(f"{name}={cell_text(item)}" for name, item in value.items())


_CLAIMS = {"iat": "ISSUED", "exp": "EXPIRES"}
HEADING = " "
"""What stands beside a name that is a heading."""
_TIME = Column[DecodedEvent]("TIME", lambda reading: cell_moment(reading.event.time), rank=1)
_TYPE = Column[DecodedEvent]("TYPE", lambda reading: reading.event.type or "unknown", whole=True, rank=2)
_ENTITY = Column[DecodedEvent]("ENTITY", lambda reading: reading.event.entity_id, rank=3)
_SEQUENCE = Column[DecodedEvent]("SEQ", lambda reading: reading.event.sequence, rank=4)
_SIGNATURE = Column[DecodedEvent]("SIGNATURE", _state, _tone)
_EVENT = Column[DecodedEvent]("EVENT", lambda reading: _summary(reading.event))
_HEAD = ("id", "entityId", "eventTime", "entityEventSequence")
"""Members of a domain event that have rows or columns of their own."""


def reading_view(reading: DecodedEvent | None = None) -> View[DecodedEvent]:
    """The view of readings, with the record of the one that stands alone."""
    return View[DecodedEvent](
        columns=(_TIME, _TYPE, _ENTITY, _SEQUENCE, _SIGNATURE, _EVENT),
        output=DecodedEvent.document,
        id=lambda reading: reading.event.id,
        output_type=FIELDS,
        record=() if reading is None else tuple(_record(reading)),
        row=_row,
    )


def _record(reading: DecodedEvent) -> Iterator[Column[DecodedEvent]]:
    event, claims = reading.event, reading.claims or {}
    yield _EVENT._replace(tone=lambda _: "bold")
    yield Column("SIGNATURE", signature, _tone)
    yield Column("KEY", _key)
    yield Column("FOUND IN", lambda reading: reading.found_in)
    yield Column("TYPE", lambda reading: reading.event.type)
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
    """What the event is about, in the view that it has elsewhere, or path by path."""
    if event.entity is not None and event.kind is not None and event.kind.entity is EARNING_RULE:
        from loyaltyctl.cli.runtime import views  # with all that rules are shown with

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
    """A claim: a moment where it is a number that can be one."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_TIME:
        return format_time(value)
    return cell_text(value)


def _row(reading: DecodedEvent) -> JsonObject:
    event = reading.event
    return {
        "time": event.time,
        "eventType": event.type,
        "eventId": event.id,
        "entityId": event.entity_id,
        "entityEventSequence": event.sequence,
        "signature": _state(reading),
        "instanceId": event.envelope.instance_id,
        "event": event.sentence(),
    }


LINE = reading_view()._replace(
    columns=(
        _TIME._replace(cell=lambda reading: reading.event.time),
        _SIGNATURE._replace(least=max(map(len, SignatureState))),
        _TYPE._replace(least=max(map(len, BY_NAME))),
        _EVENT,
    )
)
"""For events that come one by one: on a terminal their columns have the same places."""
