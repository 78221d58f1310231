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
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.model.triggers import TRIGGER_BY_APP
from loyaltyctl.orders import list_members
from loyaltyctl.orders.quoting import literal, select_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.file_sql import Reader
    from loyaltyctl.orders.roles import ColumnCondition, Term

MAX_LABEL = 40
"""Number of characters to which the value is cut for which an order does not count."""
RESTAURANT_TRIGGERS = ("restaurants-order-is-pending", "wix_restaurants_orders-order_submitted")
"""Triggers for which the vendor documents that the subtotal earns points."""
PLAIN_FIELDS = (
    OrderField.CURRENCY,
    OrderField.MEMBER,
    OrderField.TIER,
    OrderField.ORDER_ID,
    OrderField.STATUS,
)
"""Fields whose text in a file is their text in the order table."""
NO_REFUND = "NULL::DECIMAL(18, 6)"
"""SQL for the refund of an order in a file without refunds."""


class OrderQuery(NamedTuple):
    """Writer of the SQL for the orders of one batch of files, from their columns."""

    reader: Reader

    def orders(self) -> str:
        """Return the SQL for the orders of the batch, with the columns of the order table."""
        return f"SELECT {select_list(self.order_columns())} FROM {self.reader.source()}"

    def order_columns(self) -> dict[str, str]:
        """Return the SQL for the columns of the order table, for files in which each line is an order."""
        roles = self.reader.file.roles
        amount = self._line_amount(roles.amount)
        trigger = self._trigger()
        if roles.subtotal:
            amount = by_trigger(trigger, self._line_amount(roles.subtotal), amount)
        refunded = self._line_refund()
        columns = {
            "amount": amount if refunded == NO_REFUND else self._with_readable_refund(amount),
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
        columns |= {field.column: self.reader.field_text(field) for field in PLAIN_FIELDS}
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
            return self._fitting(f"CASE WHEN {adjusted} <> 0 THEN {total} - {adjusted} END")
        return NO_REFUND

    def _fitting(self, amount: str) -> str:
        """Return the SQL for a calculated amount; null if it has too many digits for the order table."""
        return f"TRY_CAST({amount} AS {self.reader.mode.amounts.decimal})"

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
        return self._fitting(amount) if others else amount

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
            f"WHEN {fails_sql(one, text, trigger)} THEN {_failure_label_sql(one, names[one.position], text)}"
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
        if roles.is_grouped:
            texts = [self.reader.text(one.position) for one in roles.conditions]
            columns = {
                **{field.column: self.reader.field_text(field) for field in PLAIN_FIELDS},
                "excluded": self._excluded(texts, self._trigger()),
            }
        else:
            columns = self.order_columns()
        lines = f"SELECT {select_list(columns)} FROM {self.reader.source()}"
        return f"SELECT upper(currency) FROM ({lines}) WHERE excluded = '' AND currency <> '' AND {where}"

    def _is_refund_line(self) -> str:
        """Return the SQL condition that a line is a refund by the description of its source."""
        condition = self.reader.file.roles.refund_lines
        if condition is None:
            return "false"
        return f"NOT {fails_sql(condition, self.reader.text(condition.position), literal(''))}"


def by_trigger(trigger: str, subtotal: str, amount: str) -> str:
    """Return the SQL for the amount of an order: the subtotal for restaurant triggers, else `amount`."""
    triggers = ", ".join(map(literal, RESTAURANT_TRIGGERS))
    return f"CASE WHEN {trigger} IN ({triggers}) THEN {subtotal} ELSE {amount} END"


def fails_sql(one: ColumnCondition, text: str, trigger: str) -> str:
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
