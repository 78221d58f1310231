"""Fetch the orders of the site in use into a file, with progress and messages for the user."""

from __future__ import annotations

from contextlib import closing
from shlex import quote
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError
from loyaltyctl.intake import atomic_files, timestamps
from loyaltyctl.model.order_search import OrderSearch, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.orders.fetching.counts import OrderCounts
    from loyaltyctl.orders.fetching.partial_file import FetchRequest, PartialFile

Since = Annotated[
    str | None,
    Option(
        "--since",
        metavar="TIME",
        help="Only orders since a date (its start in UTC), a time, or e.g. 90d ago.",
    ),
]
Until = Annotated[str | None, Option("--until", metavar="TIME", help="Only orders before this date or time.")]


class Period(NamedTuple):
    """Options for a period of orders: the dates of purchase, or of creation where that is missing."""

    since: Since = None
    until: Until = None

    def search(self, ctx: Context, statuses: Sequence[OrderStatus] = ()) -> OrderSearch:
        """Return the search for the orders of the period. Raises UsageError if it is empty or invalid."""
        now = ctx.console.clock.time()
        since, until = (
            None if text is None else timestamps.parse_day_option(text, option, now)
            for text, option in ((self.since, "--since"), (self.until, "--until"))
        )
        if since is not None and until is not None and since >= until:
            raise UsageError(
                f"the period is empty: --since {self.since} is not before --until {self.until}",
                hint="--until is the end of the period, which is not part of it.",
            )
        return OrderSearch(since, until, tuple(statuses))

    def request(self, ctx: Context, statuses: Sequence[OrderStatus] = ()) -> FetchRequest:
        """Return the request of a fetch for the orders of the period, on the site in use."""
        from loyaltyctl.orders.fetching.partial_file import FetchRequest

        search = self.search(ctx, statuses)  # before the connection, whose error is about something else
        typed = [("--since", self.since), ("--until", self.until)]
        typed += [("--status", status) for status in sorted({*statuses})]
        options = " ".join(f"{option} {quote(value)}" for option, value in typed if value is not None)
        return FetchRequest(ctx.connection.origin, ctx.connection.site, options, search)


class Fetched(NamedTuple):
    """Result of a fetch: the counts of its orders, and whether it continued an earlier one."""

    counts: OrderCounts
    continued: bool


class Destination(NamedTuple):
    """Destination of a fetch: the file, and what may happen to files that exist.

    `replace` permits to replace the file, `restart` to forget an interrupted fetch. `keeps` is false for a
    temporary file, whose fetch cannot be continued.
    """

    path: Path
    replace: bool = False
    restart: bool = False
    keeps: bool = True


def fetch_to(ctx: Context, destination: Destination, request: FetchRequest) -> Fetched:
    """Fetch orders of the site in use to a file, or continue an interrupted fetch to it.

    If the fetch fails, the orders so far are kept beside the file, and the hint of the error tells so.
    """
    from loyaltyctl.orders.fetching.download import Download
    from loyaltyctl.orders.fetching.partial_file import PartialFile

    with atomic_files.convert_errors(destination.path):
        target = atomic_files.resolve_target(destination.path)
    with closing(PartialFile(target, request, restart=destination.restart)) as part:
        download = Download(ctx.orders, part)
        if part.continues:
            for _ in ctx.output.progress("reading the orders so far", download.read_kept(), None):
                pass
            orders = download.counts.describe_orders()
            ctx.messages.note(f"continuing {part.path}, which has {orders}{_earlier_period(part, request)}")
        ctx.interrupt_hint = "To continue the fetch, run the same command again." if destination.keeps else ""
        try:
            for _ in ctx.output.progress("fetching orders", download.run(), None):
                pass
        except LoyaltyError as error:
            if destination.keeps and download.counts.orders:
                error.hint = f"{error.hint}\n{_continuation_hint(error, download.counts)}".strip()
            raise
        ctx.interrupt_hint = ""
        part.finish(replace=destination.replace)
    return Fetched(download.counts, part.continues)


def _earlier_period(part: PartialFile, request: FetchRequest) -> str:
    """Return a note on the period of a continued fetch; empty unless options such as 7d mean another one."""
    began = part.state.request.search
    if (began.since, began.until) == (request.search.since, request.search.until):
        return ""
    ends = (("--since", began.since), ("--until", began.until))
    typed = " ".join(f"{option} {timestamps.format_utc(end, 'seconds')}" for option, end in ends if end)
    return f"; the period is that of the first run: {typed}"


def _continuation_hint(error: LoyaltyError, counts: OrderCounts) -> str:
    """Return the hint on how to continue a fetch that failed; empty if it would fail at the same order."""
    from loyaltyctl.orders.fetching.partial_file import RESTART

    if not isinstance(error, InvalidData):
        return f"{counts.describe_orders()} kept: the same command continues."
    # A position may expire on the server, which then refuses the request.
    return RESTART if error.http_status is not None else ""


def show_request(ctx: Context, request: FetchRequest) -> None:
    """Send the first request of a fetch in a dry run, which records it; no file is written."""
    next(ctx.orders.pages(request.search.filter(), seen=set()))
