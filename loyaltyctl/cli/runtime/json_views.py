"""Views of generic JSON: of an output object without its own View, and of any JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.contract.types import ObjectOf
from loyaltyctl.intake.values import JsonObject
from loyaltyctl.model.spelling import snake
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.views import Column, View
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loyaltyctl.intake.values import Json


def object_view(output_type: object, names: Iterable[str]) -> View[JsonObject]:
    """Return the view of generic JSON objects: a column per member, or a line per member of one object."""
    columns = tuple(Column[JsonObject](_member_heading(name), _member_cell(name)) for name in names)
    return View(
        columns, dict, lambda shown: cell_text(next(iter(shown.values()))), output_type, record=columns
    )


def document_view(document: Json) -> View[Any]:
    """Return the view of any JSON document: a column per member if it has only objects, else one column."""
    items = document if isinstance(document, list) else [document]
    objects = [item for item in items if isinstance(item, dict) and item]
    if objects and len(objects) == len(items):
        names = dict.fromkeys(name for item in objects for name in item)
        members: dict[str, object] = dict.fromkeys(names, Any)
        return object_view(ObjectOf("Document", "", lambda: members), names)
    return View[Any](
        (Column("VALUE", cell_text, whole=True),),
        lambda value: value,
        cell_text,
        Any,
        row=lambda value: {"value": value},
    )


def _member_heading(name: str) -> str:
    """Return a member's column heading in a view of generic JSON: `createdDate` is CREATED DATE."""
    return visible(snake(name)).replace("_", " ").upper()


def _member_cell(name: str) -> Callable[[JsonObject], str]:
    """Return the function that formats a member's cell in a view of generic JSON."""
    return lambda shown: cell_text(shown.get(name))
