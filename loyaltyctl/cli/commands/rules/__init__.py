"""`loyaltyctl rules`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Entry

app = command.app(
    "Earning rules: list and change them, keep them in files.",
    {
        "list": Entry("loyaltyctl.cli.commands.rules.list", "list_", sends=True),
        "get": Entry("loyaltyctl.cli.commands.rules.list", "get", sends=True),
        "create": Entry("loyaltyctl.cli.commands.rules.create", "create", sends=True),
        "create-custom": Entry("loyaltyctl.cli.commands.rules.create", "create_custom", sends=True),
        "bulk-create": Entry("loyaltyctl.cli.commands.rules.bulk_create", "bulk_create", sends=True),
        "update": Entry("loyaltyctl.cli.commands.rules.update", "update", sends=True),
        "pause": Entry("loyaltyctl.cli.commands.rules.pause", "pause", sends=True),
        "resume": Entry("loyaltyctl.cli.commands.rules.pause", "resume", sends=True),
        "delete": Entry("loyaltyctl.cli.commands.rules.pause", "delete", sends=True),
        "triggers": Entry("loyaltyctl.cli.commands.rules.list", "triggers"),
        "export": Entry("loyaltyctl.cli.commands.rules.export", "export", sends=True),
        "validate": Entry("loyaltyctl.cli.commands.rules.validate", "validate", finds=True),
        "diff": Entry("loyaltyctl.cli.commands.rules.diff", "diff", sends=True),
        "apply": Entry("loyaltyctl.cli.commands.rules.apply", "apply", sends=True),
        "copy": Entry("loyaltyctl.cli.commands.rules.apply", "copy", sends=True),
        "rollback": Entry("loyaltyctl.cli.commands.rules.rollback", "rollback", sends=True),
        "history": Entry("loyaltyctl.cli.commands.rules.history", "history"),
    },
)
