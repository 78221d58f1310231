"""Arguments and options that several commands of the group share, with their checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import NotFound, UsageError
from loyaltyctl.intake.redaction import masked_if_secret
from loyaltyctl.intake.values import did_you_mean, quoted

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.specs import Spec

Key = Annotated[str, Argument(metavar="SETTING", help="Name of a setting.", show_default=False)]
ShowOrigin = Annotated[bool, Option("--show-origin", help="Show the source of each value.")]


def find_spec(key: str) -> Spec:
    """Return the setting with this name. Raises NotFound."""
    if key not in SPECS:
        known = did_you_mean(key, SPECS, f"known are {', '.join(SPECS)}")
        raise NotFound(f"there is no setting {quoted(masked_if_secret(key))}{known}", code="NO_SUCH_SETTING")
    return SPECS[key]


def profile_of(ctx: Context, spec: Spec) -> str | None:
    """Return the profile that stores a setting; None for one that all profiles share."""
    if not spec.per_profile:
        return None
    profile = ctx.settings.profile
    if profile is None:
        raise UsageError(f"{spec.name} belongs to a profile", hint="Name it: -p NAME")
    if profile == SANDBOX:
        raise UsageError("the profile sandbox is built in and has no settings of its own")
    return profile
