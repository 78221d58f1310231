"""Read descriptions of order sources: the built-in catalog, and one's own for --source FILE.

The catalog is package data, a JSON file a source: the standard library parses JSON 25 times as fast as TOML,
and every run over a file of orders reads it. One's own description has the same form, in YAML or JSON.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from loyaltyctl.contract.inputs.order_source import Lines, OrderSource
from loyaltyctl.contract.json_inputs import InvalidInput, to_input
from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import Position, quoted
from loyaltyctl.orders.sources.names import normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from loyaltyctl.contract.inputs.order_source import Condition
    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json, JsonPath

PLAIN = "plain"
"""Name of the order source for files that no other source recognizes: columns by their usual names."""
_CATALOG = Path(__file__).parent / "catalog"
_HINT = "See the members of a description: loyaltyctl schema order-source"


@cache
def read_catalog() -> Mapping[str, OrderSource]:
    """Return the built-in descriptions of order sources by name, in alphabetical order; PLAIN is one."""
    sources = {}
    for path in sorted(_CATALOG.glob("*.json")):
        source = parse_source(json.loads(path.read_bytes()), path.name)
        sources[source.name] = source
    return sources


def source_in(document: Document) -> OrderSource:
    """Return the order source that a YAML or JSON document describes, one's own. Raises InvalidData."""
    return parse_source(document.value, document.name, lambda: document.positions)


def parse_source(
    document: Json, name: str, locate: Callable[[], Mapping[JsonPath, Position]] = dict
) -> OrderSource:
    """Return the order source that a JSON value describes. Raises InvalidData with the path of the mistake.

    `name` is the name of the document in the error; `locate` returns the positions of its values.
    """
    try:
        source = to_input(document, OrderSource)
        _check_consistency(source)
    except InvalidInput as error:
        line, column = _nearest_position(error.place, locate())
        path = _dotted(error.place)
        problem = f"{path}: {error.problem}" if path else f"an order source {error.problem}"
        raise InvalidData(problem, at=Location(name, line, column), hint=_HINT) from None
    return source


def _check_consistency(source: OrderSource) -> None:
    """Raise InvalidInput if a value of an order source contradicts another one, or is blank."""
    for member in ("name", "title"):
        if not getattr(source, member).strip():
            raise InvalidInput((member,), "must not be blank")
    if not any(source.amounts):
        raise InvalidInput(("amounts",), "needs one of total, subtotal, items")
    for place, condition in _conditions(source):
        if not (condition.one_of or condition.none_of):
            raise InvalidInput(place, "needs oneOf or noneOf")
    if source.per_line and source.lines is not Lines.ITEMS:
        raise InvalidInput(("perLine",), "needs lines: items")
    summed = {normalized(column) for column in _amount_columns(source)}
    for index, column in enumerate(source.per_line or ()):
        if normalized(column) not in summed:
            raise InvalidInput(("perLine", index), f"{quoted(column)} is no column of an amount or refund")


def _conditions(source: OrderSource) -> Iterator[tuple[JsonPath, Condition]]:
    """Yield the conditions in the description of an order source, with their paths."""
    for member, conditions in (("counted", source.counted), ("refundLines", source.refund_lines)):
        for index, condition in enumerate(conditions or ()):
            yield (member, index), condition


def named_columns(source: OrderSource) -> Iterator[str]:
    """Yield the names of all columns in the description of an order source; some may be repeated."""
    for names in (*source.columns, *(source.recognized_by or ())):
        yield from names or ()
    yield from _amount_columns(source)
    for _, condition in _conditions(source):
        yield condition.column


def _amount_columns(source: OrderSource) -> Iterator[str]:
    """Yield the columns of an order source that have amounts: of the order, its items or refunds."""
    for alternatives in source.amounts:
        for amount in alternatives or ():
            yield from amount.add
            yield from amount.subtract or ()
    yield from source.columns.refund or ()
    yield from source.columns.adjusted or ()


def _dotted(place: JsonPath) -> str:
    """Return the path of a value in a description as text: `amounts.total[0].add`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return steps.removeprefix(".")


def _nearest_position(place: JsonPath, positions: Mapping[JsonPath, Position]) -> Position:
    """Return the position of a value in a description; of the value around it if it is missing there."""
    while place and place not in positions:
        place = place[:-1]
    return positions.get(place, Position(0))
