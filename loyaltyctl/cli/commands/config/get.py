"""`loyaltyctl config get`: the effective value of one setting."""

from __future__ import annotations

from loyaltyctl.cli.commands.config.options import Key, ShowOrigin, find_spec
from loyaltyctl.cli.commands.config.views import ORIGIN, VALUE, effective, view
from loyaltyctl.cli.runtime.context import Context


def get(ctx: Context, key: Key, show_origin: ShowOrigin = False) -> None:
    """Print the effective value of a setting.

    Examples:
      loyaltyctl config get base-url
      loyaltyctl config get timeout --show-origin
    """
    setting = effective(ctx.settings, find_spec(key).name)
    ctx.output.show(setting, view(VALUE, ORIGIN) if show_origin else view(VALUE))
