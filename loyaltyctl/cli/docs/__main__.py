"""Write the generated documentation files: `python3 -m loyaltyctl.cli.docs`."""

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.docs.reference import write

write(command_tree())
