"""`loyaltyctl version`."""

from __future__ import annotations

import platform

from loyaltyctl import __version__
from loyaltyctl.cli.runtime.context import Context


def version(ctx: Context) -> None:
    """Print the version, and what it runs on.

    Examples:
      loyaltyctl version
      loyaltyctl version --json
    """
    facts = {"version": __version__, "python": platform.python_version(), "platform": platform.platform()}
    ctx.output.show_object(facts)
