"""Command that calculates the points of orders, which the `orders` commands show as the next one."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

USUAL_TRIGGER = "stores/OrderPaid"
"""Trigger of the orders of exports that do not tell it, unless TRIGGERS has another one."""
TRIGGERS = {
    "wix-events-orders": "events/OrderConfirmed",
    "wix-pricing-plans": "wix_pricing_plans-plan_purchased",
}
"""Trigger of the orders of an export, by the name of its source."""


def backtest_command(files: Sequence[str], options: Iterable[str] = ()) -> str:
    """Return the backtest of files of orders under the rules of the site; `options` are quoted words."""
    # A name such as -a.csv would be read as options; - alone is standard input.
    paths = [f"./{file}" if file.startswith("-") and file != "-" else file for file in files]
    return " ".join(["loyaltyctl points backtest", *map(quote, paths), "--live", *options])


def trigger_option(source: str | None) -> str:
    """Return the option of a backtest for the trigger of the orders of an export that does not tell it."""
    return f"--trigger {TRIGGERS.get(source or '', USUAL_TRIGGER)}"
