"""`loyaltyctl rules`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli import command
from loyaltyctl.cli.command import Command, Sending
from loyaltyctl.cli.rules import bulk, reading, switching, updating, writing

app = command.app("Earning rules: list, create, change, pause and delete them.")

app.command("list", cls=Sending)(reading.list_)
app.command("get", cls=Sending)(reading.get)
app.command("create", cls=Sending)(writing.create)
app.command("create-custom", cls=Sending)(writing.create_custom)
app.command("bulk-create", cls=Sending)(bulk.bulk_create)
app.command("update", cls=Sending)(updating.update)
app.command("pause", cls=Sending)(switching.pause)
app.command("resume", cls=Sending)(switching.resume)
app.command("delete", cls=Sending)(switching.delete)
app.command("triggers", cls=Command)(reading.triggers)
