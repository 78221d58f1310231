"""SQL that reads order files: it maps the columns of each file to the columns of the order table.

amount_text, readable    the text of the amount, and whether it is an amount of money
month                    the first seven characters of the date
currency, member, …      the text of each other field; null if a file has no column for it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake import money
from loyaltyctl.orders.checks import AMOUNT, JSON_NUMBER, MONTH, Check
from loyaltyctl.orders.files import GZIP, MAX_LINE, SEPARATORS, Layout
from loyaltyctl.orders.quoting import identifier, is_one_of, literal, path_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.checks import OrderChecks
    from loyaltyctl.orders.files import OrderFile

_JSON_NUMBER = Check(JSON_NUMBER, "")
_JSON_AMOUNT = Check(f'"{money.AMOUNT}"|{JSON_NUMBER}', "")

_JsonMembers: TypeAlias = "dict[str, _JsonMembers | str]"


def read_all(files: Sequence[OrderFile], *, tolerant: bool, exact: bool) -> list[str]:
    """Return the SQL that reads all order files: a query for each batch of files with the same columns.

    If `tolerant`, malformed lines of CSV files are skipped. Unless `exact`, JSONL is read faster, and an
    amount with more digits than JSON_NUMBER allows counts as unreadable, even if it is a string.
    """
    batches: dict[OrderFile, list[str]] = {}
    for file in files:
        batches.setdefault(file.without_path, []).append(path_literal(file.path))
    return [
        _file_query(file, f"[{', '.join(paths)}]", tolerant=tolerant, exact=exact)
        for file, paths in batches.items()
    ]


def count_values(files: Sequence[OrderFile], names: Sequence[str], values: Sequence[str]) -> str:
    """Return the SQL that counts, for each column in `names`, the orders with one of `values`.

    The SQL ignores case. It reads only the order files that have the same columns as the first file.
    """
    first = files[0]
    paths = ", ".join(path_literal(file.path) for file in files if file.without_path == first.without_path)
    searched = first._replace(columns=tuple((OrderField.STATUS, name) for name in names))
    texts = (f"{_file_column_sql(first, name)}::VARCHAR" for name in names)
    counts = (f"count_if({is_one_of(text, values)})" for text in texts)
    source = _reader_call(searched, f"[{paths}]", tolerant=True, as_json=False)
    return f"SELECT {', '.join(counts)} FROM {source}"


def count_malformed(files: Sequence[OrderFile]) -> str | None:
    """Return the SQL that counts malformed lines of JSONL order files: lines that are not a JSON object.

    Returns None if no file is JSONL.
    """
    queries = [
        "SELECT count(*) AS lines FROM read_ndjson_objects("
        f"[{path_literal(file.path)}], ignore_errors=true, maximum_object_size={MAX_LINE}, "
        f"compression={literal(GZIP if file.gzipped else 'uncompressed')}) "
        # With ignore_errors, a line that is not JSON is a row without a value.
        "WHERE json IS NULL OR json_type(json) <> 'OBJECT'"
        for file in files
        if file.layout is Layout.JSONL
    ]
    return f"SELECT sum(lines) FROM ({' UNION ALL '.join(queries)})" if queries else None


def suspicious_rows(file: OrderFile, checks: OrderChecks) -> str:
    """Return the SQL that reads the orders of a Parquet file that may fail a check, with row numbers."""
    texts = {field: f"coalesce({text}, '')" for field, text in _field_texts_sql(file).items()}
    return (
        f"SELECT file_row_number + 1, {', '.join(texts.values())} "
        f"FROM read_parquet({path_literal(file.path)}, file_row_number=true) "
        f"WHERE {checks.suspicious_sql(texts)} ORDER BY file_row_number"
    )


def describe_parquet(file: OrderFile) -> str:
    """Return the SQL that reads the names and types of the columns of a Parquet order file."""
    return f"DESCRIBE FROM read_parquet([{path_literal(file.path)}])"


def _file_query(file: OrderFile, paths: str, *, tolerant: bool, exact: bool) -> str:
    """Return the SQL that reads the order files at `paths`, which have the layout and columns of `file`."""
    texts = _field_texts_sql(file)
    written = texts.pop(OrderField.AMOUNT)
    amount, check = written, AMOUNT
    as_json = exact and file.layout is Layout.JSONL
    if as_json:  # the JSON type keeps the quotes of a string, so a string differs from a number
        amount, check = f"trim({written}, '\"')", _JSON_AMOUNT
    elif file.layout is Layout.JSONL:
        check = _JSON_NUMBER
    columns = {
        "amount_text": amount,
        "readable": check.condition_sql(written),
        "month": MONTH.prefix_sql(texts.pop(OrderField.DATE, "NULL")),
    }
    others = (field for field in OrderField if field not in (OrderField.AMOUNT, OrderField.DATE))
    columns |= {field.column: texts.get(field, "NULL") for field in others}
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    return f"SELECT {listed} FROM {_reader_call(file, paths, tolerant=tolerant, as_json=as_json)}"


def _field_texts_sql(file: OrderFile) -> dict[OrderField, str]:
    """Return the SQL that reads each field of an order as text from its column in an order file."""
    texts = {field: f"{_file_column_sql(file, name)}::VARCHAR" for field, name in file.columns}
    types = dict(zip(file.names, file.types, strict=False))
    amount_type = types.get(dict(file.columns)[OrderField.AMOUNT], "")
    if amount_type.startswith("DECIMAL("):
        scale = int(amount_type.strip("DECIMAL()").split(",")[1])
        # DuckDB prints all decimals of a DECIMAL. 1.50000000 has too many for an amount, so zeros are cut.
        if scale > money.DECIMALS:
            texts[OrderField.AMOUNT] = f"rtrim(rtrim({texts[OrderField.AMOUNT]}, '0'), '.')"
    return texts


def _reader_call(file: OrderFile, paths: str, *, tolerant: bool, as_json: bool) -> str:
    """Return the SQL call of DuckDB's reader for the order files at `paths`; all have the layout of `file`.

    Columns of CSV and JSONL files are read as text. If DuckDB detected their types, it would read
    03/04/2025 as day first without a warning, and amounts as doubles.
    """
    if file.layout is Layout.PARQUET:
        return f"read_parquet({paths})"
    options = {
        "compression": literal(GZIP if file.gzipped else "uncompressed"),
        "ignore_errors": str(tolerant).lower(),
        "auto_detect": "false",
    }
    if file.layout is Layout.JSONL:
        options |= {
            "format": "'newline_delimited'",
            "maximum_object_size": str(MAX_LINE),
            "columns": _columns_argument(_json_member_types(file, "JSON" if as_json else "VARCHAR")),
        }
        return f"read_json({paths}, {_reader_arguments(options)})"
    options |= {
        "skip": str(file.lines_before_header),
        "header": "true",
        "delim": literal(SEPARATORS[file.layout]),
        "quote": "'\"'",
        "escape": "'\"'",
        "strict_mode": "true",  # else DuckDB accepts rows with stray quotes, and guesses their cells
        "max_line_size": str(MAX_LINE),
        "store_rejects": str(tolerant).lower(),
        "columns": _columns_argument(dict.fromkeys(map(str, range(len(file.names))), "VARCHAR")),
    }
    if tolerant:
        options["rejects_limit"] = "0"  # no limit: the errors are counted
    return f"read_csv({paths}, {_reader_arguments(options)})"


def _reader_arguments(options: dict[str, str]) -> str:
    """Return the options of DuckDB's reader of order files as SQL arguments."""
    return ", ".join(f"{name}={value}" for name, value in options.items())


