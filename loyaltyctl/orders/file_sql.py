"""SQL that reads order files: the texts of their columns, and the amounts and dates in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake import money
from loyaltyctl.orders import list_members
from loyaltyctl.orders.checks import JSON_NUMBER
from loyaltyctl.orders.containers.readable import MAX_LINE, UNCOMPRESSED, Layout
from loyaltyctl.orders.forms import currencies
from loyaltyctl.orders.forms.amounts import PLAIN, AmountForm
from loyaltyctl.orders.forms.dates import ISO
from loyaltyctl.orders.quoting import identifier, is_one_of, literal, path_literal
from loyaltyctl.orders.table_sql import AmountType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from loyaltyctl.orders.files import OrderFile


PACKED_BUFFER = 2 * MAX_LINE
"""Size of the buffer in bytes for each batch of compressed CSV files.

DuckDB keeps one for each batch from the start. Its default is 16 lines of MAX_LINE: eight batches would
exceed the memory limit, however small the files are.
"""

_JsonMembers: TypeAlias = "dict[str, _JsonMembers | str]"


class ReadMode(NamedTuple):
    """Mode in which order files are read: the fast default, or slower ones for unusual orders."""

    amounts: AmountType = AmountType.NARROW
    tolerant: bool = False
    """If true, malformed lines of CSV files are skipped."""
    without_blanks: bool = False
    """If true, lines of CSV files without any text are left out: spreadsheets write them below the orders."""
    filled: bool = False
    """If true, a line without an order id belongs to the order of the line above it."""
    without_totals: bool = False
    """If true, lines that are named a total are left out though they are not the sum of others."""
    trigger: str | None = None
    """The trigger of all orders; None if each order has its own."""
    rest_trigger: str = ""
    """The trigger of the orders in files that have no column for it."""
    currency: str | None = None
    """The currency of lines that do not tell theirs; None if no line does."""
    one_currency: bool = False
    """If true, orders in another currency than `currency` need not tell which one they have."""
    by_day: bool = False
    """If true, the month of an order is the part of its date that tells it, which is converted later."""
    days: bool = False
    """If true, the day of each order is read, not only its month."""
    firsts: bool = False
    """If true, only the first of several orders with the same id is read, in the sequence of the files."""

    @property
    def exact(self) -> bool:
        """Whether numbers and strings in JSONL are told apart, which is slower."""
        return self.amounts is AmountType.WIDE


def count_values(files: Sequence[OrderFile], names: Sequence[str], values: Sequence[str]) -> str:
    """Return the SQL that counts, for each column in `names`, the orders with one of `values`.

    The SQL ignores case. It reads only the order files that have the same columns as the first file.
    """
    batch = [file for file in files if file.batch == files[0].batch]
    reader = Reader(batch, ReadMode(tolerant=True))
    positions = [batch[0].names.index(name) for name in names]
    counts = (f"count_if({is_one_of(reader.text(position), values)})" for position in positions)
    return f"SELECT {', '.join(counts)} FROM {reader.call(positions)}"


def count_malformed(files: Sequence[OrderFile]) -> str | None:
    """Return the SQL that counts malformed lines of JSONL order files: lines that are not a JSON object.

    Returns None if no file is JSONL.
    """
    queries = [
        "SELECT count(*) AS lines FROM read_ndjson_objects("
        f"[{path_literal(file.readable.path)}], ignore_errors=true, maximum_object_size={MAX_LINE}, "
        f"compression={literal(file.readable.compression)}) "
        # With ignore_errors, a line that is not JSON is a row without a value.
        "WHERE json IS NULL OR json_type(json) <> 'OBJECT'"
        for file in files
        if file.layout is Layout.JSONL
    ]
    return f"SELECT sum(lines) FROM ({' UNION ALL '.join(queries)})" if queries else None


def json_keys(file: OrderFile) -> str:
    """Return the SQL that lists the different sets of members that the orders of a JSONL file have."""
    return (
        "SELECT DISTINCT json_structure(json)::VARCHAR FROM read_ndjson_objects("
        f"[{path_literal(file.readable.path)}], ignore_errors=true, maximum_object_size={MAX_LINE}, "
        f"compression={literal(file.readable.compression)}) WHERE json_type(json) = 'OBJECT'"
    )


class Reader(NamedTuple):
    """Writer of the SQL that reads one batch of order files, which all have the same columns."""

    batch: Sequence[OrderFile]
    mode: ReadMode = ReadMode()
    typed: bool = False
    """If true, amounts in JSONL are read as JSON, whatever their form: `is_text` needs it."""

    @property
    def file(self) -> OrderFile:
        """The first order file of the batch, which stands for all."""
        return self.batch[0]

    @property
    def has_file_names(self) -> bool:
        """Whether the reader tells the file of each line: orders may have items in several files."""
        return self.file.roles.is_grouped and len(self.batch) > 1

    # Texts of columns

    def text(self, position: int) -> str:
        """Return the SQL for the text of a column."""
        column, name = self.column(position), self.file.names[position]
        if self.file.layout is Layout.JSONL and list_members.has_all_items(name):
            return list_members.sum_sql(column, name)
        if self._is_json_typed(position):
            return f"json_extract_string({column}, '$')"
        return self._without_zeros(position, f"{column}::VARCHAR")

    def is_text(self, position: int) -> str:
        """Return the SQL condition that an amount is text, in which a mark may have two meanings."""
        if self.file.layout is Layout.PARQUET:
            return str(self.file.types[position] == "VARCHAR").lower()
        if self.file.layout is Layout.JSONL:
            return f"json_type({self.column(position)}) = 'VARCHAR'"
        return "true"

    def field_text(self, field: OrderField) -> str:
        """Return the SQL for the text of a field: where its first column is blank, that of the next one."""
        positions = self.file.roles.columns(field)
        texts = [self.text(position) for position in positions]
        if not texts:
            is_named = field is OrderField.CURRENCY and self.file.roles.currency
            return literal(self.file.roles.currency) if is_named else "NULL::VARCHAR"
        blanks = [f"nullif({text}, '')" for text in texts[:-1]]
        text = f"coalesce({', '.join([*blanks, texts[-1]])})" if blanks else texts[0]
        return currencies.code_sql(text) if field is OrderField.CURRENCY and self._has_signs() else text

    def _has_signs(self) -> bool:
        """Return whether the first orders tell their currency by a sign, such as €, instead of a code."""
        positions = self.file.roles.columns(OrderField.CURRENCY)
        texts = {
            row[position].strip() for file in self.batch for row in file.sample for position in positions
        }
        return any(currencies.is_sign(text) for text in texts)

    def column(self, position: int) -> str:
        """Return the SQL for a column of the files; the JSON member `a.b` becomes `"a"."b"`.

        The column of a member in all items of a list is the list.
        """
        name = self.file.names[position]
        if self.file.layout is Layout.PARQUET:
            return self.file.expressions[position]
        if self.file.layout is Layout.CSV:
            return identifier(str(position))  # DuckDB rejects names that differ in case only
        member = ".".join(map(identifier, list_members.stored_member(name).split(".")))
        is_first = list_members.is_in_list(name) and not list_members.has_all_items(name)
        return list_members.first_item_sql(member, name) if is_first else member

    def _is_json_typed(self, position: int) -> bool:
        """Return whether a column is read as JSON, which tells strings from numbers."""
        if self.file.layout is not Layout.JSONL:
            return False
        amounts = {term.position for term in self.file.roles.amount_terms}
        return self._needs_json_type(position, amounts) or (self.typed and position in amounts)

    def _needs_json_type(self, position: int, amounts: Collection[int]) -> bool:
        """Return whether the value of a column depends on its type in JSON; `amounts` are their columns."""
        is_in_list = list_members.is_in_list(self.file.names[position])
        return is_in_list or (position in amounts and (self.mode.exact or self._form(position) != PLAIN))

    # Amounts

    def _form(self, position: int) -> AmountForm:
        """Return the form of the amounts in a column."""
        return dict(self.file.amount_forms).get(position, PLAIN)

    def number(self, position: int) -> str:
        """Return the SQL for the amount in a column as a decimal; null if it is unreadable or blank."""
        kind = self.file.types[position] if self.file.types else ""
        # The text of a wider decimal must be checked: an amount has a limit of digits.
        is_exact = self._form(position) == PLAIN and not self.mode.exact and _EXACT_TYPE.fullmatch(kind)
        amount = self.column(position) if is_exact else self._plain_amount(position)
        return f"TRY_CAST({amount} AS {self.mode.amounts.decimal})"

    def _plain_amount(self, position: int) -> str:
        """Return the SQL for the amount in a column as plain text; null if it is unreadable or blank."""
        form, text = self._form(position), self.text(position)
        currency = self._currency()
        if self.file.layout is not Layout.JSONL:
            return form.plain_sql(text, currency)
        if not self._needs_json_type(position, [position]):  # a number, or a string that is a valid number
            return f"CASE WHEN {_is_json_number(text)} THEN {text} END"
        as_number = form._replace(decimal=PLAIN.decimal, grouped=False, decorated=False)
        is_number = "true" if form.noise else _is_json_number(text)
        return (
            f"CASE WHEN {self.is_text(position)} THEN {form.plain_sql(text, currency)} "
            f"WHEN {is_number} THEN {as_number.plain_sql(text, currency)} END"
        )

    def _currency(self) -> str | None:
        """Return the SQL for the currency of the amounts in a line; None if no line of any file tells it."""
        rest = None if self.mode.currency is None else literal(self.mode.currency)
        if not self.file.roles.telling(OrderField.CURRENCY):
            return rest
        own = self.field_text(OrderField.CURRENCY)
        return own if rest is None else f"coalesce(nullif({own}, ''), {rest})"

    def _without_zeros(self, position: int, text: str) -> str:
        """Return the SQL for the text of a column without the last zeros of a DECIMAL in a Parquet file."""
        # DuckDB prints all decimals of a DECIMAL. 1.50000000 has too many for an amount.
        kind = self.file.types[position] if self.file.types else ""
        has_scale = kind.startswith("DECIMAL(") and not kind.endswith(",0)")
        return f"rtrim(rtrim({text}, '0'), '.')" if has_scale else text

    def is_blank(self, position: int) -> str:
        """Return the SQL condition that a column has no text, or a dash instead of it."""
        return f"coalesce(trim({self.text(position)}), '') IN ('', '-', '--')"

    def is_unreadable(self, position: int) -> str:
        """Return the SQL condition that a column has text, but no readable amount."""
        return f"(NOT {self.is_blank(position)} AND {self.number(position)} IS NULL)"

    def month(self, text: str) -> str:
        """Return the SQL for the month of a date, whose text is given; null if the date is unreadable."""
        form = self.file.date_form or ISO
        return form.prefix_sql(text) if self.mode.by_day else form.month_sql(text)

    def day(self, text: str) -> str:
        """Return the SQL for the day of a date, or for its month if it has no day; null if unreadable."""
        form = self.file.date_form or ISO
        return f"coalesce({form.date_sql(text)}, {form.month_sql(text)})"

    # Reading

    def positions(self) -> list[int]:
        """Return the positions of the columns that the roles need."""
        roles = self.file.roles
        found = [position for _, positions in roles.fields for position in positions]
        found += [term.position for term in roles.amount_terms]
        found += [one.position for one in roles.conditions]
        found += [roles.refund_lines.position] if roles.refund_lines else []
        found += [] if roles.apps is None else [roles.apps]
        return [*dict.fromkeys(found)]

    def label(self) -> int | None:
        """Return the column that may label a total line: the id, else the date, else any other."""
        roles = self.file.roles
        for field in (OrderField.ORDER_ID, OrderField.DATE):
            if positions := roles.columns(field):
                return positions[0]
        amounts = {term.position for term in roles.amount_terms}
        return next((i for i, name in enumerate(self.file.names) if i not in amounts), None)

    def source(self, reader: str = "") -> str:
        """Return the SQL for what follows FROM: the reader, or the SQL given instead of it, and its WHERE."""
        return f"{reader or self.call(self.positions())} {self._where()}"

    def late(self) -> str:
        """Return the SQL condition that an order has a column that the first orders do not have."""
        return " OR ".join(f"{identifier(name)} IS NOT NULL" for name in self.file.late) or "false"

    def doubtful(self) -> str:
        """Return the SQL condition that a line has an amount in which a point may group thousands."""
        texts = (self.text(position) for position in self.file.doubtful)
        return (
            " OR ".join(f"regexp_full_match({text}, {literal(_TWO_READINGS)})" for text in texts) or "false"
        )

    def _where(self) -> str:
        """Return the WHERE clause that leaves out total lines, extra lines, and blank lines."""
        conditions = []
        if self.file.layout is Layout.CSV and len(self.file.names) == 1:
            conditions.append(f"{self.column(0)} IS NOT NULL")
        elif self.file.layout is Layout.CSV and self.mode.without_blanks:
            columns = ", ".join(map(self.column, range(len(self.file.names))))
            conditions.append(f"trim(concat({columns})) <> ''")
        label, total = self.label(), self.file.total_line
        if total is not None and label is not None:
            texts = (self.text(label), self.text(self.file.roles.amount[0].position))
            is_total = " AND ".join(
                f"coalesce({text}, '') = {literal(value)}" for text, value in zip(texts, total, strict=True)
            )
            conditions.append(f"NOT ({is_total})")
        if self.file.extra.rows:
            conditions.append(f"{self.row_text()} NOT IN ({', '.join(map(literal, self.file.extra.rows))})")
        return f"WHERE {' AND '.join(conditions)}" if conditions else ""

    def row_text(self) -> str:
        """Return the SQL for the texts of all cells of a line of a CSV file, with CELL_MARK between them."""
        cells = (f"coalesce({self.column(position)}, '')" for position in range(len(self.file.names)))
        return f"concat_ws({literal(CELL_MARK)}, {', '.join(cells)})"

    def call(self, positions: Iterable[int]) -> str:
        """Return the SQL call of DuckDB's reader for the files of the batch.

        `positions` are the columns to read from JSONL. Columns of CSV and JSONL
        files are read as text. If DuckDB detected their types, it would read 03/04/2025 as day first without
        a warning, and amounts as doubles.
        """
        file = self.file
        paths = f"[{', '.join(path_literal(one.readable.path) for one in self.batch)}]"
        if file.layout is Layout.PARQUET:
            return f"read_parquet({paths}{self._file_name_argument()})"
        options = {
            "compression": literal(file.readable.compression),
            "ignore_errors": str(self.mode.tolerant).lower(),
            "auto_detect": "false",
        }
        if file.layout is Layout.JSONL:
            options |= {
                "format": "'newline_delimited'",
                "maximum_object_size": str(MAX_LINE),
                "columns": _columns_argument(self._json_members(positions)),
            }
            return f"read_json({paths}, {_reader_arguments(options)}{self._file_name_argument()})"
        options |= {
            "skip": str(file.skip),
            "header": "false",
            "delim": literal(file.separator),
            "quote": "'\"'",
            "escape": "'\"'",
            "strict_mode": "true",  # else DuckDB accepts rows with stray quotes, and guesses their cells
            "max_line_size": str(MAX_LINE),
            "store_rejects": str(self.mode.tolerant).lower(),
            "columns": _columns_argument(dict.fromkeys(map(str, range(len(file.names))), "VARCHAR")),
        }
        if file.readable.compression != UNCOMPRESSED:
            options["buffer_size"] = str(PACKED_BUFFER)
        if self.mode.tolerant:
            options["rejects_limit"] = "0"  # no limit: the errors are counted
        return f"read_csv({paths}, {_reader_arguments(options)}{self._file_name_argument()})"

    def _file_name_argument(self) -> str:
        """Return the SQL argument for a column with the name of the file, if that is needed."""
        return f", filename = {literal(FILE_NAME)}" if self.has_file_names else ""

    def _json_members(self, positions: Iterable[int]) -> _JsonMembers:
        """Return the members to read from a JSONL file, with their SQL types, nested as in the file."""
        tree: _JsonMembers = dict.fromkeys(self.file.late, "VARCHAR")
        for position in positions:
            *outer, last = list_members.stored_member(self.file.names[position]).split(".")
            branch = tree
            for step in outer:
                inner = branch.setdefault(step, {})
                branch = inner if isinstance(inner, dict) else {}
            branch[last] = "JSON" if self._is_json_typed(position) else "VARCHAR"
        return tree


_EXACT_TYPE = re.compile(rf"DECIMAL\(\d+,[0-{money.DECIMALS}]\)|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
"""Types of a Parquet column whose values are exact amounts with at most six decimals."""
CELL_MARK = "\x1f"
"""Character between the texts of cells: the unit separator of ASCII, which no cell has."""
FILE_NAME = "file_of_line"
"""Name of the column with the name of the file that a line is from."""
_TWO_READINGS = r"-?[0-9]{1,3}\.[0-9]{3}"
"""Pattern of an amount that is 1234 or 1.234, depending on what the point means."""


def _is_json_number(text: str) -> str:
    """Return the SQL condition that a text is a JSON number that is accepted as an amount."""
    return f"regexp_full_match({text}, {literal(JSON_NUMBER)})"


def _reader_arguments(options: dict[str, str]) -> str:
    """Return the options of DuckDB's reader of order files as SQL arguments."""
    return ", ".join(f"{name}={value}" for name, value in options.items())


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
