"""Members that only later orders of a JSONL file have: its columns are the members of all orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.orders.dialects import MAX_LINE
from loyaltyctl.orders.list_members import is_in_list
from loyaltyctl.orders.quoting import identifier, literal, path_literal

if TYPE_CHECKING:
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.files import OrderFile

MAX_EXACT = 64 * 1024 * 1024
"""Size of a JSONL file up to which the members of all its orders are listed before the scan."""


def with_all_members(engine: Engine, file: OrderFile) -> OrderFile:
    """Return a JSONL file with the members of all its orders as columns, not only those of the first ones.

    The names of the members in objects are listed too, such as `buyer.id`, up to the objects that the first
    orders have.
    """
    if file.readable.path.stat().st_size > MAX_EXACT:
        return file
    nested = (name.rpartition(".")[0] for name in file.names if not is_in_list(name))
    paths = ["", *dict.fromkeys(path for path in nested if path)]
    keys = (f"json_keys(json, {literal(_json_path(path))})" for path in paths)
    source = (
        f"read_ndjson_objects([{path_literal(file.readable.path)}], ignore_errors=true, "
        f"maximum_object_size={MAX_LINE}, compression={literal(file.readable.compression)})"
    )
    listed = ", ".join(f"list_distinct(flatten(list(DISTINCT {one})))" for one in keys)
    (row,) = engine.rows(f"SELECT {listed} FROM {source} WHERE json_type(json) = 'OBJECT'")
    known = {*file.names, *paths}
    found = [
        f"{path}.{name}" if path else name
        for path, names in zip(paths, row, strict=True)
        for name in names or ()
    ]
    late = tuple(name for name in sorted(found) if name not in known)
    names = (*file.names, *late)
    sample = tuple((*row, *("" for _ in late)) for row in file.sample)
    return file._replace(names=names, sample=sample)


def _json_path(path: str) -> str:
    """Return the JSON path of an object in an order: `$."buyer"."address"` for `buyer.address`."""
    return ".".join(["$", *(identifier(step) for step in path.split(".") if step)])
