"""The command group `loyaltyctl config`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Show and change settings, with the source of each.",
    {
        "list": Command,
        "get": Command,
        "set": Command,
        "unset": Command,
        "path": Command,
    },
)
