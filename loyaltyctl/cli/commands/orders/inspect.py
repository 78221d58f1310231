"""`loyaltyctl orders inspect`: show what files of orders are taken for."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.cli.commands.orders.inspect_views import INSPECTED, sections
from loyaltyctl.cli.runtime.backtest_command import backtest_command, trigger_option
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.order_findings import filter_sentences
from loyaltyctl.cli.runtime.order_options import (
    Columns,
    OrderFilters,
    ReadingOptions,
    with_standard_input,
)
from loyaltyctl.contract.outputs.orders import OrderProblem, OrdersInspected
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.orders.inspection import Inspection
    from loyaltyctl.orders.selection import Selection

_READING = (
    *("--source", "--amount-base", "--lines", "--decimal", "--date-order", "--amount-unit"),
    *("--encoding", "--skip-lines", "--records"),
)
"""Names of the options of ReadingOptions, in their sequence."""

Files = Annotated[list[str], Argument(metavar="ORDERS...", help="Files of orders.", show_default=False)]


def inspect(
    ctx: Context, files: Files, *, filters: OrderFilters, reading: ReadingOptions, columns: Columns
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
    selection = reading.selection(ctx, files, columns, filters)
    with with_standard_input(ctx, selection) as orders, Inspection(orders) as inspection:
        for _ in ctx.output.progress("reading orders", inspection.scan(), None):
            pass
        found = inspection.files()
        options = [*_given(selection, reading), *_needed(inspection, found[0].source, filters.currency)]
        result = OrdersInspected(
            found,
            inspection.numbers(),
            [*inspection.problems(), *_filter_problems(inspection)],
            inspection.orders(),
            ctx.messages.with_profile(backtest_command(files, options)),
        )
    if not ctx.output.writer.is_for_people:
        ctx.output.show(result, INSPECTED)
        return
    for values, view in sections(result):
        if view.record:
            for value in values:
                ctx.output.show(value, view)
        else:
            ctx.output.show_all(values, view)
        ctx.output.write("\n")
    ctx.output.write(f"{visible(result.command)}\n")


def _filter_problems(inspection: Inspection) -> Iterator[OrderProblem]:
    """Yield the problems that a filter of an inspection matches no order."""
    filters, exclude_each_other = inspection.empty_filters()
    for sentence in filter_sentences(filters, exclude_each_other=exclude_each_other):
        yield OrderProblem(sentence, None)


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
        yield trigger_option(source)
    if currency is None and len(inspection.currencies) > 1:
        yield f"--currency {quote(inspection.currencies[0])}"
