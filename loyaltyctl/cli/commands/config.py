"""`loyaltyctl config`: settings, and where each came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument, Option

from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import unbundled
from loyaltyctl.config import settings
from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import NotFound, UsageError
from loyaltyctl.intake.redaction import masked
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from loyaltyctl.config.settings import Setting
    from loyaltyctl.config.specs import Spec
    from loyaltyctl.intake.values import JsonObject

app = command.app("Settings: see and change them, with where each comes from.")

Key = Annotated[str, Argument(metavar="SETTING", help="Name of a setting.", show_default=False)]
Value = Annotated[str, Argument(metavar="VALUE", help="Its new value.", show_default=False)]
ShowOrigin = Annotated[bool, Option("--show-origin", help="Say where each value comes from.")]


PUBLIC_KEY_FILE = "public-key-file"


class Shown(NamedTuple):
    """A setting with its name."""

    name: str
    setting: Setting

    @property
    def value(self) -> str:
        return self.setting.value or ""

    def document(self) -> JsonObject:
        """The setting as JSON."""
        return {"key": self.name, "value": self.setting.value, "origin": str(self.setting.source)}


_KEY = Column[Shown]("KEY", lambda shown: shown.name)
_VALUE = Column[Shown]("VALUE", lambda shown: shown.value)
_ORIGIN = Column[Shown]("ORIGIN", lambda shown: str(shown.setting.source))


def _view(*columns: Column[Shown]) -> View[Shown]:
    return View(columns, Shown.document, lambda shown: shown.name, ("key", "value", "origin"))


def list_(ctx: Context, show_origin: ShowOrigin = False) -> None:
    """List all settings as they are in force.

    Examples:
      loyaltyctl config list
      loyaltyctl config list --show-origin
    """
    shown = [Shown(name, ctx.settings[name]) for name in SPECS]
    ctx.output.show_all(shown, _view(_KEY, _VALUE, _ORIGIN) if show_origin else _view(_KEY, _VALUE))


def get(ctx: Context, key: Key, show_origin: ShowOrigin = False) -> None:
    """Print one setting as it is in force.

    Examples:
      loyaltyctl config get base-url
      loyaltyctl config get timeout --show-origin
    """
    shown = Shown(_spec(key).name, ctx.settings[key])
    ctx.output.show(shown, _view(_VALUE, _ORIGIN) if show_origin else _view(_VALUE))


def set_(ctx: Context, key: Key, value: Value) -> None:
    """Store a setting, in the profile in use if it is one of a profile.

    Profiles have site-id or account-id, of which a new one takes the place of the other,
    and base-url. The other settings are the same for all.

    Examples:
      loyaltyctl config set output json
      loyaltyctl -p shop config set site-id 553c79f3-5625-4f38-b14b-ef7c0d1e87df
    """
    ctx.output.check_object("key", "value")
    spec = _spec(key)
    ctx.settings = ctx.settings.allowing_new_profile()
    profile = _profile(ctx, key)
    value = spec.check(value)
    if key == "profile":
        ctx.settings.require_profile(value)
    elif key == PUBLIC_KEY_FILE:
        _check_public_key(ctx, value)
    settings.store(ctx.paths, key, value, profile)
    ctx.output.show_done(f"set {key} to {value}", key=key, value=value)
    _warn_of_variable(ctx, spec, profile)


def unset(ctx: Context, key: Key) -> None:
    """Remove a stored setting, so that the default holds again.

    Examples:
      loyaltyctl config unset output
      loyaltyctl -p shop config unset site-id
    """
    ctx.output.check_object("key", "value")
    settings.store(ctx.paths, _spec(key).name, None, _profile(ctx, key))
    ctx.output.show_done(f"unset {key}", key=key, value=None)


def path(ctx: Context) -> None:
    """Print where the configuration lies.

    Examples:
      loyaltyctl config path
      loyaltyctl config path --json
    """
    files = {
        "config": str(ctx.paths.config),
        "credentials": str(ctx.paths.credentials),
        "data": str(ctx.paths.data_dir),
    }
    ctx.output.show_object(files)


def _spec(key: str) -> Spec:
    if key not in SPECS:
        known = did_you_mean(key, SPECS, f"known are {', '.join(SPECS)}")
        raise NotFound(f"there is no setting {quoted(masked(key))}{known}", code="NO_SUCH_SETTING")
    return SPECS[key]


def _check_public_key(ctx: Context, path: str) -> None:
    """Read the key once, so that a wrong file is an error now, and not with the first event."""
    from loyaltyctl.tokens.keys import PublicKey

    PublicKey.parse(ctx.inputs.text(path), path)


def _warn_of_variable(ctx: Context, spec: Spec, profile: str | None) -> None:
    """Warn where an exported variable is stronger than the setting that was just stored."""
    if ctx.console.environ.get(spec.variable):
        unless = f", except where the profile is named: -p {profile}" if profile else ""
        ctx.messages.warn(f"the exported variable {spec.variable} wins over what was just stored{unless}")


def _profile(ctx: Context, key: str) -> str | None:
    """The profile whose setting `key` is, where profiles have their own."""
    if not SPECS[key].per_profile:
        return None
    profile = ctx.settings.profile
    if profile is None:
        raise UsageError(f"{key} belongs to a profile", hint="Name it: -p NAME")
    if profile == SANDBOX:
        raise UsageError("the profile sandbox is built in and has no settings of its own")
    return profile


app.command("list", cls=Command)(unbundled(list_))
app.command("get", cls=Command)(unbundled(get))
app.command("set", cls=Command)(unbundled(set_))
app.command("unset", cls=Command)(unbundled(unset))
app.command("path", cls=Command)(unbundled(path))
