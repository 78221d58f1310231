"""`loyaltyctl events`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Events: look into them, check them, try an endpoint.",
    {
        "decode": Entry("loyaltyctl.cli.commands.events.decode", "decode"),
        "verify": Entry("loyaltyctl.cli.commands.events.verify", "verify"),
        "types": Entry("loyaltyctl.cli.commands.events.explain", "types"),
        "explain": Entry("loyaltyctl.cli.commands.events.explain", "explain"),
        "keygen": Entry("loyaltyctl.cli.commands.events.sign", "keygen"),
        "sign": Entry("loyaltyctl.cli.commands.events.sign", "sign"),
        "send": Entry("loyaltyctl.cli.commands.events.send", "send"),
        "listen": Entry("loyaltyctl.cli.commands.events.listen", "listen"),
        "replay": Entry("loyaltyctl.cli.commands.events.send", "replay"),
    },
)
