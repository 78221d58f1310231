"""Files as SQL: how each layout is read, and its columns brought under the names that the statement uses.

digits, readable                                     the text of the amount, and whether it is one
month, member, tier, trigger, id, currency, status   text; null where a file has no such column
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.intake import money
from loyaltyctl.orders.fields import OrderField
from loyaltyctl.orders.files import GZIP, MAX_LINE, SEPARATORS, Layout
from loyaltyctl.orders.records import JSON_NUMBER, MONTH
from loyaltyctl.orders.sql import identifier, literal, path_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.records import Expected

_Tree: TypeAlias = "dict[str, _Tree | str]"


def sources(
    files: Sequence[OrderFile], trigger: str | None, *, tolerant: bool = False, wide: bool = False
) -> list[str]:
    """A query for each lot of files that are alike.

    A `tolerant` one leaves out the lines that cannot be split into columns. One that is not
    `wide` may take large amounts for unreadable ones, and is faster.
    """
    lots: dict[OrderFile, list[str]] = {}
    for file in files:
        lots.setdefault(file.alike, []).append(path_literal(file.path))
    return [
        _query(file, f"[{', '.join(paths)}]", trigger, tolerant=tolerant, wide=wide)
        for file, paths in lots.items()
    ]


def _query(file: OrderFile, paths: str, trigger: str | None, *, tolerant: bool, wide: bool) -> str:
    text = _texts(file)
    digits, written, pattern = text[OrderField.AMOUNT], text[OrderField.AMOUNT], money.AMOUNT
    quoted = file.layout is Layout.JSONL and wide
    if quoted:  # only there it shows whether an amount is a number or text
        digits, pattern = f"trim({written}, '\"')", f'"{money.AMOUNT}"|{JSON_NUMBER}'
    elif file.layout is Layout.JSONL:
        pattern = JSON_NUMBER
    said = {
        "digits": digits,
        "readable": f"regexp_full_match({written}, {literal(pattern)})",
        "month": f"left({text.get(OrderField.DATE, 'NULL')}, 7)",
        "member": text.get(OrderField.MEMBER, "NULL"),
        "tier": text.get(OrderField.TIER, "NULL"),
        "trigger": text.get(OrderField.TRIGGER, "NULL") if trigger is None else literal(trigger),
        "id": text.get(OrderField.ORDER_ID, "NULL"),
        "currency": text.get(OrderField.CURRENCY, "NULL"),
        "status": text.get(OrderField.STATUS, "NULL"),
    }
    chosen = ", ".join(f"{expression} AS {name}" for name, expression in said.items())
    return f"SELECT {chosen} FROM {_read(file, paths, tolerant=tolerant, quoted=quoted)}"


def matches(files: Sequence[OrderFile], names: Sequence[str], values: Sequence[str]) -> str:
    """Return a query for the number of orders in which each column has one of `values`, in any case.

    It reads the files that are like the first one.
    """
    first = files[0]
    paths = ", ".join(path_literal(file.path) for file in files if file.alike == first.alike)
    searched = first._replace(columns=tuple((OrderField.STATUS, name) for name in names))
    listed = ", ".join(literal(value.upper()) for value in values)
    counts = (f"count_if(upper({_path(first, name)}::VARCHAR) IN ({listed}))" for name in names)
    return f"SELECT {', '.join(counts)} FROM {_read(searched, f'[{paths}]', tolerant=True, quoted=False)}"


def malformed(files: Sequence[OrderFile]) -> str | None:
    """Return a query for the number of lines of JSONL that are no objects; None without such files."""
    queries = [
        "SELECT count(*) AS lines FROM read_ndjson_objects("
        f"[{path_literal(file.path)}], ignore_errors=true, maximum_object_size={MAX_LINE}, "
        f"compression={literal(GZIP if file.packed else 'uncompressed')}) "
        "WHERE json IS NULL OR json_type(json) <> 'OBJECT'"
        for file in files
        if file.layout is Layout.JSONL
    ]
    return f"SELECT sum(lines) FROM ({' UNION ALL '.join(queries)})" if queries else None


def rows(file: OrderFile, expected: Expected) -> str:
    """Return a query for the rows of a Parquet file that may be wrong, in their order.

    It has the number of each row from 1, and what its columns say.
    """
    texts = {role: f"coalesce({text}, '')" for role, text in _texts(file).items()}
    wrong = [f"NOT regexp_full_match({texts[OrderField.AMOUNT]}, {literal(money.AMOUNT)})"]
    if expected.months and OrderField.DATE in texts:
        wrong.append(f"NOT regexp_full_match(left({texts[OrderField.DATE]}, 7), {literal(MONTH)})")
    if expected.repeated and OrderField.ORDER_ID in texts:
        wrong.append(
            f"{texts[OrderField.ORDER_ID]} IN ({', '.join(map(literal, sorted(expected.repeated)))})"
        )
    if expected.currency and OrderField.CURRENCY in texts:
        wrong.append(f"upper({texts[OrderField.CURRENCY]}) NOT IN ('', {literal(expected.currency)})")
    return (
        f"SELECT file_row_number + 1, {', '.join(texts.values())} "
        f"FROM read_parquet({path_literal(file.path)}, file_row_number=true) "
        f"WHERE {' OR '.join(wrong)} ORDER BY file_row_number"
    )


def _texts(file: OrderFile) -> dict[OrderField, str]:
    """What each column says, as text; of an amount in JSON its spelling."""
    texts = {role: f"{_path(file, name)}::VARCHAR" for role, name in file.columns}
    kinds = dict(zip(file.names, file.types, strict=False))
    kind = kinds.get(dict(file.columns)[OrderField.AMOUNT], "")
    if kind.startswith("DECIMAL(") and int(kind.strip("DECIMAL()").split(",")[1]) > money.DECIMALS:
        texts[OrderField.AMOUNT] = f"rtrim(rtrim({texts[OrderField.AMOUNT]}, '0'), '.')"
    return texts


def _read(file: OrderFile, paths: str, *, tolerant: bool, quoted: bool) -> str:
    """The call that reads the files at `paths`."""
    if file.layout is Layout.PARQUET:
        return f"read_parquet({paths})"
    options = {
        "compression": literal(GZIP if file.packed else "uncompressed"),
        "ignore_errors": str(tolerant).lower(),
        "auto_detect": "false",
    }
    if file.layout is Layout.JSONL:
        options |= {
            "format": "'newline_delimited'",
            "maximum_object_size": str(MAX_LINE),
            "columns": _struct(_tree(file, "JSON" if quoted else "VARCHAR")),
        }
        return f"read_json({paths}, {_listed(options)})"
    options |= {
        "header": "true",
        "delim": literal(SEPARATORS[file.layout]),
        "quote": "'\"'",
        "escape": "'\"'",
        "strict_mode": "true",
        "max_line_size": str(MAX_LINE),
        "store_rejects": str(tolerant).lower(),
        "columns": _struct(dict.fromkeys(file.names, "VARCHAR")),
    }
    if tolerant:
        options["rejects_limit"] = "0"
    return f"read_csv({paths}, {_listed(options)})"


def _listed(options: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())


def _path(file: OrderFile, name: str) -> str:
    """A column, or in JSON a field of an object inside another."""
    steps = name.split(".") if file.layout is Layout.JSONL else [name]
    return ".".join(map(identifier, steps))


def _tree(file: OrderFile, amount: str) -> _Tree:
    """The fields of JSON that are read, as text but for the type of the `amount`."""
    tree: _Tree = {}
    for role, name in file.columns:
        *outer, last = name.split(".")
        branch = tree
        for step in outer:
            inner = branch.setdefault(step, {})
            branch = inner if isinstance(inner, dict) else {}
        branch[last] = amount if role is OrderField.AMOUNT else "VARCHAR"
    return tree


def _struct(tree: _Tree) -> str:
    """What `columns` of a reader takes: names and types."""
    return "{" + ", ".join(f"{literal(name)}: {literal(_type(kind))}" for name, kind in tree.items()) + "}"


def _type(kind: _Tree | str) -> str:
    if isinstance(kind, str):
        return kind
    return f"STRUCT({', '.join(f'{identifier(name)} {_type(inner)}' for name, inner in kind.items())})"