def _file_column_sql(file: OrderFile, name: str) -> str:
    """Return the SQL name of a column of an order file; the JSON member `a.b` becomes `"a"."b"`."""
    if file.layout is Layout.JSONL:
        return ".".join(map(identifier, name.split(".")))
    # Columns of CSV and TSV are named by position: DuckDB rejects names that differ in case only.
    return identifier(name if file.layout is Layout.PARQUET else str(file.names.index(name)))


def _json_member_types(file: OrderFile, amount: str) -> _JsonMembers:
    """Return the members to read from a JSONL order file, with their SQL types, nested as in the file.

    The type of the amount is `amount`, the type of all others is VARCHAR.
    """
    tree: _JsonMembers = {}
    for field, name in file.columns:
        *outer, last = name.split(".")
        branch = tree
        for step in outer:
            inner = branch.setdefault(step, {})
            branch = inner if isinstance(inner, dict) else {}
        branch[last] = amount if field is OrderField.AMOUNT else "VARCHAR"
    return tree


def _columns_argument(tree: _JsonMembers) -> str:
    """Return the SQL argument `columns` of DuckDB's reader of order files: names and types."""
    types = (f"{literal(name)}: {literal(_member_type_sql(member))}" for name, member in tree.items())
    return f"{{{', '.join(types)}}}"


def _member_type_sql(member: _JsonMembers | str) -> str:
    """Return the SQL type of a member of a JSONL order file; an object with members is a STRUCT."""
    if isinstance(member, str):
        return member
    types = (f"{identifier(name)} {_member_type_sql(inner)}" for name, inner in member.items())
    return f"STRUCT({', '.join(types)})"
