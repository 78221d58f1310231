"""View of a setting, with or without its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from loyaltyctl.config.settings import Setting
    from loyaltyctl.intake.values import JsonObject


class Row(NamedTuple):
    """A setting with its name."""

    name: str
    setting: Setting

    def document(self) -> JsonObject:
        """Return the setting as JSON."""
        return {"key": self.name, "value": self.setting.value, "origin": str(self.setting.source)}


KEY = Column[Row]("KEY", lambda row: row.name)
VALUE = Column[Row]("VALUE", lambda row: row.setting.value or "")
ORIGIN = Column[Row]("ORIGIN", lambda row: str(row.setting.source))


def view(*columns: Column[Row]) -> View[Row]:
    """Return a view with these columns; its JSON always has all fields."""
    return View(columns, Row.document, lambda row: row.name, ("key", "value", "origin"))
