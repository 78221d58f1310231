"""View of a setting, with or without its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.outputs import settings as outputs
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from loyaltyctl.config.settings import Setting


class Row(NamedTuple):
    """A setting with its name."""

    name: str
    setting: Setting

    @property
    def output(self) -> outputs.Setting:
        """Return the setting as printed."""
        return outputs.Setting(self.name, self.setting.value, str(self.setting.source))


KEY = Column[Row]("KEY", lambda row: row.name)
VALUE = Column[Row]("VALUE", lambda row: row.setting.value or "")
ORIGIN = Column[Row]("ORIGIN", lambda row: str(row.setting.source))


def view(*columns: Column[Row]) -> View[Row]:
    """Return a view with these columns; its JSON always has all fields."""
    return View(columns, lambda row: row.output, lambda row: row.name, outputs.Setting)
