"""`loyaltyctl config get`: print the effective value of a setting."""

from __future__ import annotations

from loyaltyctl.cli.commands.config.options import Key, ShowOrigin, spec_of_argument
from loyaltyctl.cli.commands.config.views import ORIGIN, VALUE, effective_setting, settings_view
from loyaltyctl.cli.runtime.context import Context


def get(ctx: Context, key: Key, show_origin: ShowOrigin = False) -> None:
    """Print the effective value of a setting.

    Examples:
      loyaltyctl config get base-url
      loyaltyctl config get timeout --show-origin
    """
    setting = effective_setting(ctx.settings, spec_of_argument(key).name)
    ctx.output.show(setting, settings_view(VALUE, ORIGIN) if show_origin else settings_view(VALUE))
