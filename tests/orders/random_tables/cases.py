"""Random cases: orders, the files that they are written to, and what must be asked and told about them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.backtest.request import Key
from loyaltyctl.contract.inputs.order_source import AmountUnit
from loyaltyctl.orders.selection import Reading
from loyaltyctl.points.formulas import Refunds
from tests.orders.random_tables import amounts, containers, dates, sheets
from tests.orders.random_tables.orders import STATUSES, Order, Table, Totals, expected, random_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.orders.random_tables.sheets import Cell, Sheet, Splitting, Styles

_TEXT = ("csv",) * 8
_KINDS = (*_TEXT, "lines", "lines", "list", "orders", "data", "parquet", "parquet")
_WORKBOOKS = ("xlsx", "ods")
_SUFFIXES = {
    "csv": (".csv", ".csv", ".txt", ".tsv"),
    "lines": (".jsonl", ".ndjson"),
    "parquet": (".parquet",),
}
_PACKED = (".gz", ".zip", ".zst", ".bz2", ".xz")
_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,6})?", re.ASCII)
_PLAIN = sheets.Styles(amounts.AmountStyle(), amounts.AmountStyle(), dates.STYLES[0])
_KEYS = {"date": Key.MONTH, "tier": Key.TIER, "trigger": Key.TRIGGER, "member": Key.MEMBER}


class Question(Enum):
    """Whether the program must ask how a column is written."""

    NEVER = "never"
    MAYBE = "maybe"
    ALWAYS = "always"


class Case(NamedTuple):
    """Random case: files of orders, how the backtest is asked for, and the result that it must have."""

    files: Sequence[str]
    by: Sequence[Key]
    refunds: Refunds
    statuses: Sequence[str]
    trigger: str | None
    reading: Reading
    amount_question: Question
    date_question: Question
    styles: Styles
    totals: Totals
    notes: Sequence[str]
    """Patterns of notes of which each must be told."""


class _Plan(NamedTuple):
    """Plan of the files of a case."""

    table: Table
    styles: Styles
    splitting: Splitting | None
    kind: str
    typed: bool
    padding: int
    total: str | None
    """The label of the total line of each file; None without one."""


class _Written(NamedTuple):
    """Sheet that was written to a file, the text of its total line, and the notes to expect."""

    name: str
    sheet: Sheet
    total_texts: Sequence[str]
    notes: Sequence[str]


def random_case(number: int, folder: Path) -> Case:
    """Write the files of a random case to a folder, and return the case. The number decides everything."""
    chance = Random(number)  # noqa: S311 - the same cases each time
    plan = _random_plan(chance)
    written = _write(plan, folder, chance)
    by = [key for field, key in _KEYS.items() if field in plan.table.fields and chance.random() < 0.7]
    refunds = chance.choice([*Refunds])
    statuses = [chance.choice(STATUSES)] if "status" in plan.table.fields and chance.random() < 0.3 else []
    style = plan.styles.amount
    totals = expected(plan.table, by, refunds, statuses)
    counts = bool(totals.orders or totals.refunds)
    return Case(
        [one.name for one in written],
        by,
        refunds,
        statuses,
        None if "trigger" in plan.table.fields else "stores/OrderPaid",
        Reading(
            lines=plan.splitting.lines if plan.splitting else None,
            unit=AmountUnit.MINOR if style.minor else None,
        ),
        _amount_question(plan, written),
        _date_question(plan, written, counts=counts) if Key.MONTH in by else Question.NEVER,
        plan.styles,
        totals,
        [
            *_form_notes(plan, written, dated=Key.MONTH in by, counts=counts, filtered=bool(statuses)),
            *(note for one in written for note in one.notes),
        ],
    )


def faulty_files(field: str, number: int, folder: Path) -> list[str]:
    """Write plain orders to files of random layouts; one has a fault in a field. Return the paths.

    The number decides the sequence of orders and columns, the files, and the case of names.
    """
    chance = Random(number)  # noqa: S311 - the same cases each time
    orders = [Order(f"{1001 + i}", datetime(2025, 1, 1 + i, tzinfo=UTC), Decimal(i)) for i in range(12)]
    table = Table(orders, "USD", frozenset({"order_id", "date"}))
    lines = sheets.order_lines(table, _PLAIN, chance)
    lines[5][field] = sheets.Cell({"amount": "1x", "date": "soon", "order_id": "1001"}[field])
    chance.shuffle(lines)
    count = chance.randint(1, 3)
    names = sheets.random_names(table, chance)
    files: list[str] = []
    for start in range(count):
        named = {name: sheets.cased(column, chance) for name, column in names.items()}
        plan = _Plan(table, _PLAIN, None, chance.choice(_KINDS), typed=False, padding=0, total=None)
        sheet = sheets.sheet(lines[start::count], None, named, chance)
        files.append(_write_sheet(plan, sheet, folder, chance)[0])
    return files


def _random_plan(chance: Random) -> _Plan:
    """Return a random plan of the files of a case."""
    table = random_table(chance)
    date = chance.choice([*dates.STYLES, *[style for style in dates.STYLES if style.order] * 2])
    amount = amounts.random_style(chance, table.currency, table.digits)
    refund = (
        amount
        if chance.random() < 0.7 or amount.minor
        else amounts.random_style(chance, table.currency, table.digits)
    )
    if (refund.mark, refund.minor) != (amount.mark, amount.minor):
        refund = amount
    if (amount.minor or amount.noise or refund.noise) and table.digits != 2:  # only the currency tells
        table = table._replace(fields=table.fields | {"currency"})
    is_split = "order_id" in table.fields and chance.random() < 0.35
    if is_split:
        table = table._replace(orders=[order for order in table.orders if order.amount >= 0])
    kind = chance.choice(_WORKBOOKS) if chance.random() < 0.06 else chance.choice(_KINDS)
    typed = kind != "csv" and chance.random() < 0.6 and not amount.minor
    # A column of dates, unlike one of texts, cannot hold the label of a total.
    can_have_total = kind in ("csv", *_WORKBOOKS) or (
        kind == "parquet" and ("order_id" in table.fields or not typed)
    )
    has_total = can_have_total and chance.random() < 0.15
    return _Plan(
        table,
        sheets.Styles(amount, refund, date),
        sheets.random_splitting(table, chance) if is_split else None,
        kind,
        typed,
        chance.choice([3000, 9000]) if chance.random() < 0.02 else 0,
        chance.choice(sheets.TOTALS) if has_total else None,
    )


# Files


def _write(plan: _Plan, folder: Path, chance: Random) -> list[_Written]:
    """Write the orders of a plan to one or more files."""
    lines = sheets.order_lines(plan.table, plan.styles, chance)
    orders = [*zip(plan.table.orders, lines, strict=True)]
    if chance.random() < 0.5:
        chance.shuffle(orders)
    if plan.padding and chance.random() < 0.7:  # what decides, and what is seldom, comes last
        orders.sort(key=lambda one: (one[0].date.day > 12, len(one[1]["amount"].text), one[0].tier))
    count = min(chance.choice([1, 1, 1, 1, 2, 3]), len(orders))
    names = sheets.random_names(plan.table, chance)
    parts = [orders[start::count] for start in range(count)]
    return [_write_part(plan, part, names, folder, chance) for part in parts]


def _write_part(
    plan: _Plan,
    part: Sequence[tuple[Order, dict[str, Cell]]],
    names: dict[str, str],
    folder: Path,
    chance: Random,
) -> _Written:
    """Write some orders to a file."""
    orders, lines = [order for order, _ in part], [line for _, line in part]
    if plan.splitting:
        split = sheets.split_lines(lines, plan.splitting, plan.styles, chance)
        lines = [line for group in split for line in group]
        if not plan.splitting.blank and chance.random() < 0.5:
            chance.shuffle(lines)
    has_blank_ids = plan.splitting is not None and "order_id" in plan.splitting.blank
    label = "Total" if plan.total == "" and has_blank_ids else plan.total
    total = sheets.total_line(lines, orders, label, plan.styles) if label is not None else None
    named = {field: sheets.cased(name, chance) for field, name in names.items()}
    sheet = sheets.sheet(lines, total, named, chance, padding=plan.padding)
    name, notes = _write_sheet(plan, sheet, folder, chance)
    texts = [total["amount"].text] if total else []
    return _Written(name, sheet, texts, notes)


def _write_sheet(plan: _Plan, sheet: Sheet, folder: Path, chance: Random) -> tuple[str, list[str]]:
    """Write a sheet to a file, and return its path and the notes to expect."""
    stem = folder / f"orders{len([*folder.iterdir()])}"
    notes: list[str] = []
    if plan.kind == "parquet":
        path = stem.with_suffix(".parquet")
        containers.parquet_file(sheet, path, chance, typed=plan.typed)
        return str(path), notes
    if plan.kind in _WORKBOOKS:
        titles = chance.choice([(), (), ("Orders", "of a shop")])
        write = containers.xlsx_file if plan.kind == "xlsx" else containers.ods_file
        path = stem.with_suffix(f".{plan.kind}")
        path.write_bytes(write(sheet, titles, typed=plan.typed))
        return str(path), ["sheet"]
    if plan.kind == "csv":
        dialect = containers.random_csv_dialect(sheet, chance)
        data = containers.csv_file(sheet, dialect, chance)
        notes += ["the header is in line"] if any(dialect.titles) else []
        notes += ["Windows-1252"] if dialect.encoding == "cp1252" and not data.isascii() else []
        notes += ["UTF-16"] if dialect.encoding.startswith("utf-16") else []
    else:
        orders = containers.json_orders(sheet, chance, typed=plan.typed)
        data = containers.json_file(orders, plan.kind, chance)
        notes += [f'member "{plan.kind}"'] if plan.kind in ("orders", "data") else []
    suffix = chance.choice(_SUFFIXES.get(plan.kind, (".json",)))
    packed = chance.choice(_PACKED) if chance.random() < 0.2 else ""
    if packed == ".zst" and not _is_utf_8(data):  # the only text that DuckDB decompresses
        packed = ".gz"
    notes += [f"the file {stem.name}{suffix} in it"] if packed == ".zip" else []
    path = stem.with_name(f"{stem.name}{suffix}{packed}")
    path.write_bytes(containers.compressed(data, packed, f"{stem.name}{suffix}"))
    return str(path), notes


def _is_utf_8(data: bytes) -> bool:
    """Return whether data is text in UTF-8."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


