"""`loyaltyctl config get`: the effective value of one setting."""

from __future__ import annotations

from loyaltyctl.cli.commands.config.options import Key, ShowOrigin, find_spec
from loyaltyctl.cli.commands.config.views import ORIGIN, VALUE, Row, view
from loyaltyctl.cli.runtime.context import Context


def get(ctx: Context, key: Key, show_origin: ShowOrigin = False) -> None:
    """Print the effective value of a setting.

    Examples:
      loyaltyctl config get base-url
      loyaltyctl config get timeout --show-origin
    """
    row = Row(find_spec(key).name, ctx.settings[key])
    ctx.output.show(row, view(VALUE, ORIGIN) if show_origin else view(VALUE))
