"""`loyaltyctl orders convert`: write orders of any source in the plain form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.cli.runtime.backtest_command import backtest_command, trigger_option
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.file_options import NEW_FILE_HINT, check_file_name
from loyaltyctl.cli.runtime.order_findings import (
    excluded_in_words,
    filter_sentences,
    left_out_output,
    left_out_sentence,
)
from loyaltyctl.cli.runtime.order_options import (
    Columns,
    OrderFilters,
    ReadingOptions,
    SkipBadRows,
    Trigger,
    with_standard_input,
)
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.orders import OrdersConverted
from loyaltyctl.contract.outputs.points import NotCounted
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import atomic_files
from loyaltyctl.orders.plain_files import KeepMember, PlainFile, PlainFormat

if TYPE_CHECKING:
    from loyaltyctl.orders.conversion import Conversion
    from loyaltyctl.orders.selection import Selection
    from loyaltyctl.orders.table import OrderTable

Files = Annotated[list[str], Argument(metavar="ORDERS...", help="Files of orders.", show_default=False)]
Out = Annotated[
    str,
    Option("--out", metavar="FILE", help="Write this .parquet, .csv or .jsonl file.", show_default=False),
]
Keep = Annotated[
    KeepMember, Option("--keep-member", metavar="HOW", help="Keep members: hash, plain or none.")
]


def convert(  # noqa: PLR0913, PLR0917 - files, filters, and how they are read and written
    ctx: Context,
    files: Files,
    out: Out,
    keep_member: Keep = KeepMember.NONE,
    trigger: Trigger = None,
    skip_bad_rows: SkipBadRows = None,
    *,
    filters: OrderFilters,
    reading: ReadingOptions,
    columns: Columns,
) -> None:
    """Convert orders of any export to one plain file.

    A row is an order: order_id, date, amount (exact), currency, status, trigger, tier,
    refunded, member; columns that no file has are left out. Orders that do not count are
    left out and reported. Names, addresses and e-mail addresses are not written. Members
    are kept on request: as they are, or as a hash by which --by member still groups them.
    A hash of an e-mail address hides it from readers, but it can be guessed.

    An existing FILE is replaced after a prompt.

    Examples:
      loyaltyctl orders convert demo/orders.csv --out plain.parquet
      loyaltyctl orders convert demo/orders.csv --out plain.csv --keep-member hash --yes
    """
    path = Path(check_file_name(out, "--out", NEW_FILE_HINT))
    if trigger == "":
        raise UsageError("--trigger must not be empty", hint="Leave it out if the orders have their own.")
    ctx.output.check_object(OrdersConverted)
    selection = reading.selection(ctx, files, columns, filters, skip_bad=skip_bad_rows)
    file = PlainFile(path, _format(out), keep_member)
    with atomic_files.convert_errors(path):
        atomic_files.resolve_target(path).parent.stat()
    if path.exists():
        ctx.prompts.confirm(f"{path} exists. Replace it?")
        file = file._replace(replaces=True)
    with with_standard_input(ctx, selection) as orders:
        _convert(ctx, orders, file, trigger)


def _format(out: str) -> PlainFormat:
    """Return the format of the file that orders are written to, by its suffix. Raises UsageError."""
    suffix = Path(out).suffix.lower().removeprefix(".")
    if suffix not in [*PlainFormat]:
        raise UsageError(
            f"{out} does not end in .parquet, .csv or .jsonl", hint="Such as: --out orders.parquet"
        )
    return PlainFormat(suffix)


def _convert(ctx: Context, selection: Selection, file: PlainFile, trigger: str | None) -> None:
    """Convert the selected orders with a progress bar, and report what was written."""
    from loyaltyctl.orders.conversion import Conversion
    from loyaltyctl.orders.table import OrderTable
    from loyaltyctl.orders.unpaid import unpaid_note

    with OrderTable(selection) as table:
        conversion = Conversion(table, file, trigger)
        for _ in ctx.output.progress("converting orders", conversion.run(), 200):
            pass
        result = _result(table, file, conversion)
        source = table.files[0].roles.source
        # After the scan: only then all forms are decided.
        found = [
            *table.notes(),
            excluded_in_words(table.excluded()),
            unpaid_note(table.rows, table.counted),
            *map(left_out_sentence, table.left_out()),
        ]
        filters, exclude_each_other = table.empty_filters()
    for warning in filter_sentences(filters, exclude_each_other=exclude_each_other):
        ctx.messages.warn(warning)
    for line in [*filter(None, found), *map(ctx.messages.with_profile, _summary(result, source))]:
        ctx.messages.note(line)
    if ctx.output.writer.is_for_programs:
        ctx.output.show_object(result)


def _result(table: OrderTable, file: PlainFile, conversion: Conversion) -> OrdersConverted:
    """Return the output for orders that were converted."""
    return OrdersConverted(
        str(file.path),
        conversion.orders,
        conversion.refunds,
        [*conversion.columns],
        [NotCounted(*one) for one in table.excluded()],
        [*map(left_out_output, table.left_out())],
    )


def _summary(result: OrdersConverted, source: str) -> list[str]:
    """Return the lines that describe a conversion of orders of an export: the file, and the next command."""
    orders = f"{result.orders:,} {'order' if result.orders == 1 else 'orders'}"
    if result.refunds:
        orders += f" and {result.refunds:,} {'refund' if result.refunds == 1 else 'refunds'}"
    options = [] if OrderField.TRIGGER.column in result.columns else [trigger_option(source)]
    return [
        f"wrote {result.file}: {orders} ({', '.join(result.columns)})",
        f"to calculate points, run: {backtest_command([result.file], options)}",
    ]
