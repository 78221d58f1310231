"""`loyaltyctl events`: the commands of the group, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Events: decode and verify them, test an endpoint.",
    {
        "decode": Entry("loyaltyctl.cli.commands.events.decode", "decode"),
        "verify": Entry("loyaltyctl.cli.commands.events.verify", "verify"),
        "types": Entry("loyaltyctl.cli.commands.events.types", "types"),
        "explain": Entry("loyaltyctl.cli.commands.events.explain", "explain"),
        "keygen": Entry("loyaltyctl.cli.commands.events.keygen", "keygen"),
        "sign": Entry("loyaltyctl.cli.commands.events.sign", "sign"),
        "send": Entry("loyaltyctl.cli.commands.events.send", "send"),
        "listen": Entry("loyaltyctl.cli.commands.events.listen", "listen"),
        "replay": Entry("loyaltyctl.cli.commands.events.replay", "replay"),
    },
)
