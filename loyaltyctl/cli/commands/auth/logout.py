"""`loyaltyctl auth logout`: remove the stored credentials of a profile."""

from __future__ import annotations

from loyaltyctl.cli.commands.auth.options import credentials_profile
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import credentials
from loyaltyctl.contract.outputs import settings as outputs


def logout(ctx: Context) -> None:
    """Remove the stored credentials of a profile.

    Its other settings are kept.

    Examples:
      loyaltyctl -p shop auth logout
      loyaltyctl auth logout
    """
    ctx.output.check_object(outputs.SignedOut)
    profile = credentials_profile(ctx)
    removed = credentials.remove(ctx.paths, profile)
    if not removed:
        ctx.messages.note(f"no credentials are stored for the profile {profile}")
    ctx.output.show_done(
        f"the profile {profile} has no stored credentials", outputs.SignedOut(profile, removed)
    )
    if exported := credentials.variables_set(ctx.console.environ):
        are, sign = ("are", "sign") if len(exported) > 1 else ("is", "signs")
        ctx.messages.warn(f"{', '.join(exported)} {are} still exported and still {sign} in")
