"""Sheets of random orders: names and sequence of columns, items of orders, total lines, unused columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.inputs.order_source import Lines as LineKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from random import Random

    from tests.orders.random_tables.amounts import AmountStyle
    from tests.orders.random_tables.dates import DateStyle
    from tests.orders.random_tables.orders import Order, Table

NAMES = {
    "order_id": ("order_id", "id", "Order ID", "orderNumber", "Number", "Bestellnummer", "Numéro de commande"),
    "date": ("date", "created_at", "Order Date", "paidAt", "Datum", "Fecha", "timestamp"),
    "amount": ("amount", "Total", "Order Total", "total_price", "Grand Total", "Betrag", "Importe", "priceSummary.total"),
    "refund": ("refunded_amount", "Amount Refunded", "refund", "balanceSummary.refunded.amount", "Erstattungsbetrag"),
    "currency": ("currency", "Currency Code", "Währung"),
    "tier": ("tier", "Tier ID", "loyalty_tier"),
    "trigger": ("trigger", "Activity Type"),
    "status": ("status", "Order Status", "Bestellstatus"),
    "member": ("member", "Customer ID", "buyerInfo.memberId", "Kundennummer"),
}  # fmt: skip
"""Names that columns of orders have, by the field."""
UNUSED = ("note", "Note", "x", "Item's Name", "Größe", "phone", "note")
"""Names of columns that are not used; some are equal, or differ in case only."""
TEXTS = ("", "", "ok", "two\nlines", "three\r\nmore\n\nlines", 'a "quote"', "a,b;c\td|e", "für é ü", "1,5", "12.50", "Total", " blank ", "'", "=1+1", "<b>&amp;")  # fmt: skip
"""Texts in columns that are not used."""
TOTALS = ("Total", "TOTAL", "total:", "Grand Total", "Gesamt", "Summe", "")
"""Labels of total lines."""


class Cell(NamedTuple):
    """Cell of a sheet: its text, and its value if containers can store that with a type."""

    text: str
    value: Decimal | datetime | None = None


class Styles(NamedTuple):
    """Ways to write the values of a table."""

    amount: AmountStyle
    refund: AmountStyle
    date: DateStyle


class Sheet(NamedTuple):
    """Sheet of orders: the field of each column (`""` if it is not used), its name, and the rows."""

    fields: Sequence[str]
    names: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def texts(self, field: str) -> list[str]:
        """Return the texts in the column of a field that are not blank."""
        if field not in self.fields:
            return []
        position = self.fields.index(field)
        return [row[position].text for row in self.rows if row[position].text]

    def name(self, field: str) -> str:
        """Return the name of the column of a field."""
        return self.names[self.fields.index(field)]


Lines = list[dict[str, Cell]]
"""Lines of orders: the cell of each field."""


def order_lines(table: Table, styles: Styles, chance: Random) -> Lines:
    """Return a line for each order."""
    code = chance.choice([table.currency, table.currency, table.currency.lower()])
    zeros = chance.random() < 0.3
    return [_line(order, table, styles, code, zeros=zeros) for order in table.orders]


def _line(order: Order, table: Table, styles: Styles, code: str, *, zeros: bool) -> dict[str, Cell]:
    """Return the line of an order; without `zeros`, no refund is a blank cell."""
    cells = {
        "order_id": Cell(order.order_id),
        "date": Cell(styles.date.text(order.date), order.date),
        "currency": Cell(code),
        "tier": Cell(order.tier),
        "trigger": Cell(order.trigger),
        "status": Cell(order.status),
        "member": Cell(order.member),
        "refund": Cell(styles.refund.text(order.refund) if order.refund or zeros else "", order.refund),
    }
    amount = Cell(styles.amount.text(order.amount), order.amount)
    return {"amount": amount, **{name: cell for name, cell in cells.items() if name in table.fields}}


class Splitting(NamedTuple):
    """Split of orders into lines: what a line is, and what is blank in all but the first one."""

    lines: LineKind
    blank: frozenset[str]


def random_splitting(table: Table, chance: Random) -> Splitting:
    """Return a random way to split orders into lines."""
    kind = chance.choice([*LineKind])
    others = [*table.fields - {"order_id"}, *(["amount"] if kind is LineKind.ORDERS else [])]
    blank = {name for name in others if chance.random() < 0.5}
    if chance.random() < 0.3:
        blank = {*others, "order_id"}
    return Splitting(kind, frozenset(blank - ({"refund"} if kind is LineKind.ITEMS else set())))


def split_lines(lines: Lines, splitting: Splitting, styles: Styles, chance: Random) -> list[Lines]:
    """Return the lines of each order, split into up to four lines."""
    return [_split_line(line, splitting, styles, chance) for line in lines]


def _split_line(line: dict[str, Cell], splitting: Splitting, styles: Styles, chance: Random) -> Lines:
    """Return the lines of one order."""
    count = chance.choice([1, 1, 2, 3, 4])
    found = [
        {name: Cell("") if i and name in splitting.blank else cell for name, cell in line.items()}
        for i in range(count)
    ]
    if splitting.lines is LineKind.ITEMS:
        for field, style in (("amount", styles.amount), ("refund", styles.refund)):
            value = line[field].value if field in line else None
            if isinstance(value, Decimal):
                for one, part in zip(found, _parts(value, count, style, chance), strict=True):
                    one[field] = Cell(style.text(part), part)
    return found


def _parts(amount: Decimal, count: int, style: AmountStyle, chance: Random) -> list[Decimal]:
    """Return amounts that add up to an amount."""
    unit = Decimal(1).scaleb(-style.digits)
    parts: list[Decimal] = []
    for _ in range(count - 1):
        parts.append(min(amount, unit * chance.randrange(int(amount / unit) + 1)))
        amount -= parts[-1]
    return [*parts, amount]


def total_line(lines: Lines, orders: Sequence[Order], label: str, styles: Styles) -> dict[str, Cell] | None:
    """Return a line with the sums of others; None for orders without an id or a date, which has the label."""
    field = next((name for name in ("order_id", "date") if name in lines[0]), None)
    if field is None:
        return None
    total = dict.fromkeys(lines[0], Cell(""))
    amount, refund = (
        sum((getattr(one, name) for one in orders), Decimal(0)) for name in ("amount", "refund")
    )
    total |= {field: Cell(label), "amount": Cell(styles.amount.text(amount), amount)}
    if "refund" in total:
        total["refund"] = Cell(styles.refund.text(refund), refund)
    return total


def random_names(table: Table, chance: Random) -> dict[str, str]:
    """Return a random name for the column of each field."""
    return {field: chance.choice(NAMES[field]) for field in ("amount", *sorted(table.fields))}


def cased(name: str, chance: Random) -> str:
    """Return the name of a column in another case, or as it is."""
    return chance.choice([name, name, name.upper(), name.lower(), name.replace("_", " ").title()])


def sheet(
    lines: Lines, total: dict[str, Cell] | None, names: Mapping[str, str], chance: Random, *, padding: int = 0
) -> Sheet:
    """Return lines and a total line as a sheet, with the columns in random sequence, and columns that are not used.

    `padding` is the length of a text in each row, so that the rows fill more than the first part of a file.
    """
    unused = chance.sample(UNUSED, chance.choice([0, 0, 1, 2, 4])) + [""] * chance.choice([0, 0, 0, 1])
    columns = [*names.items(), *(("", name) for name in unused)]
    if padding:
        columns.append(("padding", "padding"))
        lines = [{**line, "padding": Cell("z" * padding)} for line in lines]
        total = total and {**total, "padding": Cell("")}
    chance.shuffle(columns)
    if len(columns) > 1 and not columns[-1][1]:
        columns.insert(0, columns.pop())  # an unnamed last column looks like a stray separator
    # Without ids and dates, a line with such a text in any column is a total.
    texts = TEXTS if names.keys() & {"order_id", "date"} else [one.replace("Total", "ok") for one in TEXTS]
    rows = [[_cell(line, field, texts, chance) for field, _ in columns] for line in lines]
    rows += [[_cell(total, field, [""], chance) for field, _ in columns]] if total else []
    return Sheet([field for field, _ in columns], [name for _, name in columns], rows)


def _cell(line: dict[str, Cell], field: str, texts: Sequence[str], chance: Random) -> Cell:
    """Return the cell of a line for a field, or one with a random text for a column that is not used."""
    return line[field] if field else Cell(chance.choice(texts))
