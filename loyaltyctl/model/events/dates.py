"""Convert the date formats that events use to RFC 3339 in UTC.

2024-09-16T12:06:39.294Z                                        REST, SDK
2023-09-11T14:58:22.481838Z                                     event times
Wed Jun 30 2021 21:00:00 GMT+0000 (Coordinated Universal Time)  Velo coupons
1625086800000                                                   marketing coupons
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.model.events.catalog import ENTITIES
from loyaltyctl.model.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalog import Entity

_RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_JAVASCRIPT_DATE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d\d)(\d\d)( \(.*\))?", re.ASCII
)
_EPOCH_MILLISECONDS = re.compile(r"\d{12,14}", re.ASCII)
"""Milliseconds since 1970, from 1973 on: shorter numbers are not converted."""
# Not strptime: its month names depend on the locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
_ENTITY_DATE_PATHS = {
    entity.name: [field.path.split(".") for field in entity.fields if field.kind is FieldKind.DATE]
    for entity in ENTITIES.values()
}


def is_utc(value: Json) -> bool:
    """Return whether a date of an event is in RFC 3339 and UTC already."""
    return isinstance(value, str) and _RFC_3339_UTC.fullmatch(value) is not None


def to_utc(value: Json) -> Json:
    """Convert a date of an event to RFC 3339 in UTC.

    A value that is not a date, or a date without a time zone, is returned unchanged.
    """
    if is_utc(value) or isinstance(value, bool):
        return value
    try:
        date = _parse_event_date(str(value)) if isinstance(value, str | int) else None
        return value if date is None else timestamps.format_utc(date, _date_precision(date))
    except (ValueError, OverflowError):
        return value


def entity_to_utc(value: JsonObject, entity: Entity) -> JsonObject:
    """Convert all dates in the entity of an event to RFC 3339 in UTC."""
    for steps in _ENTITY_DATE_PATHS[entity.name]:
        value = _with_utc_date(value, steps)
    return value


def _with_utc_date(value: JsonObject, steps: Sequence[str]) -> JsonObject:
    """Return an object of an event with the date at the path `steps` converted to UTC."""
    name, *more = steps
    old = value.get(name)
    new = _with_utc_date(old, more) if more and isinstance(old, dict) else old if more else to_utc(old)
    return value if new is old else value | {name: new}


def _date_precision(date: datetime) -> str:
    """Return the precision of an event's date: microseconds only if the date has them."""
    return "microseconds" if date.microsecond % 1000 else "milliseconds"


def _parse_event_date(text: str) -> datetime | None:
    """Parse a date of an event in any of the formats; return None if `text` is not a date."""
    if _EPOCH_MILLISECONDS.fullmatch(text):
        return _EPOCH_START + timedelta(milliseconds=int(text))
    if found := _JAVASCRIPT_DATE.fullmatch(text):
        month, day, year, time, hours, minutes, _ = found.groups()
        text = f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{time}{hours}:{minutes}"
    return timestamps.parse(text)
