"""`loyaltyctl rules`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli import command
from loyaltyctl.cli.command import Entry

app = command.app(
    "Earning rules: list and change them, keep them in files.",
    {
        "list": Entry("loyaltyctl.cli.rules.reading", "list_", sends=True),
        "get": Entry("loyaltyctl.cli.rules.reading", "get", sends=True),
        "create": Entry("loyaltyctl.cli.rules.writing", "create", sends=True),
        "create-custom": Entry("loyaltyctl.cli.rules.writing", "create_custom", sends=True),
        "bulk-create": Entry("loyaltyctl.cli.rules.bulk", "bulk_create", sends=True),
        "update": Entry("loyaltyctl.cli.rules.updating", "update", sends=True),
        "pause": Entry("loyaltyctl.cli.rules.switching", "pause", sends=True),
        "resume": Entry("loyaltyctl.cli.rules.switching", "resume", sends=True),
        "delete": Entry("loyaltyctl.cli.rules.switching", "delete", sends=True),
        "triggers": Entry("loyaltyctl.cli.rules.reading", "triggers"),
        "export": Entry("loyaltyctl.cli.rules.exporting", "export", sends=True),
        "validate": Entry("loyaltyctl.cli.rules.validating", "validate", finds=True),
        "diff": Entry("loyaltyctl.cli.rules.diffing", "diff", sends=True),
        "apply": Entry("loyaltyctl.cli.rules.applying", "apply", sends=True),
        "copy": Entry("loyaltyctl.cli.rules.applying", "copy", sends=True),
        "rollback": Entry("loyaltyctl.cli.rules.rollback", "rollback", sends=True),
        "history": Entry("loyaltyctl.cli.rules.history", "history"),
    },
)
