"""Input of order sources: the description of an export, by which its lines are read as orders.

The built-in descriptions (`orders/sources/catalog`) have the same form as one's own, `--source FILE.yaml`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted


class Lines(InlineEnum):
    """Kind of the lines of an export: each is an order, or an item of an order."""

    ORDERS = "orders"
    ITEMS = "items"


class AmountBase(InlineEnum):
    """Amount of an order that earns points."""

    TOTAL = "total"
    SUBTOTAL = "subtotal"
    ITEMS = "items"


class Decimal(InlineEnum):
    """Decimal mark of amounts."""

    POINT = "point"
    COMMA = "comma"


class DateOrder(InlineEnum):
    """Order of day, month and year in dates."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class AmountUnit(InlineEnum):
    """Unit of amounts: 19.90 in major units is 1990 in minor units."""

    MAJOR = "major"
    MINOR = "minor"


class Columns(NamedTuple):
    """Columns of an export by their role. Case, blanks and punctuation in names are ignored.

    A member of JSON is named by its path, such as priceSummary.total.amount.
    """

    order_id: Annotated[list[str] | Omitted, "The id or number of the order."] = OMITTED
    date: Annotated[
        list[str] | Omitted, "Its date; where the first column is blank, the next one is read."
    ] = OMITTED
    currency: Annotated[list[str] | Omitted, "Its currency."] = OMITTED
    status: Annotated[list[str] | Omitted, "Its status, for --status."] = OMITTED
    member: Annotated[list[str] | Omitted, "The customer."] = OMITTED
    tier: Annotated[list[str] | Omitted, "The tier of the customer."] = OMITTED
    trigger: Annotated[list[str] | Omitted, "The trigger."] = OMITTED
    refund: Annotated[list[str] | Omitted, "The amount that was given back, whatever its sign."] = OMITTED
    adjusted: Annotated[
        list[str] | Omitted, "The total after refunds; blank or 0 if nothing was given back."
    ] = OMITTED
    apps: Annotated[
        list[str] | Omitted, "In JSON: the path of the ids of the apps that sold the lines, such as a[].b."
    ] = OMITTED


class Amount(NamedTuple):
    """Amount of an order, calculated from columns. All of them must be in the file.

    The first column to add must not be blank; a blank cell in the others is 0.
    """

    add: Annotated[list[str], "Columns that are added."]
    subtract: Annotated[list[str] | Omitted, "Columns that are subtracted."] = OMITTED


class Amounts(NamedTuple):
    """Amounts of an order. Of several alternatives, the first whose columns are all in the file is used."""

    total: Annotated[list[Amount] | Omitted, "The amount that the customer pays."] = OMITTED
    subtotal: Annotated[
        list[Amount] | Omitted, "All items before discounts, without shipping, fees and tax."
    ] = OMITTED
    items: Annotated[list[Amount] | Omitted, "All items after discounts, without shipping, fees and tax."] = (
        OMITTED
    )


class Condition(NamedTuple):
    """Condition for an order to count, on one column. It is ignored if the file lacks the column.

    Values are compared without case and surrounding blanks; "" is a blank cell.
    """

    column: Annotated[str, "The column."]
    one_of: Annotated[list[str] | Omitted, "Values with which an order counts."] = OMITTED
    none_of: Annotated[list[str] | Omitted, "Values with which it does not."] = OMITTED
    not_for: Annotated[list[str] | Omitted, "Triggers whose orders count without this condition."] = OMITTED


class Forms(NamedTuple):
    """Forms of values, for columns whose values have two readings."""

    decimal: Annotated[Decimal | Omitted, "The decimal mark: point or comma."] = OMITTED
    date_order: Annotated[DateOrder | Omitted, "The order in dates: dmy, mdy or ymd."] = OMITTED
    amount_unit: Annotated[AmountUnit | Omitted, "The unit of amounts: major, or minor such as cents."] = (
        OMITTED
    )


class OrderSource(NamedTuple):
    """Description of an export of orders."""

    name: Annotated[str, "Its name for --source, such as shopify."]
    title: Annotated[str, "Its name for people, such as Shopify orders export."]
    columns: Annotated[Columns, "The columns by their role."]
    amounts: Annotated[Amounts, "The amounts of an order."]
    recognized_by: Annotated[
        list[list[str]] | Omitted,
        "Sets of columns: without --source, a file that has all columns of one set is this export.",
    ] = OMITTED
    not_with: Annotated[list[str] | Omitted, "Columns that no file of this export has."] = OMITTED
    lines: Annotated[Lines | Omitted, "Kind of its lines: orders (default), or items of orders."] = OMITTED
    per_line: Annotated[
        list[str] | Omitted,
        "Of lines that are items: columns with amounts of that item, which are summed. All other columns "
        "have values of the order: on each of its lines, or only on one.",
    ] = OMITTED
    refund_lines: Annotated[
        list[Condition] | Omitted,
        "Lines of refunds, by the first of these columns that the file has. Items of refunds are kept apart "
        "from the order. If lines are orders, those of refunds have negative amounts, and others positive "
        "ones; a line with the wrong sign does not count.",
    ] = OMITTED
    counted: Annotated[list[Condition] | Omitted, "Conditions that all must hold for an order to count."] = (
        OMITTED
    )
    forms: Annotated[Forms | Omitted, "The usual forms of its values."] = OMITTED
