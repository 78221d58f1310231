"""`loyaltyctl sandbox`: the commands of the group, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Serve the sandbox, a local stand-in for the API.",
    {
        "serve": Entry("loyaltyctl.cli.commands.sandbox.serve", "serve"),
        "reset": Entry("loyaltyctl.cli.commands.sandbox.reset", "reset"),
        "path": Entry("loyaltyctl.cli.commands.sandbox.path", "path"),
    },
)
