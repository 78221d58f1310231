"""`loyaltyctl config`: the commands of the group, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Show and change settings, with the source of each.",
    {
        "list": Entry("loyaltyctl.cli.commands.config.list", "list_"),
        "get": Entry("loyaltyctl.cli.commands.config.get", "get"),
        "set": Entry("loyaltyctl.cli.commands.config.set", "set_"),
        "unset": Entry("loyaltyctl.cli.commands.config.unset", "unset"),
        "path": Entry("loyaltyctl.cli.commands.config.path", "path"),
    },
)
