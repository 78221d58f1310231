"""The command group `loyaltyctl auth`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Sign in to a site, sign out, show the credentials in use.",
    {
        "login": Command,
        "status": Command,
        "logout": Command,
        "switch": Command,
    },
)
