"""The command group `loyaltyctl points`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Points: what a purchase earns, what a rule costs.",
    {
        "simulate": Command,
        "table": Command,
        "solve": Command,
        "backtest": Command,
    },
)
