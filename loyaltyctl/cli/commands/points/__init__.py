"""The command group `loyaltyctl points`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Points: what a purchase earns, what a rule costs.",
    {
        name: Entry(f"loyaltyctl.cli.commands.points.{name}", name)
        for name in ("simulate", "table", "solve", "backtest")
    },
)
