"""`loyaltyctl sandbox path`: print the path of the sandbox's database."""

from __future__ import annotations

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.settings import SandboxFile


def path(ctx: Context) -> None:
    """Print the path of the sandbox's database.

    Examples:
      loyaltyctl sandbox path
      loyaltyctl sandbox path --json
    """
    ctx.output.show_object(SandboxFile(str(ctx.paths.sandbox)))
