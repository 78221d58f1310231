"""The command group `loyaltyctl sandbox`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Serve the sandbox, a local stand-in for the API.",
    {
        "serve": Command,
        "reset": Command,
        "path": Command,
    },
)
