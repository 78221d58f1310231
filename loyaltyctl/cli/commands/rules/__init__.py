"""The command group `loyaltyctl rules`, in the order of its help."""

from __future__ import annotations

from loyaltyctl.cli.runtime.command import ApiCommand, Command, LintCommand
from loyaltyctl.cli.runtime.group import group

app = group(
    __name__,
    "Earning rules: list and change them, keep them in files.",
    {
        "list": ApiCommand,
        "get": ApiCommand,
        "create": ApiCommand,
        "create-custom": ApiCommand,
        "bulk-create": ApiCommand,
        "update": ApiCommand,
        "pause": ApiCommand,
        "resume": ApiCommand,
        "delete": ApiCommand,
        "triggers": Command,
        "export": ApiCommand,
        "validate": LintCommand,
        "diff": ApiCommand,
        "apply": ApiCommand,
        "copy": ApiCommand,
        "rollback": ApiCommand,
        "history": Command,
    },
)
