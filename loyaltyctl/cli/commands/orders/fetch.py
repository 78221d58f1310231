"""`loyaltyctl orders fetch`: fetch the orders of a site to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.runtime import order_fetch
from loyaltyctl.cli.runtime.backtest_command import backtest_command
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.file_options import NEW_FILE_HINT, check_file_name
from loyaltyctl.cli.runtime.order_fetch import Period
from loyaltyctl.contract.outputs.orders import OrdersFetched, OrdersOfTrigger
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import atomic_files
from loyaltyctl.model.order_search import OrderStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = (".jsonl", ".ndjson")

Out = Annotated[
    str, Option("--out", metavar="FILE", help="Write the orders to this .jsonl file.", show_default=False)
]
Statuses = Annotated[
    list[OrderStatus] | None,
    Option(
        "--status",
        case_sensitive=False,
        metavar="STATUS",
        help=f"Only with this status; repeatable: {' '.join(OrderStatus)}.",
        show_default=False,
    ),
]
Restart = Annotated[bool | None, Option("--restart", help="Forget an interrupted fetch to this file.")]


def fetch(
    ctx: Context, out: Out, period: Period, status: Statuses = None, *, restart: Restart = None
) -> None:
    """Fetch the orders of a site to a file, for points backtest.

    The file is JSONL: one order a line, as Search Orders returns it, with its dates,
    statuses, currency, amounts, channel, ids and apps only: no names, addresses or e-mail
    addresses. The key needs the permission Read Orders. The date of an order is that of its
    purchase, or else of its creation. PENDING and REJECTED orders are left out unless
    --status names them.

    An interrupted fetch keeps its orders in FILE.part; the same command continues it. An
    existing FILE is replaced after a prompt.

    Examples:
      loyaltyctl -p sandbox orders fetch --since 2025-01-01 --out orders.jsonl
      loyaltyctl -p sandbox orders fetch --status canceled --out canceled.jsonl --json
    """
    path = _output_path(out)
    ctx.output.check_object(OrdersFetched)
    request = period.request(ctx, status or ())
    if ctx.dry_run:
        order_fetch.show_request(ctx, request)
        return
    replaces = path.exists()
    if replaces:
        ctx.prompts.confirm(f"{path} exists. Replace it?")
    destination = order_fetch.Destination(path, replaces, restart=bool(restart))
    fetched = order_fetch.fetch_to(ctx, destination, request)
    counts = fetched.counts
    months = sorted(counts.months)
    result = OrdersFetched(
        str(path),
        counts.orders,
        months[0] if months else None,
        months[-1] if months else None,
        [OrdersOfTrigger(trigger, number) for trigger, number in counts.triggers.most_common()],
        counts.several_apps,
        counts.unknown_apps,
        fetched.continued,
    )
    for line in _summary(result):
        ctx.messages.note(ctx.messages.with_profile(line))
    if ctx.output.writer.is_for_programs:
        ctx.output.show_object(result)


def _output_path(out: str) -> Path:
    """Return the path of the file that orders are fetched to. Raises UsageError if it cannot be one."""
    path = Path(check_file_name(out, "--out", NEW_FILE_HINT))
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"a file of orders is JSONL: {out} does not end in .jsonl", hint="Such as: --out orders.jsonl"
        )
    with atomic_files.convert_errors(path):
        # Checked before the first request: a fetch may take an hour.
        atomic_files.resolve_target(path).parent.stat()
    return path


def _summary(result: OrdersFetched) -> Iterator[str]:
    """Yield the lines that describe a fetch: orders, months, triggers, and the next command."""
    if not result.orders:
        yield f"wrote {result.file}, which is empty: the site has no such orders"
        return
    months = f"{result.first_month} to {result.last_month}" if result.first_month else "without a date"
    yield f"wrote {result.file}: {result.orders:,} {'order' if result.orders == 1 else 'orders'}, {months}"
    if result.triggers:
        yield "by trigger: " + ", ".join(f"{trigger} {number:,}" for trigger, number in result.triggers)
    unclear = ((result.several_apps, "with lines of several apps"), (result.unknown_apps, "of other apps"))
    if parts := [f"{number:,} {what}" for number, what in unclear if number]:
        yield f"without a clear trigger: {', '.join(parts)}; to count them, give --trigger"
    yield f"to calculate points, run: {backtest_command([result.file])}"
