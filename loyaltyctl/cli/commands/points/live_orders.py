"""Option --live-orders of `points backtest`: read the orders of the site instead of files."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.runtime import order_fetch
from loyaltyctl.errors import InvalidData, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.cli.runtime.order_fetch import Period
    from loyaltyctl.orders.selection import Selection

SITE = "orders of the site"
"""Name of the fetched orders in messages."""

LiveOrders = Annotated[
    bool | None, Option("--live-orders", help="Fetch the orders of the site, then read them.")
]


def check_options(ctx: Context, files: Sequence[str], period: Period, *, live_orders: bool) -> None:
    """Raise UsageError unless orders are given, as files or with --live-orders, and the period fits them."""
    if not live_orders and not files:
        hint = "Give files of orders, --live-orders, or start with an example: --example FOLDER"
        raise UsageError("no orders were given", hint=hint)
    if live_orders and files:
        raise UsageError("--live-orders and files of orders are mutually exclusive")
    for option, value in (("--since", period.since), ("--until", period.until)):
        if value is not None and not live_orders:
            raise UsageError(
                f"{option} requires --live-orders",
                hint="To count a part of a file, group its orders: --by month",
            )
    period.search(ctx)


@contextmanager
def fetched(ctx: Context, period: Period, selection: Selection) -> Iterator[Selection]:
    """Fetch the orders of a period for a `with` block, and yield a selection that reads them.

    The file with the orders is deleted at the end. Raises InvalidData if the site has no such orders.
    """
    request = period.request(ctx)
    with tempfile.TemporaryDirectory(prefix="loyaltyctl-") as folder:
        path = Path(folder) / "live-orders.jsonl"
        destination = order_fetch.Destination(path, keeps=False)
        counts = order_fetch.fetch_to(ctx, destination, request).counts
        if not counts.orders:
            # An end that is open hides no orders.
            hints = {"Give an earlier --since.": period.since, "Give a later --until.": period.until}
            raise InvalidData(
                f"the site has no such orders: {request.describe()}",
                hint=" ".join(hint for hint, option in hints.items() if option is not None),
            )
        ctx.messages.note(f"fetched {counts.describe_orders()} of the site")
        yield selection._replace(files=[SITE], named={SITE: path})
