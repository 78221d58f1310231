"""`loyaltyctl points`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Points: what a purchase earns, what a rule costs.",
    {
        "simulate": Entry("loyaltyctl.cli.commands.points.simulate", "simulate"),
        "table": Entry("loyaltyctl.cli.commands.points.simulate", "table"),
        "solve": Entry("loyaltyctl.cli.commands.points.solve", "solve"),
        "backtest": Entry("loyaltyctl.cli.commands.points.backtest", "backtest"),
    },
)
