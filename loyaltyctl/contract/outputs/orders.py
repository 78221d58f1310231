"""Outputs of `orders`: fetched, inspected and converted files of orders, and order sources."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from loyaltyctl.contract.outputs.points import LeftOut, NotCounted


class OrdersOfTrigger(NamedTuple):
    """Number of fetched orders with one trigger."""

    trigger: Annotated[str, "The trigger, such as stores/OrderPaid."]
    orders: Annotated[int, "The number of orders."]


class OrdersFetched(NamedTuple):
    """File of orders that was fetched from a site (orders fetch)."""

    file: Annotated[str, "The file."]
    orders: Annotated[int, "The number of orders in it."]
    first_month: Annotated[str | None, "The first month of the orders, such as 2025-01; null without any."]
    last_month: Annotated[str | None, "The last month of the orders; null without any."]
    triggers: Annotated[list[OrdersOfTrigger], "The orders by trigger, the most frequent first."]
    several_apps: Annotated[
        int, "The number of orders with lines of apps that do not have the same trigger; they need --trigger."
    ]
    unknown_apps: Annotated[
        int, "The number of orders whose lines have no app with a trigger; they need --trigger."
    ]
    continued: Annotated[bool, "True if an earlier, interrupted fetch was continued."]


class RoleColumn(NamedTuple):
    """Column of a file of orders that has a role."""

    role: Annotated[str, "The role, such as amount or date; condition: some orders do not count."]
    column: Annotated[str, "The column."]
    example: Annotated[str | None, "A value; null if there is none, or if it may be personal data."]


class BaseColumns(NamedTuple):
    """Columns of an amount that a file of orders has, for --amount-base."""

    base: Annotated[str, "The amount: total, subtotal or items."]
    add: Annotated[list[str], "Columns that are added."]
    subtract: Annotated[list[str], "Columns that are subtracted."]
    used: Annotated[bool, "True if it is the amount that earns points."]


class ColumnForm(NamedTuple):
    """Form of the amounts or dates in a column of a file of orders."""

    column: Annotated[str, "The column."]
    form: Annotated[str | None, "The form; null if it is not clear."]
    example: Annotated[str | None, "A value; null if there is none."]


class InspectedFile(NamedTuple):
    """File of orders: its export, and how its text and columns are read."""

    file: Annotated[str, "The file."]
    source: Annotated[str | None, "Its export, as a name for --source; null if it is not clear."]
    title: Annotated[str | None, "The name of the export for people."]
    reason: Annotated[str, "The reason to read it as this export."]
    container: Annotated[list[str], "The containers in each other, the outer one first."]
    encoding: Annotated[str | None, "The encoding of its text; null if it has none."]
    separator: Annotated[str | None, "The separator of a CSV file."]
    header_line: Annotated[int | None, "The line of the header of a CSV file."]
    lines: Annotated[int | None, "The number of lines with orders; null if they were not read."]
    columns: Annotated[list[RoleColumn], "The columns by their role."]
    amounts: Annotated[list[BaseColumns], "The columns of each amount."]
    forms: Annotated[list[ColumnForm], "The forms of amounts and dates."]
    others: Annotated[list[str], "Columns that are not used."]
    notes: Annotated[list[str], "Notes on the containers, the encoding and the records of the file."]


class OrdersOfStatus(NamedTuple):
    """Number of orders with one status."""

    status: Annotated[str | None, "The status; null if orders have none."]
    orders: Annotated[int, "The number of orders."]
    reason: Annotated[str | None, "The reason not to count them; null if they count."]


class OrdersOfCurrency(NamedTuple):
    """Orders that count, of one currency."""

    currency: Annotated[str | None, "The currency; null if orders have none."]
    orders: Annotated[int, "The number of orders."]
    amount: Annotated[str | None, "The sum of their amounts; null if these are not clear."]


class OrdersOfMonth(NamedTuple):
    """Orders that count, of one month."""

    month: Annotated[str, "The month, such as 2025-01."]
    orders: Annotated[int, "The number of orders."]


class OrderNumbers(NamedTuple):
    """Numbers of orders in files."""

    lines: Annotated[int, "The number of lines."]
    orders: Annotated[int, "The number of orders that count."]
    not_counted: Annotated[int, "The number of orders that do not count by the description of their export."]
    unreadable: Annotated[int, "The number of orders with problems."]
    refunds: Annotated[int, "The number of refunds."]
    refunded: Annotated[str | None, "The sum of the refunds; null if amounts are not clear."]
    total_lines: Annotated[int, "The number of last lines that are left out: the sums of the others."]
    first_month: Annotated[str | None, "The first month of the orders that count; null without dates."]
    last_month: Annotated[str | None, "The last month of the orders that count; null without dates."]
    months: Annotated[list[OrdersOfMonth], "The orders that count by month."]
    statuses: Annotated[list[OrdersOfStatus], "All orders by status."]
    currencies: Annotated[list[OrdersOfCurrency], "The orders that count by currency."]


class OrderProblem(NamedTuple):
    """Problem with the orders of a file, or a question about them."""

    problem: Annotated[str, "The problem."]
    hint: Annotated[
        str | None, "The remedy, such as the options that answer a question; null if there is none."
    ]


class OrderAsRead(NamedTuple):
    """Order as it is read from a file."""

    order_id: Annotated[str | None, "Its id; null if it has none, or if it may be personal data."]
    date: Annotated[str | None, "Its day, or its month if it has no day."]
    amount: Annotated[str | None, "The amount that earns points."]
    currency: Annotated[str | None, "Its currency."]
    status: Annotated[str | None, "Its status."]
    trigger: Annotated[str | None, "Its trigger."]
    refunded: Annotated[str | None, "The refunded amount."]
    reason: Annotated[str | None, "The reason not to count it; null if it counts."]


class OrdersInspected(NamedTuple):
    """Inspection of files of orders: their exports, columns, numbers and problems (orders inspect)."""

    files: Annotated[list[InspectedFile], "The files."]
    numbers: Annotated[OrderNumbers | None, "The numbers of orders; null if the files cannot be counted."]
    problems: Annotated[list[OrderProblem], "Questions, and the first problems with orders."]
    orders: Annotated[list[OrderAsRead], "The first orders."]
    command: Annotated[
        str, "The command that calculates the points of these orders, once their problems are solved."
    ]


class OrdersConverted(NamedTuple):
    """File of orders in the plain form (orders convert)."""

    file: Annotated[str, "The file."]
    orders: Annotated[int, "The number of orders in it."]
    refunds: Annotated[int, "The number of refunds in it that have a line of their own."]
    columns: Annotated[list[str], "Its columns."]
    not_counted: Annotated[list[NotCounted], "Orders that are not in it since they do not count."]
    left_out: Annotated[list[LeftOut], "Orders that --skip-bad-rows left out, by reason."]


class Source(NamedTuple):
    """Order source: an export that is recognized (orders sources)."""

    name: Annotated[str, "Its name for --source."]
    title: Annotated[str, "Its name for people."]
    line: Annotated[str, "The unit of a line: orders, or items of orders."]


class SourceRole(NamedTuple):
    """Role in an order source, with the names that its column may have."""

    role: Annotated[str, "The role, such as date; amount (total) and others are amounts."]
    names: Annotated[list[str], "The names; those of an amount of several columns are joined by + and -."]


SourcesOrRoles = list[Source] | list[SourceRole]
