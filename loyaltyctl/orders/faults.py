"""Faults of orders: find the file and the line of each order that cannot be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.orders.files import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from loyaltyctl.orders.checks import OrderChecks
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.records import Record


_REASONS = {
    None: LeftOutReason.LINE,
    OrderField.AMOUNT: LeftOutReason.AMOUNT,
    OrderField.ORDER_ID: LeftOutReason.REPEATED,
    OrderField.DATE: LeftOutReason.DATE,
}


class Place(NamedTuple):
    """Place of an order with a fault: a file, and the number of a line, or of a row in a Parquet file."""

    file: str
    line: int
    is_row: bool = False

    @property
    def unit(self) -> str:
        """`row` if the order with the fault is in a Parquet file, else `line`."""
        return "row" if self.is_row else "line"

    def __str__(self) -> str:
        return f"{self.file} {self.unit} {self.line}"


class Fault(NamedTuple):
    """Fault of an order: the reason why it cannot be counted, and its place.

    The field is None if the whole line has the fault.
    """

    place: Place
    field: OrderField | None
    column: str
    message: str


class LeftOut(NamedTuple):
    """Orders that --skip-bad-rows left out for one kind of fault: their number and the first places."""

    reason: LeftOutReason
    orders: int
    places: tuple[Place, ...]


def locate(
    files: Iterable[OrderFile], checks: OrderChecks, read: Callable[[OrderFile], Iterator[Record]]
) -> Iterator[Fault]:
    """Yield the faults of all orders, file by file.

    `read` takes a file, and returns the orders in it that may have a fault.
    """
    seen: dict[str, object] = {}
    for file in files:
        columns = dict(file.columns)
        for record in read(file):
            place = Place(str(file.path), record.line, file.layout is Layout.PARQUET)
            if record.problem:
                column = columns[record.field] if record.field else ""
                yield Fault(place, record.field, column, record.problem)
                continue
            for field, message in checks.failed_checks(record.texts, seen, place):
                yield Fault(place, field, columns.get(field, ""), message)


def first_places(
    faults: Iterable[Fault], limits: Mapping[LeftOutReason, int]
) -> dict[LeftOutReason, list[Place]]:
    """Return the places of the first faults for each reason to leave out orders.

    `limits` has the maximum number of places for each reason. Of an order with several faults, only the
    first counts. When all limits are reached, no more of `faults`, and so of the files, is read.
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
    """Yield the faults of orders in another currency, except orders that also repeat an id.

    With --skip-bad-rows, orders that repeat an id are left out. Orders in another currency stay an error:
    leaving them out would hide part of the sales.
    """
    repeated = None
    for fault in found:
        if fault.field is OrderField.CURRENCY and fault.place != repeated:
            yield fault
        elif fault.field is OrderField.ORDER_ID:
            repeated = fault.place