# What must be asked


def _amount_question(plan: _Plan, written: Sequence[_Written]) -> Question:
    """Return whether the program must ask for the decimal mark."""
    if plan.typed or plan.styles.amount.minor:
        return Question.NEVER
    amounts_of = {
        field: [style.body(value) for value in _values(written, field)]
        for field, style in (("amount", plan.styles.amount), ("refund", plan.styles.refund))
    }
    asked = {field: amounts.has_two_readings(bodies) for field, bodies in amounts_of.items() if bodies}
    if not any(asked.values()):
        return Question.NEVER
    # A total line may decide; another column, and a currency without cents, are no proof, but good reasons.
    is_certain = asked.get("amount") and not any(one.total_texts for one in written) and plan.table.digits
    return Question.ALWAYS if is_certain else Question.MAYBE


def _values(written: Sequence[_Written], field: str) -> list[Any]:
    """Return the amounts in the columns of a field, without total lines."""
    values = []
    for one in written:
        if field in one.sheet.fields:
            position = one.sheet.fields.index(field)
            rows = one.sheet.rows[:-1] if one.total_texts else one.sheet.rows
            values += [
                row[position].value for row in rows if row[position].text and row[position].value is not None
            ]
    return values


def _date_question(plan: _Plan, written: Sequence[_Written], *, counts: bool) -> Question:
    """Return whether the program must ask for the order of day and month. `counts` tells if an order counts."""
    is_typed = plan.typed and plan.kind in ("parquet", *_WORKBOOKS)
    if not plan.styles.date.order or is_typed:
        return Question.NEVER
    values = _values(written, "date")
    if not dates.has_two_readings([plan.styles.date.text(value) for value in values]):
        return Question.NEVER
    are_equal = all(one.day == one.month for one in values)
    return Question.MAYBE if are_equal or not counts else Question.ALWAYS


# What must be told


def _form_notes(
    plan: _Plan, written: Sequence[_Written], *, dated: bool, counts: bool, filtered: bool
) -> list[str]:
    """Return the patterns of the notes about forms and total lines that must be told if an order counts."""
    found: list[str] = []
    if not counts:
        return found
    if not filtered:  # else the filter leaves out the total line too
        found += ["left out the last line" for one in written if one.total_texts]
    has_types = plan.typed
    for field in ("amount", "refund"):
        for one in written[:1]:
            texts = [text for other in written for text in other.sheet.texts(field)]
            is_plain = all(map(_PLAIN_AMOUNT.fullmatch, texts)) and not plan.styles.amount.minor
            if texts and not is_plain and not has_types:
                found.append(re.escape(f'"{one.sheet.name(field)}"'))
    is_typed_date = plan.typed and plan.kind in ("parquet", *_WORKBOOKS)
    if dated and not plan.styles.date.is_plain and not is_typed_date:
        found.append(re.escape(f'"{written[0].sheet.name("date")}"'))
    return found
