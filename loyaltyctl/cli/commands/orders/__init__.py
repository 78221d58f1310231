"""The command group `loyaltyctl orders`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import ApiCommand, Command
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Orders: the history that a backtest reads.",
    {
        "inspect": Command,
        "convert": Command,
        "sources": Command,
        "fetch": ApiCommand,
    },
)
