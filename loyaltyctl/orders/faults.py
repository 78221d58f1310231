"""Locate the orders that cannot be counted: the file, line and error message of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.orders.files import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from loyaltyctl.orders.checks import Requirements
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.records import Record


_REASONS = {
    None: LeftOutReason.LINE,
    OrderField.AMOUNT: LeftOutReason.AMOUNT,
    OrderField.ORDER_ID: LeftOutReason.REPEATED,
    OrderField.DATE: LeftOutReason.DATE,
}


class Place(NamedTuple):
    """Location of an order: a file, and a line of a text file or a row of a Parquet file."""

    file: str
    line: int
    is_row: bool = False

    @property
    def unit(self) -> str:
        """The unit in which the location of an order is counted: `line`, or `row` in a Parquet file."""
        return "row" if self.is_row else "line"

    def __str__(self) -> str:
        return f"{self.file} {self.unit} {self.line}"


class Fault(NamedTuple):
    """Reason why an order cannot be counted: its location, message, and the field (None: the whole line)."""

    place: Place
    field: OrderField | None
    column: str
    message: str


class LeftOut(NamedTuple):
    """Orders that --skip-bad-rows left out for one reason: their number and the first locations."""

    reason: LeftOutReason
    orders: int
    places: tuple[Place, ...]


def locate(
    files: Iterable[OrderFile], requirements: Requirements, read: Callable[[OrderFile], Iterator[Record]]
) -> Iterator[Fault]:
    """Yield the faults of all orders, file by file; `read` yields the orders of a file to check."""
    seen: dict[str, object] = {}
    for file in files:
        columns = dict(file.columns)
        for record in read(file):
            place = Place(str(file.path), record.line, file.layout is Layout.PARQUET)
            if record.problem:
                column = columns[record.field] if record.field else ""
                yield Fault(place, record.field, column, record.problem)
                continue
            for field, message in requirements.faults(record.texts, seen, place):
                yield Fault(place, field, columns.get(field, ""), message)


def first_places(
    faults: Iterable[Fault], limits: Mapping[LeftOutReason, int]
) -> dict[LeftOutReason, list[Place]]:
    """Return the locations of the first orders that were left out for each reason, up to its limit.

    An order counts for its first fault only. Stops reading `faults`, and so the files, once all
    limits are reached.
    """
    places: dict[LeftOutReason, list[Place]] = {reason: [] for reason in limits}
    last: Place | None = None
    for fault in faults:
        reason = _REASONS.get(fault.field)
        if fault.place != last and reason in places and len(places[reason]) < limits[reason]:
            places[reason].append(fault.place)
            if all(len(places[one]) == count for one, count in limits.items()):
                break
        last = fault.place
    return places


def in_other_currencies(found: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults of orders in other currencies; an order left out for a repeated id is not one.

    --skip-bad-rows never leaves out an order for its currency alone: that would hide part of the sales.
    """
    repeated = None
    for fault in found:
        if fault.field is OrderField.CURRENCY and fault.place != repeated:
            yield fault
        elif fault.field is OrderField.ORDER_ID:
            repeated = fault.place
