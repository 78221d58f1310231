"""Orders left out with --skip-bad-rows: their numbers and first places, for each reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.orders.engine import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.orders.faults import Fault, FaultFinder, Place

MAX_PLACES = 5
"""Maximum number of locations that are reported for each reason to leave orders out."""
_REASONS = {
    None: LeftOutReason.LINE,
    OrderField.AMOUNT: LeftOutReason.AMOUNT,
    OrderField.ORDER_ID: LeftOutReason.REPEATED,
    OrderField.DATE: LeftOutReason.DATE,
}


class LeftOut(NamedTuple):
    """Orders that --skip-bad-rows left out for one kind of fault: their number and the first places."""

    reason: LeftOutReason
    orders: int
    places: tuple[Place, ...]


def orders_left_out(finder: FaultFinder, numbers: Mapping[LeftOutReason, int]) -> tuple[LeftOut, ...]:
    """Return the orders left out for each reason, from their numbers; places are looked for."""
    limits = {reason: min(number, MAX_PLACES) for reason, number in numbers.items() if number}
    if not limits:
        return ()
    try:
        places = _first_places(finder.faults(), limits)
    except Unreadable:  # the scan has not read all columns that the finder reads
        tolerant = finder._replace(mode=finder.mode._replace(tolerant=True))
        places = _first_places(tolerant.faults(), limits)
    return tuple(LeftOut(reason, numbers[reason], tuple(places[reason])) for reason in limits)


def _first_places(
    faults: Iterable[Fault], limits: Mapping[LeftOutReason, int]
) -> dict[LeftOutReason, list[Place]]:
    """Return the places of the first faults for each reason to leave out orders.

    `limits` has the maximum number of places for each reason. Of an order with several faults, only the
    first counts. When all limits are reached, no more of `faults`, and so of the files, is read.
    """
    places: dict[LeftOutReason, list[Place]] = {reason: [] for reason in limits}
    last: Place | None = None
    for fault in faults:
        reason, order = _REASONS.get(fault.field), fault.order or fault.place
        if order != last and reason in places and len(places[reason]) < limits[reason]:
            places[reason].append(fault.place)
            if all(len(places[one]) == count for one, count in limits.items()):
                break
        last = order
    return places
