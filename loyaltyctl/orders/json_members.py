"""Members that only later orders of a JSONL file have: its columns are the members of all orders."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from loyaltyctl.orders.containers.readable import UNCOMPRESSED, Layout
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.files import member_texts
from loyaltyctl.orders.line_sql import lines
from loyaltyctl.orders.list_members import is_in_list
from loyaltyctl.orders.quoting import json_step, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.files import OrderFile

MAX_LISTED = 64 * 1024 * 1024
"""Size of a JSONL file up to which the members of all its orders are listed before the scan."""
_SNAKE_CASE = re.compile("[a-z_]+").fullmatch
SAMPLES = 64
"""Number of parts of a larger file in which members are looked for before the scan."""
SAMPLE_BYTES = 64 * 1024
"""Size of such a part."""


def with_members(engine: Engine, file: OrderFile) -> OrderFile:
    """Return a JSONL file with the members of its orders as columns, not only those of the first ones.

    Of a large file, only some parts are examined; the scan looks for the usual names in the others.
    """
    if file.readable.path.stat().st_size <= MAX_LISTED:
        return with_all_members(engine, file)
    if file.readable.compression != UNCOMPRESSED:
        return file
    return _with_columns(file, _sampled_members(file))


def with_all_members(engine: Engine, file: OrderFile) -> OrderFile:
    """Return a JSONL file with the members of all its orders as columns; it is read once for that.

    The names of the members in objects and lists are listed too, such as `buyer.id` and `refunds[].total`,
    up to the objects and lists that the first orders have.
    """
    nested = (name.rpartition(".")[0] for name in file.names if not is_in_list(name))
    paths = ["", *dict.fromkeys(path for path in nested if path)]
    keys = {f"{path}." if path else "": f"json_keys(line, {literal(_json_path(path))})" for path in paths}
    for path in _lists(file):
        items = f"json_extract(line, {literal(_json_path(path) + '[*]')})"
        keys[f"{path}[]."] = f"flatten(list_transform({items}, lambda item: json_keys(item)))"
        keys[f"{path}[0]."] = f"json_keys(line, {literal(_json_path(path) + '[0]')})"
    # Lines are read as text: DuckDB's reader of JSON objects needs too much memory for long ones. The scan
    # reports the lines that are skipped here.
    source = lines(file.readable.path, file.readable.compression, skip_unreadable=True)
    found: list[str] = []
    for prefix, listed in keys.items():
        try:
            names = engine.rows(f"SELECT DISTINCT unnest(TRY({listed})) FROM {source}")
        except Unreadable:  # damaged data, or a name that is not Unicode text: the scan reports its line
            continue
        found += [prefix + name for (name,) in names]
    return _with_columns(file, (name for name in sorted(found) if name not in paths))


def _lists(file: OrderFile) -> list[str]:
    """Return the paths of the lists in the first orders of a JSONL file."""
    return [
        name
        for position, name in enumerate(file.names)
        if not is_in_list(name) and any(row[position].startswith("[") for row in file.sample)
    ]


def with_late_names(file: OrderFile, usual: Iterable[str]) -> OrderFile:
    """Return a large JSONL file with the names of columns that its scan looks for.

    They are those in `usual` that the examined orders do not have.
    """
    if file.layout is not Layout.JSONL or file.readable.path.stat().st_size <= MAX_LISTED:
        return file
    present = {name.lower() for name in file.names}
    spelled = (spelling for name in usual if _SNAKE_CASE(name) for spelling in (name, _camel_case(name)))
    # DuckDB cannot read members whose names differ in case only.
    late = {one.lower(): one for one in spelled}
    return file._replace(late=tuple(one for lower, one in late.items() if lower not in present))


def _sampled_members(file: OrderFile) -> Iterator[str]:
    """Yield the members of orders in some parts of a JSONL file, the last part included."""
    size = file.readable.path.stat().st_size
    with file.readable.open() as source:
        for i in range(1, SAMPLES + 1):
            source.seek(max(0, size * i // SAMPLES - SAMPLE_BYTES))
            for line in source.read(SAMPLE_BYTES).split(b"\n")[1:]:
                try:
                    order = json.loads(line)
                except (ValueError, RecursionError):  # cut off, or malformed: the scan reports it
                    continue
                yield from (path for path, _ in member_texts(order))


def _with_columns(file: OrderFile, names: Iterable[str]) -> OrderFile:
    """Return a JSONL file with more columns, which its first orders do not have."""
    late = tuple(name for name in dict.fromkeys(names) if name not in file.names)
    sample = tuple((*row, *("" for _ in late)) for row in file.sample)
    return file._replace(names=(*file.names, *late), sample=sample)


def _camel_case(name: str) -> str:
    """Return the name of a member in camel case: `orderId` for `order_id`."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _json_path(path: str) -> str:
    """Return the JSON path of an object in an order: `$."buyer"."address"` for `buyer.address`."""
    return ".".join(["$", *(json_step(step) for step in path.split(".") if step)])
