"""Refusals of orders: the errors for orders that cannot be counted, with the first of their places."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import Detail, InvalidData
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.faults import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loyaltyctl.orders.faults import Fault, FaultFinder
    from loyaltyctl.orders.files import OrderFile

_ROUNDED_ID = re.compile(r'the id "[0-9]([.,][0-9]+)?[eE][+]?[0-9]+"')
"""Message of a repeated id in the exponential notation of spreadsheets."""
SHOWN = 20
"""Maximum number of faults of orders that are listed in an error."""


def uncountable_orders(
    finder: FaultFinder, count: Callable[[], int], *, only_currencies: bool
) -> InvalidData:
    """Return the error for orders that cannot be counted; `count` counts them if not all can be listed.

    With `only_currencies`, orders with other faults are left out, and those in another currency are listed.
    """
    found = finder.faults()
    try:
        first = [*islice(_in_other_currencies(found) if only_currencies else found, SHOWN + 1)]
    except Unreadable:  # the scan did not read all columns that tell the faults apart
        return unreadable_orders(finder)
    has_more = len(first) > SHOWN
    first = first[:SHOWN]
    number = count() if has_more else len({fault.order or fault.place for fault in first})
    shown = f" (the first {SHOWN} faults are listed)" if has_more else ""
    return InvalidData(
        f"{_in_words(number)} cannot be counted{shown}; nothing was calculated",
        details=details(first),
        hint=_hint(
            first, finder.checks.currency, is_grouped=any(file.roles.is_grouped for file in finder.files)
        ),
    )


def _in_other_currencies(found: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults of orders in another currency, except orders that have another fault too.

    With --skip-bad-rows, orders with other faults are left out. Orders in another currency stay an error:
    leaving them out would hide part of the sales.
    """
    left_out = None
    for fault in found:  # of one order, the fault of its currency is the last
        if fault.field is not OrderField.CURRENCY:
            left_out = fault.place
        elif fault.place != left_out:
            yield fault


def unreadable_orders(finder: FaultFinder) -> InvalidData:
    """Return the error for files that DuckDB cannot read, with their malformed rows."""
    first = [*islice(finder.malformed(), SHOWN)]
    if not first:
        names = ", ".join(file.name for file in finder.files)
        return InvalidData(f"{names} cannot be read: the data is damaged")
    many = _in_words(len(first)) if len(first) < SHOWN else f"at least {SHOWN} orders"
    return InvalidData(
        f"{many} cannot be counted; nothing was calculated",
        details=details(first),
        hint="Correct the file." if any(fault.ends_file for fault in first) else _hint(first, None),
    )


def check_skippable(finder: FaultFinder) -> None:
    """Raise InvalidData if a file cannot be read after a malformed row: all the rest would be lost."""
    ends = [fault for fault in finder.malformed() if fault.ends_file]
    if ends:
        raise InvalidData(
            "the orders cannot be read to their end; nothing was calculated",
            details=details(ends[:SHOWN]),
            hint="Correct the file: --skip-bad-rows would leave out everything that follows.",
        )


def unsummed_totals(finder: FaultFinder) -> InvalidData:
    """Return the error for lines that are named a total, but that do not sum up orders."""
    extra = [*finder.unsummed_lines()]
    found = finder._replace(checks=finder.checks._replace(unsummed=True)).faults()
    totals = (fault for fault in found if fault.field is OrderField.ORDER_ID)
    return InvalidData(
        "some lines are totals, not orders, but not the sum of all others; nothing was calculated",
        details=details(islice(extra or totals, SHOWN)),
        hint="Leave them out: --skip-bad-rows" if extra else "Remove these lines from the file.",
    )


def missing_column(file: OrderFile, field: OrderField, option: str) -> InvalidData:
    """Return the error for an order file without a column for a field that an option needs."""
    return InvalidData(
        f"{file.name} has no column for the {field}, which {option} needs",
        hint=f"Name the column: {field.option} NAME",
    )


def _in_words(orders: int) -> str:
    """Return the number of orders for an error."""
    return "one order" if orders == 1 else f"{orders} orders"


def details(found: Iterable[Fault]) -> list[Detail]:
    """Return the details of an error for faults of orders."""
    return [Detail(fault.message, fault.column, str(fault.place)) for fault in found]


def _hint(found: Sequence[Fault], currency: str | None, *, is_grouped: bool = False) -> str:
    """Return the hint of an error for faults of orders; `is_grouped` tells that orders have several lines."""
    if all(fault.field is OrderField.CURRENCY for fault in found):
        return f"Count only the orders in one currency: --currency {currency}"
    if all(fault.field is OrderField.ORDER_ID for fault in found):
        if all(_ROUNDED_ID.search(fault.message) for fault in found):
            return "A spreadsheet has cut digits off the ids. Read no ids: --order-id-column none"
        if is_grouped:
            return "Put all lines of an order into one file, or write the files with the same columns."
        if all(fault.has_same_amount for fault in found):
            pattern = "If each line repeats its order, count it once: --lines orders"
        else:
            pattern = "If the lines are items of orders, add them up: --lines items"
        return f"{pattern}. Otherwise leave out the repeated ones: --skip-bad-rows"
    correct = "Correct them, or leave them out and report their number: --skip-bad-rows"
    if all(fault.message == EMPTY and fault.place.unit == "row" for fault in found):
        correct += ". Formulas have no values until the workbook is saved by a spreadsheet program"
    return correct
