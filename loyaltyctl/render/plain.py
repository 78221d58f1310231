"""Plain JSON values: every format writes these, so none of them meets a type that it cannot write."""

from __future__ import annotations

import math
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json


def to_plain(value: object) -> Json:
    """Convert a value to what JSON has, in new lists and objects.

    An enumeration is its value, a tuple a list, a time RFC 3339, a Decimal or Fraction its exact
    text, and a number that JSON does not have (NaN, infinity) null. Raises TypeError for what has no
    JSON form: it is the same error in every format.
    """
    if value is None or type(value) in _AS_IT_IS:
        return value  # type: ignore[return-value]  # one of the types of JSON, not of a subclass
    if isinstance(value, Enum):
        return to_plain(value.value)
    if isinstance(value, dict):
        return {_name(name): to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return _simple(value)


_AS_IT_IS = (str, int, bool)


def _simple(value: object) -> Json:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return _moment(value)
    from decimal import Decimal  # these two take longer to load than most output takes to write
    from fractions import Fraction

    if isinstance(value, date | Decimal | Fraction | str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(type(value).__name__)


def _name(name: object) -> str:
    """The name of a member, which JSON has as text alone."""
    plain = to_plain(name)
    if isinstance(plain, str):
        return plain
    raise TypeError(type(name).__name__)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    try:
        return timestamps.format_utc(value)
    except OverflowError:  # at the end of time, in a zone where it is still the year before
        return value.isoformat()
