"""`loyaltyctl version`: print the versions of the program, of Python and of the platform."""

from __future__ import annotations

import platform

from loyaltyctl import __version__
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.settings import Version


def version(ctx: Context) -> None:
    """Print the version of the program, of Python and of the platform.

    Examples:
      loyaltyctl version
      loyaltyctl version --json
    """
    ctx.output.show_object(Version(__version__, platform.python_version(), platform.platform()))
