"""Options of commands that read files of orders: the files, their columns, and how they are read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from typer import Option

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.inputs.order_source import (
    AmountBase,
    AmountUnit,
    DateOrder,
    Decimal,
    Lines,
    OrderSource,
)
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.selection import Reading, Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILES_PANEL = "Files of orders"
"""Heading in the help for the options that tell how files of orders are read."""
COLUMNS_PANEL = "Columns of orders"
"""Heading in the help for the options that name the columns of orders."""
STDIN = "-"
STANDARD_INPUT = "standard input"

Source = Annotated[
    str | None,
    Option(
        "--source",
        metavar="SOURCE|FILE",
        help="The export that the files are, if their columns do not tell; or your own description of it.",
        rich_help_panel=FILES_PANEL,
    ),
]
Base = Annotated[
    AmountBase | None,
    Option(
        "--amount-base",
        metavar="WHAT",
        help="The amount that earns: total, subtotal, or items (less discounts).",
        rich_help_panel=FILES_PANEL,
    ),
]
LinesAre = Annotated[
    Lines | None,
    Option(
        "--lines",
        metavar="WHAT",
        help="What lines of the same id are: items, which are added up, or orders, repeated.",
        rich_help_panel=FILES_PANEL,
    ),
]
DecimalMark = Annotated[
    Decimal | None,
    Option(
        "--decimal",
        metavar="MARK",
        help="The decimal mark of amounts: comma or point.",
        rich_help_panel=FILES_PANEL,
    ),
]
DayOrder = Annotated[
    DateOrder | None,
    Option(
        "--date-order",
        metavar="ORDER",
        help="Day, month and year in dates: dmy, mdy or ymd.",
        rich_help_panel=FILES_PANEL,
    ),
]
Unit = Annotated[
    AmountUnit | None,
    Option(
        "--amount-unit",
        metavar="UNIT",
        help="The unit of amounts: major, or minor such as cents.",
        rich_help_panel=FILES_PANEL,
    ),
]
Encoding = Annotated[
    str | None,
    Option(
        "--encoding",
        metavar="NAME",
        help="The encoding of text files, such as cp1250.",
        rich_help_panel=FILES_PANEL,
    ),
]
SkipLines = Annotated[
    int | None,
    Option(
        "--skip-lines",
        min=0,
        metavar="N",
        help="The number of lines above the header.",
        rich_help_panel=FILES_PANEL,
    ),
]
Records = Annotated[
    str | None,
    Option(
        "--records",
        metavar="PATH",
        help="The list of orders in JSON, such as data.orders; the sheet of a workbook.",
        rich_help_panel=FILES_PANEL,
    ),
]


Trigger = Annotated[str | None, Option("--trigger", metavar="TRIGGER", help="The trigger of all orders.")]
Statuses = Annotated[
    list[str] | None,
    Option("--status", metavar="S", help="Only orders with this status; repeatable.", show_default=False),
]
Currency = Annotated[str | None, Option("--currency", metavar="CODE", help="Only orders in this currency.")]
SkipBadRows = Annotated[
    bool | None, Option("--skip-bad-rows", help="Leave out orders that cannot be read; count them.")
]


class OrderFilters(NamedTuple):
    """Options of commands that read files of orders: which orders are counted."""

    status: Statuses = None
    currency: Currency = None

    def by_field(self) -> dict[OrderField, Sequence[str]]:
        """Return the values of these options by the field of orders. Raises UsageError for a blank value."""
        currencies = () if self.currency is None else (self.currency,)
        filters = {OrderField.STATUS: self.status or (), OrderField.CURRENCY: currencies}
        for field, values in filters.items():
            if "" in values:
                raise UsageError(f"--{field} must not be empty", hint="Leave it out to count all orders.")
        return {field: values for field, values in filters.items() if values}


class ReadingOptions(NamedTuple):
    """Options of commands that read files of orders: how the files are read."""

    source: Source = None
    base: Base = None
    lines: LinesAre = None
    decimal: DecimalMark = None
    date_order: DayOrder = None
    unit: Unit = None
    encoding: Encoding = None
    skip_lines: SkipLines = None
    records: Records = None

    def selection(
        self,
        ctx: Context,
        files: Sequence[str],
        columns: Mapping[OrderField, str],
        filters: OrderFilters,
        *,
        skip_bad: bool | None = None,
    ) -> Selection:
        """Return the orders that a command reads, by its options.

        Raises UsageError for a blank filter, an unknown source, or a column beside the amount of a source.
        """
        if self.base is not None and OrderField.AMOUNT in columns:
            raise UsageError(f"--amount-base and {OrderField.AMOUNT.option} are mutually exclusive")
        by_field = filters.by_field()
        reading = Reading(_source(ctx, self.source), *self[1:])
        return Selection(files, columns, by_field, skip_bad=bool(skip_bad), reading=reading)


def _source(ctx: Context, name: str | None) -> OrderSource | None:
    """Return the order source that the option --source names: a built-in one, or a file."""
    from loyaltyctl.orders.sources.descriptions import read_catalog, source_in

    if name is None:
        return None
    catalog = read_catalog()
    if name in catalog:
        return catalog[name]
    if "." not in name and "/" not in name:
        hint = f"Give a file with its description, or one of: {', '.join(catalog)}"
        raise UsageError(f"there is no order source {quoted(name)}{did_you_mean(name, catalog)}", hint=hint)
    return source_in(ctx.inputs.document(name))


@contextmanager
def with_standard_input(ctx: Context, selection: Selection) -> Iterator[Selection]:
    """Yield a selection of orders for a `with` block; `-` among its files is a copy of standard input.

    Orders are read several times, but standard input only once.
    """
    if STDIN not in selection.files:
        yield selection
        return
    from loyaltyctl.orders.containers.copies import copy_standard_input

    with tempfile.TemporaryDirectory(prefix="loyaltyctl-") as folder, ctx.inputs.open(STDIN) as stream:
        path = copy_standard_input(stream, Path(folder))
        files = [STANDARD_INPUT if file == STDIN else file for file in selection.files]
        yield selection._replace(files=files, named={STANDARD_INPUT: path})


class ColumnOptions:
    """Annotation for a parameter that collects options for the columns of orders, such as --amount-column.

    The parameter is a dictionary: `columns: Annotated[dict[OrderField, str], ColumnOptions()]`.
    """

    def __init__(self) -> None:
        self._fields = {f"{field.column}_column": field for field in OrderField}

    def parameters(self) -> list[Parameter]:
        """Return a parameter for each option for a column of orders, for Typer to read."""
        return [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=_column_option(field))
            for name, field in self._fields.items()
        ]

    def collect(self, values: dict[str, Any]) -> dict[OrderField, str]:
        """Remove the options for columns of orders from `values`; return the given ones by field."""
        given = {field: values.pop(name) for name, field in self._fields.items()}
        return {field: column for field, column in given.items() if column is not None}


def _column_option(field: OrderField) -> Any:
    """Return the option for the column of a field of orders, such as --amount-column."""
    about = f"The column of the {field.replace('-', ' ')}."
    return Annotated[
        str | None, Option(field.option, metavar="COLUMN", help=about, rich_help_panel=COLUMNS_PANEL)
    ]


Columns = Annotated[dict[OrderField, str], ColumnOptions()]
"""Annotation of the parameter for the columns of orders."""
