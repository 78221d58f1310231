"""Check that the numbers of a JSON document are exact: parsing and writing them again keeps their values.

Python parses a number with decimals as a binary float. Parsed and written again, 0.1234567890123456789 would
be 0.12345678901234568.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json, JsonPath

_NUMBER = re.compile(r"[-+0-9.eE]+", re.ASCII)


def check_exact_numbers(document: Document, text: str) -> None:
    """Raise InvalidData if a number in a JSON document is not exact: it lost digits when it was parsed.

    `text` is the text that the document was parsed from.
    """
    fractions = dict(_floats(document.value, ()))
    if not fractions:
        return
    lines = text.split("\n")
    for place, number in fractions.items():
        mark = document.positions[place]
        spelled = _NUMBER.match(lines[mark.line - 1], mark.column - 1)
        if spelled is None or Decimal(spelled[0]) != Decimal(repr(number)):
            raise InvalidData(
                "this number has more digits than can be sent exactly",
                at=Location(document.name, mark.line, mark.column),
                hint=f"It would be sent as {number!r}. If the API accepts text, send it as text.",
            )


def _floats(value: Json, place: JsonPath) -> Iterator[tuple[JsonPath, float]]:
    """Yield the path and value of each float in a JSON value. The other numbers are ints, always exact."""
    if isinstance(value, float):
        yield place, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _floats(item, (*place, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _floats(item, (*place, i))
