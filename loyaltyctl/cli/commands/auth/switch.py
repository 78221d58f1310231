"""`loyaltyctl auth switch`: choose the default profile."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import settings
from loyaltyctl.config.specs import SPECS
from loyaltyctl.contract.outputs import settings as outputs
from loyaltyctl.intake.redaction import masked_if_secret

ProfileName = Annotated[str, Argument(metavar="PROFILE", help="Name of a profile.", show_default=False)]


def switch(ctx: Context, name: ProfileName) -> None:
    """Choose the profile that is used without -p.

    Examples:
      loyaltyctl auth switch sandbox
      loyaltyctl auth switch shop
    """
    ctx.output.check_object(outputs.Switched)
    settings.store_setting(ctx.paths, "profile", ctx.settings.require_profile(name), None)
    ctx.output.show_done(f"the default profile is now {name}", outputs.Switched(name))
    variable = SPECS["profile"].variable
    if ctx.console.environ.get(variable, name) not in ("", name):
        value = masked_if_secret(ctx.console.environ[variable])
        ctx.messages.warn(f"the exported variable {variable} overrides it with {value}")
