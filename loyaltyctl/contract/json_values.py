"""Convert values to JSON: outputs, and the types of Python that have a JSON form."""

from __future__ import annotations

import math
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from loyaltyctl.intake import timestamps

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject


class Omitted(Enum):
    """Type of OMITTED, the value of an output's member that is left out of the JSON."""

    OMITTED = "omitted"

    def __bool__(self) -> Literal[False]:
        return False


OMITTED: Final = Omitted.OMITTED


class InlineEnum(StrEnum):
    """Enumeration that JSON Schemas list at each member instead of as a definition, as 0.1.0 did.

    An empty value is not published: its member is left out.
    """


def to_json_value(value: object) -> Json:
    """Convert a value to what JSON has, in new lists and objects.

    A NamedTuple becomes an object with camelCase names, without the members that are OMITTED. An
    enumeration is its value, any other tuple a list, a time RFC 3339, a Decimal or Fraction its
    exact text, and a number that JSON does not have (NaN, infinity) null. Raises TypeError for
    what has no JSON form: it is the same error in every format.
    """
    if value is None or type(value) in _AS_IT_IS:
        return value  # type: ignore[return-value]  # one of the types of JSON, not of a subclass
    if isinstance(value, dict):
        return {_name(name): to_json_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        names = member_names(type(value))
        if names:
            return {
                name: to_json_value(item)
                for name, item in zip(names, value, strict=True)
                if item is not OMITTED
            }
        return [to_json_value(item) for item in value]
    if isinstance(value, Enum):
        return to_json_value(value.value)
    return _simple(value)


def json_object(value: object) -> JsonObject:
    """Convert a NamedTuple or a dict to a JSON object."""
    plain = to_json_value(value)
    if isinstance(plain, dict):
        return plain
    raise TypeError(type(value).__name__)


@cache
def member_names(kind: type) -> tuple[str, ...]:
    """Return the JSON names of a NamedTuple's members in order; empty for any other type.

    A member whose name is a method of tuples ends in an underscore: `count_` is "count" in JSON.
    """
    return tuple(map(camel_case, getattr(kind, "_fields", ())))


def camel_case(name: str) -> str:
    """Return a snake_case name in camelCase."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


_AS_IT_IS = (str, int, bool)


def _simple(value: object) -> Json:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return _time(value)
    from decimal import Decimal  # these two take longer to load than most output takes to write
    from fractions import Fraction

    if isinstance(value, date | Decimal | Fraction | str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(type(value).__name__)


def _name(name: object) -> str:
    """Convert the name of a member, which JSON has as text alone."""
    plain = to_json_value(name)
    if isinstance(plain, str):
        return plain
    raise TypeError(type(name).__name__)


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    try:
        return timestamps.format_utc(value)
    except OverflowError:  # year 9999 in a zone west of UTC: the time in UTC has no year
        return value.isoformat()
