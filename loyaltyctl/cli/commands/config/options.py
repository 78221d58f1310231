"""The argument SETTING and the option --show-origin of `config` commands, with their checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.config import SANDBOX
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import NotFound, UsageError
from loyaltyctl.intake.redaction import masked_if_secret
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.specs import Spec

Key = Annotated[str, Argument(metavar="SETTING", help="Name of a setting.", show_default=False)]
ShowOrigin = Annotated[bool, Option("--show-origin", help="Show the source of each value.")]


def spec_of_argument(key: str) -> Spec:
    """Return the specification of the setting that the argument SETTING of a `config` command names.

    Raises NotFound, with a suggestion, if there is no such setting.
    """
    if key not in SPECS:
        known = did_you_mean(key, SPECS, f"known are {', '.join(SPECS)}")
        # Redacted: the name may be a key that was typed in the wrong place.
        raise NotFound(f"there is no setting {quoted(masked_if_secret(key))}{known}", code="NO_SUCH_SETTING")
    return SPECS[key]


def profile_storing(ctx: Context, spec: Spec) -> str | None:
    """Return the profile in which `config set` or `config unset` changes a setting.

    Returns None if all profiles share the setting. Otherwise, raises UsageError if the sandbox is in use,
    or no profile.
    """
    if not spec.per_profile:
        return None
    profile = ctx.settings.profile
    if profile is None:
        raise UsageError(f"{spec.name} belongs to a profile", hint="Name it: -p NAME")
    if profile == SANDBOX:
        raise UsageError("the profile sandbox is built in and has no settings of its own")
    return profile
