"""Members of the items in a list of a JSONL order: their paths, and their SQL.

refunds[].total          a member of all items: its amount is the sum
prices[0].price.total    a member of the first item
"""

from __future__ import annotations

import re

from loyaltyctl.intake import money
from loyaltyctl.orders.quoting import json_step, literal

_ITEM = re.compile(r"\[0?\](?=\.)")
"""End of the part of a path that names the list."""
_DECIMAL = f"DECIMAL({money.WHOLE_DIGITS + money.DECIMALS}, {money.DECIMALS})"
"""SQL type of an amount in an item: all that match the pattern of amounts fit."""


def is_in_list(path: str) -> bool:
    """Return whether a path in an order leads into a list: `refunds[].total`."""
    return _ITEM.search(path) is not None


def stored_member(path: str) -> str:
    """Return the path of the member that is read for a path in an order: `refunds` for `refunds[].total`."""
    return _ITEM.split(path, maxsplit=1)[0]


def json_path(path: str) -> str:
    """Return the JSON path in a list for a path in an order: `$[*]."total"` for `refunds[].total`."""
    first, *steps = path.removeprefix(stored_member(path)).split(".")
    found = [first]
    for step in steps:
        name = re.sub(r"\[0?\]$", "", step)
        found.append(json_step(name) + step.removeprefix(name))
    return "$" + ".".join(found).replace("[]", "[*]")


def has_all_items(path: str) -> bool:
    """Return whether a path in an order leads to a member of all items of a list, not only of the first."""
    return "[]." in path


def first_item_sql(column: str, path: str) -> str:
    """Return the SQL for a member of the first item, as JSON; `column` is the SQL for the list."""
    return f"json_extract({column}, {literal(json_path(path))})"


def item_texts_sql(column: str, path: str) -> str:
    """Return the SQL for the texts of a member of all items; `column` is the SQL for the list."""
    return f"json_extract_string({column}, {literal(json_path(path))})"


def sum_sql(column: str, path: str) -> str:
    """Return the SQL for the sum of a member of all items, as text; that of the list if one is no amount.

    `column` is the SQL for the list. The sum of no items is null.
    """
    texts = item_texts_sql(column, path)
    wrong = f"list_filter({texts}, lambda text: NOT regexp_full_match(text, {literal(money.AMOUNT)}))"
    decimals = f"list_transform({texts}, lambda text: TRY_CAST(text AS {_DECIMAL}))"
    total = f"rtrim(rtrim(list_sum({decimals})::VARCHAR, '0'), '.')"
    return f"CASE WHEN len({wrong}) > 0 THEN {column}::VARCHAR ELSE {total} END"
