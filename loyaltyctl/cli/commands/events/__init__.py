"""The command group `loyaltyctl events`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Events: decode and verify them, test an endpoint.",
    {
        "decode": Command,
        "verify": Command,
        "types": Command,
        "explain": Command,
        "keygen": Command,
        "sign": Command,
        "send": Command,
        "listen": Command,
        "replay": Command,
    },
)
