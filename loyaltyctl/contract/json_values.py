"""Convert outputs to JSON values: NamedTuples, enumerations, dates, decimals and fractions."""

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
    """Type of OMITTED, the value of a member that an output leaves out of its JSON."""

    OMITTED = "omitted"

    def __bool__(self) -> Literal[False]:
        """Return False, so that an omitted member of an output counts as empty."""
        return False


OMITTED: Final = Omitted.OMITTED


class InlineEnum(StrEnum):
    """Enumeration whose values JSON Schemas list at each member instead of in $defs.

    Version 0.1.0 of the schemas did so too. The value "" is not listed: an output leaves out such a member.
    """


def to_json_value(value: object) -> Json:
    """Convert an output to a JSON value, in new lists and objects.

        NamedTuple              object with camelCase names, without the members that are OMITTED
        dict                    object with the same names
        list, other tuple       list
        enumeration             its value
        date, time              text in RFC 3339
        Decimal, Fraction       its exact text
        NaN, infinity           null
        other scalars           the same value

    Raises TypeError for any other type, so that all output formats refuse the same values.
    """
    # Most values are scalars: the exact type is tested first, since this runs for each cell of an output.
    if value is None or type(value) in _JSON_SCALARS:
        return value  # type: ignore[return-value]  # a type of JSON, and no subclass of one
    if isinstance(value, dict):
        return {_json_key(name): to_json_value(item) for name, item in value.items()}
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
    return _scalar_to_json(value)


def json_object(value: object) -> JsonObject:
    """Convert an output that is a NamedTuple or a dict to a JSON object."""
    plain = to_json_value(value)
    if isinstance(plain, dict):
        return plain
    raise TypeError(type(value).__name__)


@cache
def member_names(kind: type) -> tuple[str, ...]:
    """Return the names with which a NamedTuple is converted to a JSON value; empty for other types.

    `count` and `index` are methods of tuples, so such members end in an underscore: `count_` is
    "count" in JSON.
    """
    return tuple(map(camel_case, getattr(kind, "_fields", ())))


def camel_case(name: str) -> str:
    """Convert the name of an output's member to the name in the JSON value: `tier_id` -> `tierId`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


_JSON_SCALARS = (str, int, bool)


def _scalar_to_json(value: object) -> Json:
    """Convert a scalar in an output to a JSON value: a number, text, date, time, decimal or fraction."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return _format_time(value)
    from decimal import Decimal  # importing these takes longer than converting most outputs
    from fractions import Fraction

    if isinstance(value, date | Decimal | Fraction | str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(type(value).__name__)


def _json_key(name: object) -> str:
    """Convert the key of a dict in an output to a key in JSON. Raises TypeError unless it is text."""
    plain = to_json_value(name)
    if isinstance(plain, str):
        return plain
    raise TypeError(type(name).__name__)


def _format_time(value: datetime) -> str:
    """Return the JSON value of a time in an output: RFC 3339 in UTC; without a zone if the time has none."""
    if value.tzinfo is None:
        return value.isoformat()
    try:
        return timestamps.format_utc(value)
    except OverflowError:  # the time in UTC is in the year 10000, which datetime does not have
        return value.isoformat()
