"""`loyaltyctl config unset`: remove a stored setting."""

from __future__ import annotations

from loyaltyctl.cli.commands.config.options import Key, profile_storing, spec_of_argument
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import settings
from loyaltyctl.contract.outputs import settings as outputs


def unset(ctx: Context, key: Key) -> None:
    """Remove a stored setting, so that its default applies again.

    Examples:
      loyaltyctl config unset output
      loyaltyctl -p shop config unset site-id
    """
    ctx.output.check_object(outputs.Stored)
    settings.store_setting(ctx.paths, key, None, profile_storing(ctx, spec_of_argument(key)))
    ctx.output.show_done(f"unset {key}", outputs.Stored(key, None))
