"""How events look: a line each, or one with all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.events.checks import END_OF_TIME, moment
from loyaltyctl.events.readings import Reading, State
from loyaltyctl.model.events.catalogue import BY_NAME
from loyaltyctl.model.events.entities import EARNING_RULE
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View
from loyaltyctl.render.views import moment as cell_moment
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.render.views import Cell

_TONES = {State.VERIFIED: GREEN, State.INVALID: RED, State.UNCHECKED: YELLOW}
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


def signature(reading: Reading) -> str:
    """The state of a signature, loudly where it is not one to rely on."""
    if reading.refusal is not None:
        state = "verified, but" if reading.state is State.VERIFIED else "INVALID:"
        return f"{state} {reading.refusal.message}"
    if reading.state is State.UNCHECKED:
        return "NOT CHECKED" if reading.token else "NOT CHECKED: there is none, this is bare JSON"
    return str(reading.state)


def _tone(reading: Reading) -> str:
    return RED if reading.refusal is not None else _TONES[reading.state]


def _state(reading: Reading) -> str:
    return reading.refusal.reason if reading.refusal is not None else str(reading.state)


def _summary(event: Event) -> str:
    """The event in a sentence; for a type that is not known here, with its payload."""
    payload = _flat(event.body()) if event.kind is None else ""
    return f"{event.sentence()}: {payload}" if payload else event.sentence()


def _guess(reading: Reading) -> str:
    return f"{reading.event.guess}; to name it: --type" if reading.event.guess else ""


def _key(reading: Reading) -> str:
    return f"{reading.key.name} ({reading.key.fingerprint})" if reading.key else ""


def _flat(value: Json) -> str:
    """An object on one line: `identityType=MEMBER memberId=3128…`."""
    if not isinstance(value, dict):
        return cell_text(value)
    return " ".join(f"{name}={cell_text(item)}" for name, item in value.items())


_CLAIMS = {"iat": "ISSUED", "exp": "EXPIRES"}
HEADING = " "
"""What stands beside a name that is a heading."""
_TIME = Column[Reading]("TIME", lambda reading: cell_moment(reading.event.time), rank=1)
_TYPE = Column[Reading]("TYPE", lambda reading: reading.event.type or "unknown", whole=True, rank=2)
_ENTITY = Column[Reading]("ENTITY", lambda reading: reading.event.entity_id, rank=3)
_SEQUENCE = Column[Reading]("SEQ", lambda reading: reading.event.sequence, rank=4)
_SIGNATURE = Column[Reading]("SIGNATURE", _state, _tone)
_EVENT = Column[Reading]("EVENT", lambda reading: _summary(reading.event))
_HEAD = ("id", "entityId", "eventTime", "entityEventSequence")
"""Members of a domain event that have rows or columns of their own."""


def reading_view(reading: Reading | None = None) -> View[Reading]:
    """The view of readings, with the record of the one that stands alone."""
    return View[Reading](
        columns=(_TIME, _TYPE, _ENTITY, _SEQUENCE, _SIGNATURE, _EVENT),
        plain=Reading.document,
        id=lambda reading: reading.event.id,
        fields=FIELDS,
        record=() if reading is None else tuple(_record(reading)),
        row=_row,
    )


def _record(reading: Reading) -> Iterator[Column[Reading]]:
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


def _about(event: Event) -> Iterator[Column[Reading]]:
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


def _constant(cell: Cell) -> Callable[[Reading], Cell]:
    return lambda _: cell


def _claim(value: Json) -> Cell:
    """A claim: a moment where it is a number that can be one."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= END_OF_TIME:
        return moment(value)
    return cell_text(value)


def _row(reading: Reading) -> JsonObject:
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
        _SIGNATURE._replace(least=max(map(len, State))),
        _TYPE._replace(least=max(map(len, BY_NAME))),
        _EVENT,
    )
)
"""For events that come one by one: on a terminal their columns have the same places."""
