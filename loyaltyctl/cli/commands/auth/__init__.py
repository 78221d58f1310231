"""`loyaltyctl auth`: the commands of the group, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Sign in to a site, sign out, show the credentials in use.",
    {
        "login": Entry("loyaltyctl.cli.commands.auth.login", "login"),
        "status": Entry("loyaltyctl.cli.commands.auth.status", "status"),
        "logout": Entry("loyaltyctl.cli.commands.auth.logout", "logout"),
        "switch": Entry("loyaltyctl.cli.commands.auth.switch", "switch"),
    },
)
