"""`loyaltyctl config list`: list all settings with their effective values."""

from __future__ import annotations

from loyaltyctl.cli.commands.config.options import ShowOrigin
from loyaltyctl.cli.commands.config.views import KEY, ORIGIN, VALUE, effective_setting, settings_view
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config.specs import SPECS


def list_(ctx: Context, show_origin: ShowOrigin = False) -> None:
    """List all settings with their effective values.

    Examples:
      loyaltyctl config list
      loyaltyctl config list --show-origin
    """
    settings = [effective_setting(ctx.settings, name) for name in SPECS]
    ctx.output.show_all(
        settings, settings_view(KEY, VALUE, ORIGIN) if show_origin else settings_view(KEY, VALUE)
    )
