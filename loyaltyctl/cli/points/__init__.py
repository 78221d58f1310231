"""`loyaltyctl points`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli import command
from loyaltyctl.cli.command import Entry

app = command.app(
    "Points: what a purchase earns, what a rule costs.",
    {
        "simulate": Entry("loyaltyctl.cli.points.calculating", "simulate"),
        "table": Entry("loyaltyctl.cli.points.calculating", "table"),
        "solve": Entry("loyaltyctl.cli.points.solving", "solve"),
        "backtest": Entry("loyaltyctl.cli.points.backtesting", "backtest"),
    },
)
