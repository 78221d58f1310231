"""`loyaltyctl events`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli import command
from loyaltyctl.cli.command import Entry

app = command.app(
    "Events: look into them, check them, try an endpoint.",
    {
        "decode": Entry("loyaltyctl.cli.events.decoding", "decode"),
        "verify": Entry("loyaltyctl.cli.events.verifying", "verify"),
        "types": Entry("loyaltyctl.cli.events.explaining", "types"),
        "explain": Entry("loyaltyctl.cli.events.explaining", "explain"),
        "keygen": Entry("loyaltyctl.cli.events.making", "keygen"),
        "sign": Entry("loyaltyctl.cli.events.making", "sign"),
        "send": Entry("loyaltyctl.cli.events.sending", "send"),
        "listen": Entry("loyaltyctl.cli.events.listening", "listen"),
        "replay": Entry("loyaltyctl.cli.events.sending", "replay"),
    },
)
