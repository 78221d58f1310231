"""`loyaltyctl orders inspect`: show what files of orders are taken for."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.cli.commands.orders.inspect_views import INSPECTED, sections
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.order_options import (
    Columns,
    Currency,
    ReadingOptions,
    Statuses,
    order_filters,
    with_standard_input,
)
from loyaltyctl.contract.outputs.orders import OrdersInspected
from loyaltyctl.orders.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.orders.inspection import Inspection

USUAL_TRIGGER = "stores/OrderPaid"
"""Trigger of the orders of exports that do not tell it, unless TRIGGERS has another one."""
TRIGGERS = {
    "wix-events-orders": "events/OrderConfirmed",
    "wix-pricing-plans": "wix_pricing_plans-plan_purchased",
}
"""Trigger of the orders of an export, by the name of its source."""
_READING = (
    *("--source", "--amount-base", "--lines", "--decimal", "--date-order", "--amount-unit"),
    *("--encoding", "--skip-lines", "--records"),
)
"""Names of the options of ReadingOptions, in their sequence."""

Files = Annotated[list[str], Argument(metavar="ORDERS...", help="Files of orders.", show_default=False)]


def inspect(  # noqa: PLR0913 - files, filters, and how they are read
    ctx: Context,
    files: Files,
    status: Statuses = None,
    currency: Currency = None,
    *,
    reading: ReadingOptions,
    columns: Columns,
) -> None:
    """Show what files of orders are taken for.

    Shows the export and why it is recognized, the roles and forms of columns, numbers of
    orders, the first problems and orders, and the command that calculates points. What is
    not clear is shown as a question, with the option that answers it. Members are not
    shown.

    Examples:
      loyaltyctl orders inspect demo/orders.csv
      loyaltyctl orders inspect demo/orders.csv --json --query numbers
    """
    from loyaltyctl.orders.inspection import Inspection

    ctx.output.check_object(OrdersInspected)
    selection = Selection(files, columns, order_filters(status, currency), reading=reading.reading(ctx))
    given = [*_given(selection, reading)]
    with with_standard_input(ctx, selection) as orders, Inspection(orders) as inspection:
        for _ in ctx.output.progress("reading orders", inspection.scan(), None):
            pass
        found = inspection.files()
        words = [*map(quote, files), "--live", *given, *_needed(inspection, found[0].source, currency)]
        result = OrdersInspected(
            found,
            inspection.numbers(),
            inspection.problems(),
            inspection.orders(),
            f"loyaltyctl points backtest {' '.join(words)}",
        )
    if not ctx.output.writer.is_for_people:
        ctx.output.show(result, INSPECTED)
        return
    for values, view in sections(result):
        ctx.output.show_all(values, view)
        ctx.output.write("\n")
    ctx.output.write(f"{result.command}\n")


def _given(selection: Selection, reading: ReadingOptions) -> Iterator[str]:
    """Yield the options that were given, as words of the next command."""
    for option, value in zip(_READING, reading, strict=True):
        if value is not None:
            yield f"{option} {quote(str(value))}"
    for field, column in selection.columns.items():
        yield f"{field.option} {quote(column)}"
    for field, values in selection.filters.items():
        yield from (f"--{field} {quote(value)}" for value in values)


def _needed(inspection: Inspection, source: str | None, currency: str | None) -> Iterator[str]:
    """Yield the options that the next command needs: answers to questions, the trigger, the currency."""
    for question in inspection.questions:
        yield f"{question.option} {'ORDER' if question.has_dates else 'MARK'}"
    if inspection.needs_trigger:
        yield f"--trigger {TRIGGERS.get(source or '', USUAL_TRIGGER)}"
    if currency is None and len(inspection.currencies) > 1:
        yield f"--currency {quote(inspection.currencies[0])}"
