"""Views of settings for `config get` and `config list`, with or without their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.outputs.settings import Setting
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from loyaltyctl.config.settings import Settings

KEY = Column[Setting]("KEY", lambda setting: setting.key)
VALUE = Column[Setting]("VALUE", lambda setting: setting.value or "")
ORIGIN = Column[Setting]("ORIGIN", lambda setting: setting.origin)


def effective_setting(settings: Settings, name: str) -> Setting:
    """Return a setting for the views of `config`: name, effective value, source."""
    setting = settings[name]
    return Setting(name, setting.value, str(setting.source))


def settings_view(*columns: Column[Setting]) -> View[Setting]:
    """Return a view of settings with these columns; the JSON always has all fields."""
    return View(columns, lambda setting: setting, lambda setting: setting.key, Setting)
