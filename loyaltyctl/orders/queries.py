"""SQL that reads files of orders: the columns of a file become those of the order table.

amount_text, readable    the text of the amount, and whether it is an amount
month                    the first seven characters of the date
currency, member, …      the text of each other field; null if a file has no column for it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake import money
from loyaltyctl.orders.checks import AMOUNT, JSON_NUMBER, MONTH, Check
from loyaltyctl.orders.files import GZIP, MAX_LINE, SEPARATORS, Layout
from loyaltyctl.orders.sql import identifier, literal, path_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.checks import Requirements
    from loyaltyctl.orders.files import OrderFile

_JSON_NUMBER = Check(JSON_NUMBER, "")
_JSON_AMOUNT = Check(f'"{money.AMOUNT}"|{JSON_NUMBER}', "")

_Tree: TypeAlias = "dict[str, _Tree | str]"


def read_all(files: Sequence[OrderFile], *, tolerant: bool, exact: bool) -> list[str]:
    """Return a query for each batch of files that are alike, and so can be read together.

    A `tolerant` query skips lines that cannot be split into columns. One that is not `exact`
    reads JSONL faster, and takes amounts that are strings, or have many digits, for unreadable.
    """
    batches: dict[OrderFile, list[str]] = {}
    for file in files:
        batches.setdefault(file.without_path, []).append(path_literal(file.path))
    return [
        _query(file, f"[{', '.join(paths)}]", tolerant=tolerant, exact=exact)
        for file, paths in batches.items()
    ]


def count_values(files: Sequence[OrderFile], names: Sequence[str], values: Sequence[str]) -> str:
    """Return a query for the number of orders in which each column has one of `values`, in any case.

    It reads the files that are like the first one.
    """
    first = files[0]
    paths = ", ".join(path_literal(file.path) for file in files if file.without_path == first.without_path)
    searched = first._replace(columns=tuple((OrderField.STATUS, name) for name in names))
    listed = ", ".join(literal(value.upper()) for value in values)
    counts = (f"count_if(upper({_path(first, name)}::VARCHAR) IN ({listed}))" for name in names)
    return f"SELECT {', '.join(counts)} FROM {_reader(searched, f'[{paths}]', tolerant=True, as_json=False)}"


def count_malformed(files: Sequence[OrderFile]) -> str | None:
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


def suspicious_rows(file: OrderFile, requirements: Requirements) -> str:
    """Return a query for the rows of a Parquet file that may have faults: number, and text of each field."""
    texts = {field: f"coalesce({text}, '')" for field, text in _texts(file).items()}
    return (
        f"SELECT file_row_number + 1, {', '.join(texts.values())} "
        f"FROM read_parquet({path_literal(file.path)}, file_row_number=true) "
        f"WHERE {requirements.suspicious(texts)} ORDER BY file_row_number"
    )


def describe_parquet(file: OrderFile) -> str:
    """Return a query for the names and types of the columns of a Parquet file."""
    return f"DESCRIBE FROM read_parquet([{path_literal(file.path)}])"


def _query(file: OrderFile, paths: str, *, tolerant: bool, exact: bool) -> str:
    texts = _texts(file)
    written = texts.pop(OrderField.AMOUNT)
    amount, check = written, AMOUNT
    as_json = exact and file.layout is Layout.JSONL
    if as_json:  # a string has its quotes, so that it differs from a number
        amount, check = f"trim({written}, '\"')", _JSON_AMOUNT
    elif file.layout is Layout.JSONL:
        check = _JSON_NUMBER
    columns = {
        "amount_text": amount,
        "readable": check.sql(written),
        "month": MONTH.prefix(texts.pop(OrderField.DATE, "NULL")),
    }
    others = (field for field in OrderField if field not in (OrderField.AMOUNT, OrderField.DATE))
    columns |= {field.column: texts.get(field, "NULL") for field in others}
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    return f"SELECT {listed} FROM {_reader(file, paths, tolerant=tolerant, as_json=as_json)}"


def _texts(file: OrderFile) -> dict[OrderField, str]:
    """Return the SQL for the text of each field; of an amount in JSON, as it is written."""
    texts = {field: f"{_path(file, name)}::VARCHAR" for field, name in file.columns}
    types = dict(zip(file.names, file.types, strict=False))
    amount_type = types.get(dict(file.columns)[OrderField.AMOUNT], "")
    if amount_type.startswith("DECIMAL("):
        scale = int(amount_type.strip("DECIMAL()").split(",")[1])
        if scale > money.DECIMALS:
            texts[OrderField.AMOUNT] = f"rtrim(rtrim({texts[OrderField.AMOUNT]}, '0'), '.')"
    return texts


def _reader(file: OrderFile, paths: str, *, tolerant: bool, as_json: bool) -> str:
    """Return the call of DuckDB's reader for files like this one, at `paths`."""
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
            "columns": _struct(_tree(file, "JSON" if as_json else "VARCHAR")),
        }
        return f"read_json({paths}, {_arguments(options)})"
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
    return f"read_csv({paths}, {_arguments(options)})"


def _arguments(options: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())


def _path(file: OrderFile, name: str) -> str:
    """Return the SQL name of a column, or of a member of nested objects in JSON."""
    steps = name.split(".") if file.layout is Layout.JSONL else [name]
    return ".".join(map(identifier, steps))


def _tree(file: OrderFile, amount: str) -> _Tree:
    """Return the members of JSON that are read, each with its type: text, but for the `amount`."""
    tree: _Tree = {}
    for field, name in file.columns:
        *outer, last = name.split(".")
        branch = tree
        for step in outer:
            inner = branch.setdefault(step, {})
            branch = inner if isinstance(inner, dict) else {}
        branch[last] = amount if field is OrderField.AMOUNT else "VARCHAR"
    return tree


def _struct(tree: _Tree) -> str:
    """Return names and types as the `columns` argument of a reader."""
    return "{" + ", ".join(f"{literal(name)}: {literal(_type(kind))}" for name, kind in tree.items()) + "}"


def _type(kind: _Tree | str) -> str:
    if isinstance(kind, str):
        return kind
    return f"STRUCT({', '.join(f'{identifier(name)} {_type(inner)}' for name, inner in kind.items())})"
