"""SQL for the orders of files in which several lines may be one order, such as those of items.

Amounts of items are summed. All other columns have values of the order, on each of its lines or only on one;
an order with different values has no readable amount.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.orders.file_sql import FILE_NAME
from loyaltyctl.orders.order_sql import NO_REFUND, PLAIN_FIELDS, OrderQuery, by_trigger, fails_sql
from loyaltyctl.orders.quoting import literal, select_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.roles import Term

FILLED_ID = "coalesce(last_value(nullif(order_id, '') IGNORE NULLS) OVER (ORDER BY n), '')"
"""SQL for the order id of a line; a blank one is that of the nearest line above it that has one."""
MAX_USUAL = 64
"""Maximum number of values that a column may have in the first lines to be grouped as an ENUM of them."""
UNDATED = "~"
"""Text in the place of a date that cannot be read; it is greater than the text of any date."""


class LineFlag(IntFlag):
    """Facts about a line of an order that concern the whole order, as the bits of a number."""

    UNREADABLE = 1
    """An amount in the line is unreadable."""
    CURRENCY = 2
    """The line has the currency of all orders."""
    OTHER_CURRENCY = 4
    """The line has another currency."""
    DOUBTFUL = 8
    """An amount in the line has two readings."""
    LATE = 16
    """The line has a column that the first orders of a large JSONL file do not have."""


class GroupQuery(OrderQuery):
    """Writer of the SQL for the orders of one batch of files, in which the lines of an order have its id."""

    def orders(self) -> str:
        """Return the SQL for the orders of the batch, with the columns of the order table."""
        roles = self.reader.file.roles
        numbers = {term.position: _grouped_number(term) for term in roles.amount_terms}
        amount = self._sum_of(roles.amount, numbers)
        if roles.subtotal:
            amount = by_trigger("max(trigger)", self._sum_of(roles.subtotal, numbers), amount)
        bad = [_has(LineFlag.UNREADABLE), *map(_differs, roles.amount_terms)]
        if roles.columns(OrderField.CURRENCY):
            bad.append(self._mixed_currencies())
        if roles.refund:
            limit = self.reader.mode.amounts.max_whole
            bad.append(f"coalesce(abs({numbers[roles.refund.position]}) >= {limit}, false)")
        columns = {
            "amount": self._fitting(f"CASE WHEN {' OR '.join(bad)} THEN NULL ELSE {amount} END"),
            "refunded": self._grouped_refund(numbers),
            "month": f"nullif(max(month), {literal(UNDATED)})",
            "trigger": "max(trigger)",
            "excluded": self._excluded(
                [self._grouped_text(f"x{one.position}", [one.position]) for one in roles.conditions],
                "max(trigger)",
            ),
            **{
                field.column: self._grouped_text(field.column, roles.columns(field)) for field in PLAIN_FIELDS
            },
            "currency": self._grouped_currency(),
            "order_id": "order_id",
            "doubtful": _has(LineFlag.DOUBTFUL),
            "late": _has(LineFlag.LATE),
            "split": "min(file) <> max(file)" if self.reader.has_file_names else "false",
        }
        if self.reader.mode.days:
            columns["day"] = f"nullif(max(day), {literal(UNDATED)})"
        apart = ", is_refund" if roles.refund_lines else ""
        apart += ", alone" if self.reader.mode.filled else ""
        return f"SELECT {select_list(columns)} FROM ({self.lines()}) GROUP BY order_id{apart}"

    @property
    def _currency(self) -> str | None:
        """The SQL of the currency with which those of lines are compared; None if orders tell their own."""
        mode = self.reader.mode
        return literal(mode.currency) if mode.one_currency and mode.currency and not mode.days else None

    def _mixed_currencies(self) -> str:
        """Return the SQL condition that the lines of an order have different currencies."""
        if self._currency is None:
            return "min(upper(nullif(currency, ''))) <> max(upper(currency))"
        return f"{_has(LineFlag.CURRENCY)} AND {_has(LineFlag.OTHER_CURRENCY)}"

    def _grouped_currency(self) -> str:
        """Return the SQL for the currency of a group of lines; `?` for another one, which is not kept."""
        if self._currency is None:
            return "max(currency)"
        other, own = _has(LineFlag.OTHER_CURRENCY), _has(LineFlag.CURRENCY)
        return f"CASE WHEN {other} THEN '?' WHEN {own} THEN {self._currency} ELSE '' END"

    def _grouped_text(self, column: str, positions: Sequence[int]) -> str:
        """Return the SQL for the text in a column of a group of lines: the greatest one."""
        values = self._usual_values(positions)
        if not values:
            return f"max({column})"
        usual = f"TRY_CAST({column} AS ENUM({', '.join(map(literal, values))}))"
        return f"greatest(max({usual})::VARCHAR, max(CASE WHEN {usual} IS NULL THEN {column} END))"

    def _usual_values(self, positions: Sequence[int]) -> list[str]:
        """Return the values that columns have in the first lines, sorted; none if there are too many.

        An ENUM of them keeps a number for each order, which takes less time and memory than a text.
        """
        rows = (row for file in self.reader.batch for row in file.sample)
        values = {row[position] for row in rows for position in positions}
        return sorted(values) if len(values) <= MAX_USUAL and not any("\0" in one for one in values) else []

    def _flags(self) -> str:
        """Return the SQL for the flags of a line (see LineFlag).

        One number for each order takes less time and memory than several truth values.
        """
        terms = self.reader.file.roles.amount_terms
        conditions = {
            # The text is looked at only where there is no amount.
            LineFlag.UNREADABLE: " OR ".join(
                f"CASE WHEN a{term.position} IS NULL THEN NOT {self.reader.is_blank(term.position)} END"
                for term in terms
            ),
            LineFlag.DOUBTFUL: self.reader.doubtful(),
            LineFlag.LATE: self.reader.late(),
        }
        flags = [f"CASE WHEN {one} THEN {flag} ELSE 0 END" for flag, one in conditions.items()]
        if own := self._currency:
            # The comparison without upper() decides for nearly all lines, and is faster.
            flags.append(
                f"CASE WHEN currency = {own} THEN {LineFlag.CURRENCY} "
                f"WHEN coalesce(currency, '') = '' THEN 0 "
                f"WHEN upper(currency) = {own} THEN {LineFlag.CURRENCY} ELSE {LineFlag.OTHER_CURRENCY} END"
            )
        return " | ".join(flags)

    def _date_of_line(self, read: str) -> str:
        """Return the SQL for a date of a line, read as `read`; UNDATED for one that cannot be read."""
        text = self.reader.field_text(OrderField.DATE)
        # Before dates are converted, those that cannot be read are texts that do not begin with a digit.
        bad = (
            f"{read} < '0' AND {read} <> ''"
            if self.reader.mode.by_day
            else f"{read} IS NULL AND {text} <> ''"
        )
        return f"CASE WHEN {bad} THEN {literal(UNDATED)} ELSE {read} END"

    def lines(self) -> str:
        """Return the SQL for the lines of the batch, before they are grouped to orders."""
        roles = self.reader.file.roles
        date = self.reader.field_text(OrderField.DATE)
        columns = {
            **{f"a{term.position}": self.reader.number(term.position) for term in roles.amount_terms},
            **{f"x{one.position}": self.reader.text(one.position) for one in roles.conditions},
            "month": self._date_of_line(self.reader.month(date)),
            "trigger": self._trigger(),
            "is_refund": self._is_refund_line(),
            **({"file": f"hash({FILE_NAME})"} if self.reader.has_file_names else {}),
            **{field.column: self.reader.field_text(field) for field in PLAIN_FIELDS},
            "flags": self._flags(),
        }
        if self.reader.mode.days:
            columns["day"] = self._date_of_line(self.reader.day(date))
        if not self.reader.mode.filled:
            return f"SELECT {select_list(columns)} FROM {self.reader.source()}"
        numbered = f"SELECT row_number() OVER () AS n, {select_list(columns)} FROM {self.reader.source()}"
        alone = f"CASE WHEN coalesce(order_id, '') = '' AND ({self._is_excluded_line()}) THEN n ELSE 0 END"
        filled = f"CASE WHEN alone = 0 THEN {FILLED_ID} ELSE '' END"
        return f"SELECT * REPLACE ({filled} AS order_id) FROM (SELECT *, {alone} AS alone FROM ({numbered}))"

    def _is_excluded_line(self) -> str:
        """Return the SQL condition that a line tells by itself that it does not count, such as a fee.

        Without an id, it continues no order.
        """
        return (
            " OR ".join(
                f"(x{one.position} <> '' AND {fails_sql(one, f'x{one.position}', 'trigger')})"
                for one in self.reader.file.roles.conditions
            )
            or "false"
        )

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
        if roles.refund:
            return self._fitting(f"abs({numbers[roles.refund.position]})")
        if roles.adjusted:
            adjusted = numbers[roles.adjusted.position]
            total = self._sum_of(roles.adjusted_from, numbers)
            return self._fitting(f"CASE WHEN {adjusted} <> 0 THEN {total} - {adjusted} END")
        return NO_REFUND


def _grouped_number(term: Term) -> str:
    """Return the SQL for a term of an amount in a group of lines: a sum, or the value that all lines have."""
    name = f"a{term.position}"
    return f"sum({name})" if term.is_per_line else f"max({name})"


def _has(flag: LineFlag) -> str:
    """Return the SQL condition that a line of a group has a flag."""
    return f"bit_or(flags) & {flag} <> 0"


def _differs(term: Term) -> str:
    """Return the SQL condition that the lines of an order have different values of an amount of the order."""
    name = f"a{term.position}"
    return "false" if term.is_per_line else f"coalesce(min({name}) <> max({name}), false)"
