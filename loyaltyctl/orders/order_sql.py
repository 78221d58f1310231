"""SQL for the orders of files: it maps the columns of each file to the columns of the order table.

amount      the amount, exact; null if it is unreadable
refunded    what was given back, if the file has it in a column; null if nothing was
month       the month of the date; null if the date is unreadable
day         if the mode asks for it: the day of the date, or its month if it has no day
excluded    why the order does not count by the description of its source; empty if it counts
doubtful    whether the amount has two readings
split       whether the order has items in several files
late        whether the order has a column that the first orders of a large JSONL file do not have
currency, member, …   the text of each other field; null if a file has no column for it

Where the lines of a file are items, they are grouped to orders here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.model.triggers import TRIGGER_BY_APP
from loyaltyctl.orders import list_members
from loyaltyctl.orders.file_sql import FILE_NAME, Reader
from loyaltyctl.orders.quoting import literal, select_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.roles import ColumnCondition, Term

MAX_LABEL = 40
"""Number of characters to which the value is cut for which an order does not count."""
RESTAURANT_TRIGGERS = ("restaurants-order-is-pending", "wix_restaurants_orders-order_submitted")
"""Triggers for which the vendor documents that the subtotal earns points."""
FILLED_ID = "coalesce(last_value(nullif(order_id, '') IGNORE NULLS) OVER (ORDER BY n), '')"
"""SQL for the order id of a line; a blank one is that of the nearest line above it that has one."""
_PLAIN_FIELDS = (
    OrderField.CURRENCY,
    OrderField.MEMBER,
    OrderField.TIER,
    OrderField.ORDER_ID,
    OrderField.STATUS,
)
"""Fields whose text in a file is their text in the order table."""
_NOTHING = "NULL::DECIMAL(18, 6)"
"""SQL for the refund of an order in a file without refunds."""


def read_all(files: Sequence[OrderFile], mode: ReadMode) -> list[str]:
    """Return the SQL that reads all order files: a query for each batch of files with the same columns."""
    return [OrderQuery(Reader(batch, mode)).orders() for batch in _batches(files, mode)]


def is_one_group(files: Sequence[OrderFile], mode: ReadMode) -> bool:
    """Return whether one query makes all orders of lines with the same id, so that no id is repeated."""
    roles = files[0].roles
    return roles.is_grouped and not roles.refund_lines and len(_batches(files, mode)) == 1


def _batches(files: Sequence[OrderFile], mode: ReadMode) -> list[list[OrderFile]]:
    """Return order files in batches: one query reads the files of a batch."""
    batches: dict[object, list[OrderFile]] = {}
    for file in files:
        # Lines that continue an order must not continue one of another file.
        key = file.readable.path if mode.filled and file.roles.is_grouped else file.batch
        batches.setdefault(key, []).append(file)
    return [*batches.values()]


def count_unnamed_lines(files: Sequence[OrderFile], mode: ReadMode) -> str | None:
    """Return the SQL that counts the lines without an order id in files in which several lines are one order.

    Returns None if there are no such files.
    """
    queries: list[str] = []
    for file in files:
        if file.roles.is_grouped:
            reader = Reader([file], mode)
            is_unnamed = f"coalesce({reader.field_text(OrderField.ORDER_ID)}, '') = ''"
            queries.append(f"SELECT count_if({is_unnamed}) AS lines FROM {reader.source()}")
    return f"SELECT sum(lines) FROM ({' UNION ALL '.join(queries)})" if queries else None


class OrderQuery(NamedTuple):
    """Writer of the SQL for the orders of one batch of files, from their columns."""

    reader: Reader

    def orders(self) -> str:
        """Return the SQL for the orders of the batch, with the columns of the order table."""
        if self.reader.file.roles.is_grouped:
            return self._grouped_orders()
        return f"SELECT {select_list(self.order_columns())} FROM {self.reader.source()}"

    def order_columns(self) -> dict[str, str]:
        """Return the SQL for the columns of the order table, for files in which each line is an order."""
        roles = self.reader.file.roles
        amount = self._line_amount(roles.amount)
        trigger = self._trigger()
        if roles.subtotal:
            amount = _by_trigger(trigger, self._line_amount(roles.subtotal), amount)
        refunded = self._line_refund()
        columns = {
            "amount": amount if refunded == _NOTHING else self._with_readable_refund(amount),
            "refunded": refunded,
            "month": self.reader.month(self.reader.field_text(OrderField.DATE)),
            "trigger": trigger,
            "excluded": self._excluded(
                [self.reader.text(one.position) for one in roles.conditions],
                trigger,
                self._line_amount(roles.amount),
            ),
        }
        if self.reader.mode.days:
            columns["day"] = self.reader.day(self.reader.field_text(OrderField.DATE))
        columns |= {field.column: self.reader.field_text(field) for field in _PLAIN_FIELDS}
        return columns | {
            "doubtful": self.reader.doubtful(),
            "late": self.reader.late(),
            "split": "false",
        }

    def _line_refund(self) -> str:
        """Return the SQL for what was given back for the order in a line; null if nothing was."""
        roles = self.reader.file.roles
        if roles.refund:
            return f"abs({self.reader.number(roles.refund.position)})"
        if roles.adjusted:
            adjusted = self.reader.number(roles.adjusted.position)
            total = self._line_amount(roles.adjusted_from)
            decimal = self.reader.mode.amounts.decimal
            return f"(CASE WHEN {adjusted} <> 0 THEN {total} - {adjusted} END)::{decimal}"
        return _NOTHING

    def _with_readable_refund(self, amount: str) -> str:
        """Return the SQL for the amount of an order; null too if its refund is unreadable."""
        roles = self.reader.file.roles
        terms = [*filter(None, [roles.refund, roles.adjusted]), *roles.adjusted_from]
        bad = " OR ".join(self.reader.is_unreadable(term.position) for term in terms)
        return f"CASE WHEN {bad} THEN NULL ELSE {amount} END"

    def _line_amount(self, terms: Sequence[Term]) -> str:
        """Return the SQL for an amount of several terms in one line; null if one is unreadable."""
        first, *others = terms
        amount = self.reader.number(first.position)
        for term in others:
            is_blank, number = self.reader.is_blank(term.position), self.reader.number(term.position)
            sign = "+" if term.sign > 0 else "-"
            amount += f" {sign} CASE WHEN {is_blank} THEN 0 ELSE {number} END"
        return f"({amount})::{self.reader.mode.amounts.decimal}" if others else amount

    def _trigger(self) -> str:
        """Return the SQL for the trigger of an order: from its column, or from the apps of its lines.

        It is empty if the apps have several triggers, or none that is known.
        """
        if self.reader.mode.trigger is not None:
            return literal(self.reader.mode.trigger)
        if self.reader.file.roles.columns(OrderField.TRIGGER):
            return self.reader.field_text(OrderField.TRIGGER)
        apps = self.reader.file.roles.apps
        if apps is None:
            return literal(self.reader.mode.rest_trigger)
        triggers = ", ".join(f"{literal(app)}: {literal(one)}" for app, one in TRIGGER_BY_APP.items())
        texts = list_members.item_texts_sql(self.reader.column(apps), self.reader.file.names[apps])
        ids = f"list_distinct({texts})"
        found = (
            f"list_distinct(list_transform({ids}, lambda app: coalesce(MAP {{{triggers}}}[lower(app)], '')))"
        )
        return f"CASE WHEN len({found}) = 1 THEN {found}[1] ELSE '' END"

    def _excluded(self, texts: Sequence[str], trigger: str, amount: str | None = None) -> str:
        """Return the SQL for why an order does not count; empty if it does.

        `texts` has the SQL for the text of the column of each exclusion, `trigger` that of the trigger, and
        `amount` that of the amount if each line is an order: its sign must be that of a refund, or of none.
        """
        names = self.reader.file.names
        whens = [
            f"WHEN {_fails_sql(one, text, trigger)} THEN {_failure_label_sql(one, names[one.position], text)}"
            for one, text in zip(self.reader.file.roles.conditions, texts, strict=True)
        ]
        refund = self.reader.file.roles.refund_lines
        if refund and amount:
            label = _failure_label_sql(refund, names[refund.position], self.reader.text(refund.position))
            is_refund = self._is_refund_line()
            is_other_sign = f"({amount}) < 0 AND NOT ({is_refund}) OR ({amount}) > 0 AND ({is_refund})"
            whens.append(f"WHEN {is_other_sign} THEN {label}")
        return f"CASE {' '.join(whens)} ELSE '' END" if whens else "''"

    def currencies(self, where: str) -> str:
        """Return the SQL for the currencies of the lines that meet a condition on the order table."""
        roles = self.reader.file.roles
        texts = [self.reader.text(one.position) for one in roles.conditions]
        amount = None if roles.is_grouped else self._line_amount(roles.amount)
        columns = {
            **{field.column: self.reader.field_text(field) for field in _PLAIN_FIELDS},
            "excluded": self._excluded(texts, self._trigger(), amount),
        }
        lines = f"SELECT {select_list(columns)} FROM {self.reader.source()}"
        return f"SELECT upper(currency) FROM ({lines}) WHERE excluded = '' AND currency <> '' AND {where}"

    def _grouped_orders(self) -> str:
        """Return the SQL for the orders of files in which several lines may be one order.

        Amounts of items are summed. All other columns have values of the order, on each of its lines or only
        on one; an order with different values has no readable amount.
        """
        roles = self.reader.file.roles
        numbers = {term.position: _grouped_number(term) for term in roles.amount_terms}
        amount = self._sum_of(roles.amount, numbers)
        if roles.subtotal:
            amount = _by_trigger("max(trigger)", self._sum_of(roles.subtotal, numbers), amount)
        bad = [f"bool_or(bad{term.position}) OR {_differs(term)}" for term in roles.amount_terms]
        if roles.columns(OrderField.CURRENCY):
            bad.append(self._mixed_currencies())
        amount = f"CASE WHEN {' OR '.join(bad)} THEN NULL ELSE {amount} END"
        columns = {
            "amount": f"({amount})::{self.reader.mode.amounts.decimal}",
            "refunded": self._grouped_refund(numbers),
            "month": f"CASE WHEN {self._undated()} THEN NULL ELSE max(month) END",
            "trigger": "max(trigger)",
            "excluded": self._excluded([f"max(x{one.position})" for one in roles.conditions], "max(trigger)"),
            **{field.column: f"max({field.column})" for field in _PLAIN_FIELDS},
            "currency": self._grouped_currency(),
            "order_id": "order_id",
            "doubtful": "bool_or(doubtful)",
            "late": "bool_or(late)",
            "split": "min(file) <> max(file)" if self.reader.has_file_names else "false",
        }
        if self.reader.mode.days:
            columns["day"] = "CASE WHEN bool_or(undated) THEN NULL ELSE max(day) END"
        apart = ", is_refund" if roles.refund_lines else ""
        return f"SELECT {select_list(columns)} FROM ({self.lines()}) GROUP BY order_id{apart}"

    @property
    def _currency(self) -> str | None:
        """The SQL of the currency with which those of lines are compared; None if orders tell their own."""
        mode = self.reader.mode
        return literal(mode.currency) if mode.one_currency and mode.currency and not mode.days else None

    def _mixed_currencies(self) -> str:
        """Return the SQL condition that the lines of an order have different currencies."""
        if self._currency is None:
            return "min(nullif(currency, '')) <> max(currency)"
        return f"bool_or({_is_other(self._currency)}) AND bool_or(upper(currency) = {self._currency})"

    def _grouped_currency(self) -> str:
        """Return the SQL for the currency of a group of lines; `?` for another one, which is not kept.

        Comparing each line takes less time and memory than keeping a text for each order.
        """
        if self._currency is None:
            return "max(currency)"
        return (
            f"CASE WHEN bool_or({_is_other(self._currency)}) THEN '?' "
            f"WHEN bool_or(currency <> '') THEN {self._currency} ELSE '' END"
        )

    def _undated(self) -> str:
        """Return the SQL condition that a line of an order has a date that cannot be read.

        Before dates are converted, these are texts that do not begin with a digit. Comparing the dates of all
        lines would take a third of the time of the scan.
        """
        if self.reader.mode.by_day:
            return "bool_or(month <> '' AND month NOT BETWEEN '0' AND ':')"
        return "bool_or(undated)"

    def lines(self) -> str:
        """Return the SQL for the lines of the batch, before they are grouped to orders."""
        roles = self.reader.file.roles
        date = self.reader.field_text(OrderField.DATE)
        columns = {
            **{f"a{term.position}": self.reader.number(term.position) for term in roles.amount_terms},
            **{
                # The text is looked at only where there is no amount.
                f"bad{term.position}": f"CASE WHEN a{term.position} IS NULL "
                f"THEN NOT {self.reader.is_blank(term.position)} ELSE false END"
                for term in roles.amount_terms
            },
            **{f"x{one.position}": self.reader.text(one.position) for one in roles.conditions},
            "month": self.reader.month(date),
            "undated": f"{date} <> '' AND {self.reader.month(date)} IS NULL",
            "doubtful": self.reader.doubtful(),
            "late": self.reader.late(),
            "trigger": self._trigger(),
            "is_refund": self._is_refund_line(),
            **({"file": FILE_NAME} if self.reader.has_file_names else {}),
            **{field.column: self.reader.field_text(field) for field in _PLAIN_FIELDS},
        }
        if self.reader.mode.days:
            columns["day"] = self.reader.day(date)
        if not self.reader.mode.filled:
            return f"SELECT {select_list(columns)} FROM {self.reader.source()}"
        numbered = f"SELECT row_number() OVER () AS n, {select_list(columns)} FROM {self.reader.source()}"
        return f"SELECT * REPLACE ({FILLED_ID} AS order_id) FROM ({numbered})"

    def _is_refund_line(self) -> str:
        """Return the SQL condition that a line is a refund by the description of its source."""
        condition = self.reader.file.roles.refund_lines
        if condition is None:
            return "false"
        return f"NOT {_fails_sql(condition, self.reader.text(condition.position), literal(''))}"

    def _sum_of(self, terms: Sequence[Term], numbers: dict[int, str]) -> str:
        """Return the SQL for an amount of several terms in a group of lines; null without the first one."""
        first, *others = terms
        amount = numbers[first.position]
        for term in others:
            amount += f" {'+' if term.sign > 0 else '-'} coalesce({numbers[term.position]}, 0)"
        return amount

    def _grouped_refund(self, numbers: dict[int, str]) -> str:
        """Return the SQL for what was given back for a group of lines; null if nothing was."""
        roles = self.reader.file.roles
        decimal = self.reader.mode.amounts.decimal
        if roles.refund:
            return f"abs({numbers[roles.refund.position]})::{decimal}"
        if roles.adjusted:
            adjusted = numbers[roles.adjusted.position]
            total = self._sum_of(roles.adjusted_from, numbers)
            return f"(CASE WHEN {adjusted} <> 0 THEN {total} - {adjusted} END)::{decimal}"
        return _NOTHING


def _by_trigger(trigger: str, subtotal: str, amount: str) -> str:
    """Return the SQL for the amount of an order: the subtotal for restaurant triggers, else `amount`."""
    triggers = ", ".join(map(literal, RESTAURANT_TRIGGERS))
    return f"CASE WHEN {trigger} IN ({triggers}) THEN {subtotal} ELSE {amount} END"


def _grouped_number(term: Term) -> str:
    """Return the SQL for a term of an amount in a group of lines: a sum, or the value that all lines have."""
    name = f"a{term.position}"
    return f"sum({name})" if term.is_per_line else f"max({name})"


def _is_other(currency: str) -> str:
    """Return the SQL condition that a line has another currency."""
    return f"currency NOT IN ('', {currency}) AND upper(currency) <> {currency}"


def _differs(term: Term) -> str:
    """Return the SQL condition that the lines of an order have different values of an amount of the order."""
    name = f"a{term.position}"
    return "false" if term.is_per_line else f"coalesce(min({name}) <> max({name}), false)"


def _fails_sql(one: ColumnCondition, text: str, trigger: str) -> str:
    """Return the SQL condition that a condition on a column does not hold; `text` is its text as SQL."""
    value = f"lower(trim(coalesce({text}, '')))"
    conditions = []
    # DuckDB and Python convert İ and Σ to different lower case: one of them must convert both sides.
    one_of, none_of = (
        ", ".join(f"lower({literal(value)})" for value in values) for values in (one.one_of, one.none_of)
    )
    if one_of:
        conditions.append(f"{value} NOT IN ({one_of})")
    if none_of:
        conditions.append(f"{value} IN ({none_of})")
    condition = f"({' OR '.join(conditions)})"
    if one.not_for:
        condition += f" AND {trigger} NOT IN ({', '.join(map(literal, one.not_for))})"
    return condition


def _failure_label_sql(one: ColumnCondition, name: str, text: str) -> str:
    """Return the SQL for why an order does not count: the column, and its value: `Status: voided`."""
    if one.one_of == ("",):
        return literal(f"{name}: not blank")
    value = f"lower(left(trim(coalesce({text}, '')), {MAX_LABEL}))"
    return f"{literal(name + ': ')} || CASE WHEN {value} = '' THEN 'blank' ELSE {value} END"
