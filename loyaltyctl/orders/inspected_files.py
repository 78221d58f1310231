"""Describe one order file for an inspection: its export, and the roles and forms of its columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs import orders as outputs
from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.readable import Layout
from loyaltyctl.orders.engine import Engine
from loyaltyctl.orders.files import locate
from loyaltyctl.orders.forms.amounts import AmountForm
from loyaltyctl.orders.opening import open_columns
from loyaltyctl.orders.roles import Roles, match_columns
from loyaltyctl.orders.sources.descriptions import PLAIN, read_catalog
from loyaltyctl.orders.sources.recognition import identifying_columns
from loyaltyctl.orders.sources.resolution import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.orders.column_forms import Question
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.order_rows import OrderRows
    from loyaltyctl.orders.selection import Selection

EXAMPLE_LINES = 20
"""Number of lines in which an example of a column is looked for."""
MAX_EXAMPLE = 60
"""Number of characters to which an example is cut."""
_SEPARATORS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe"}


def amount_text(amount: object) -> str:
    """Return the text of an amount with at least two decimals, exact: `12.50`."""
    value = Decimal(str(amount)).normalize()
    exponent = value.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return f"{value:.{max(digits, 2)}f}"


def unclear_files(selection: Selection) -> list[outputs.InspectedFile]:
    """Return the files whose roles are not all clear. Raises InvalidData if one cannot be read at all."""
    located = locate(selection.files, selection.named)
    engine = Engine([one.path for one in located])
    try:
        files = [_with_clear_roles(file, selection) for file in open_columns(engine, located, selection)]
    finally:
        engine.close()
    return [described(file, selection, None, (), counts=False) for file in files]


def _with_clear_roles(file: OrderFile, selection: Selection) -> OrderFile:
    """Return an order file with the roles of its columns; without a source if they are not clear."""
    try:
        return file._replace(roles=match_columns(file.names, selection, file.name))
    except InvalidData:
        return file._replace(roles=Roles(source=""))


def described(
    file: OrderFile,
    selection: Selection,
    orders: OrderRows | None,
    questions: Sequence[Question],
    *,
    counts: bool,
) -> outputs.InspectedFile:
    """Return what an order file is taken for.

    `orders` read the file; without them it has no examples. `counts` tells whether its lines are counted.
    """
    columns = [*_role_columns(file, orders)]
    used = {one.column for one in columns}
    is_csv = file.layout is Layout.CSV and file.readable.unit == "line"
    return outputs.InspectedFile(
        file=file.name,
        source=file.roles.source or None,
        title=file.roles.title or None,
        reason=_reason(file, selection),
        container=[*file.readable.kinds],
        encoding=file.readable.encoding,
        separator=_SEPARATORS.get(file.separator, file.separator) if is_csv else None,
        header_line=file.header_line if is_csv else None,
        lines=orders.count_lines(file) if counts and orders else None,
        columns=columns,
        amounts=[*_base_columns(file, selection)],
        forms=[*_forms(file, orders, questions)],
        others=[name for name in file.names if name and name not in used],
        notes=[*file.readable.notes],
    )


def _reason(file: OrderFile, selection: Selection) -> str:
    """Return why an order file is taken for its export."""
    if selection.reading.source:
        return "given by --source"
    if not file.roles.source:
        return "its columns are not clear"
    if file.roles.source == PLAIN:
        return "no known export has its columns"
    found = identifying_columns(file.names, read_catalog()[file.roles.source])
    return f"it has the columns {', '.join(found)}"


def _positions(file: OrderFile) -> Iterator[tuple[str, int]]:
    """Yield the roles in an order file, with the position of each column that has one."""
    roles = file.roles
    for term in roles.amount:
        yield OrderField.AMOUNT, term.position
    for field, positions in roles.fields:
        for position in positions:
            yield field, position
    for role, found in (("refund", roles.refund), ("adjusted", roles.adjusted)):
        if found:
            yield role, found.position
    if roles.apps is not None:
        yield "apps", roles.apps
    for one in (*roles.conditions, *filter(None, [roles.refund_lines])):
        yield "condition", one.position


def _role_columns(file: OrderFile, orders: OrderRows | None) -> Iterator[outputs.RoleColumn]:
    """Yield the columns of an order file that have roles, with examples; the member has none."""
    found = [*dict.fromkeys(_positions(file))]
    positions = [*dict.fromkeys(position for _, position in found)]
    rows = [[row[position] for position in positions] for row in file.sample]
    if file.layout is Layout.PARQUET and orders and positions:  # it has no sample
        rows = [[*row] for row in orders.examples(file, positions, EXAMPLE_LINES)]
    members = file.roles.columns(OrderField.MEMBER)
    for role, position in found:
        texts = (str(row[positions.index(position)] or "") for row in rows)
        example = next((text for text in texts if text.strip()), "")
        is_private = position in members or "@" in example
        yield outputs.RoleColumn(
            str(role), file.names[position], None if is_private or not example else example[:MAX_EXAMPLE]
        )


def _base_columns(file: OrderFile, selection: Selection) -> Iterator[outputs.BaseColumns]:
    """Yield the columns of each amount that an order file has by the description of its export."""
    if not file.roles.source:
        return
    catalog = read_catalog()
    source = selection.reading.source or catalog[file.roles.source]
    chosen = OrderField.AMOUNT in selection.columns
    for base, amount in resolve(source, [*enumerate(file.names)], catalog[PLAIN]).amounts.items():
        yield outputs.BaseColumns(
            base,
            [column.name for column in amount.add],
            [column.name for column in amount.subtract],
            used=base == file.roles.base and not chosen,
        )


def _forms(
    file: OrderFile, orders: OrderRows | None, questions: Sequence[Question]
) -> Iterator[outputs.ColumnForm]:
    """Yield the forms of the amounts and dates in an order file; those in question have none."""
    asked = {question.column: question for question in questions}
    has_clear_amounts = all(question.has_dates for question in questions)
    for one in orders.forms.of(file) if orders else ():
        name = file.names[one.position]
        # The answer that the inspection has made up for one column is the decimal mark of all.
        is_clear = has_clear_amounts or not (isinstance(one.form, AmountForm) and one.form.grouped)
        if name not in asked:
            yield outputs.ColumnForm(name, one.form.words if is_clear else None, one.example or None)
    for name, question in asked.items():
        if name in file.names:
            yield outputs.ColumnForm(name, None, question.example)
