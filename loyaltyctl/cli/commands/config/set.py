"""`loyaltyctl config set`: store a setting for a profile, or for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.cli.commands.config.options import Key, profile_storing, spec_of_argument
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import settings
from loyaltyctl.contract.outputs import settings as outputs
from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    from loyaltyctl.config.specs import Spec

Value = Annotated[str, Argument(metavar="VALUE", help="Its new value.", show_default=False)]


def set_(ctx: Context, key: Key, value: Value) -> None:
    """Store a setting, for one profile or for all.

    A profile has its own base-url, its own webhook key and its own site-id or account-id;
    setting one of the last two removes the other. All other settings are shared by all
    profiles.

    Examples:
      loyaltyctl config set output json
      loyaltyctl -p shop config set site-id 553c79f3-5625-4f38-b14b-ef7c0d1e87df
    """
    ctx.output.check_object(outputs.Stored)
    spec = spec_of_argument(key)
    # `-p NAME config set` may create the profile NAME, so an unknown one is not an error here.
    ctx.settings = ctx.settings.allowing_new_profile()
    profile = profile_storing(ctx, spec)
    value = _check_value(spec, value)
    if key == "profile":
        ctx.settings.require_profile(value)
    elif key == "public-key-file":
        _check_public_key(ctx, value)
    settings.store_setting(ctx.paths, key, value, profile)
    ctx.output.show_done(f"set {key} to {value}", outputs.Stored(key, value))
    if ctx.console.environ.get(spec.variable):
        unless = f", except with -p {profile}" if profile else ""
        ctx.messages.warn(f"the exported variable {spec.variable} overrides the stored value{unless}")


def _check_value(spec: Spec, value: str) -> str:
    """Return the valid value that `config set` stores.

    Raises UsageError, which names the setting, for an invalid value.
    """
    try:
        return spec.check(value)
    except UsageError as error:
        raise UsageError(f"{spec.name}: {error.message}", hint=error.hint) from None


def _check_public_key(ctx: Context, path: str) -> None:
    """Parse the keys in the file that `config set public-key-file` names.

    So an invalid key is reported now, and not when an event is verified.
    """
    from loyaltyctl.tokens.keys import PublicKeys

    PublicKeys.parse([(ctx.inputs.read_text(path), path)])
