"""Totals of a backtest: the points of all orders and of groups, queried from the table `sums`.

The scan has summed rounded points. Points without rounding are calculated here, by the formula for one
order. It is linear, so it also applies to the total amount of each kind of orders.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.backtest.kinds import earnings_of_kind
from loyaltyctl.backtest.request import Key
from loyaltyctl.backtest.result import Group, Refunds
from loyaltyctl.backtest.summary import point_columns
from loyaltyctl.orders.quoting import literal
from loyaltyctl.points.formulas import Rounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.backtest.kinds import Kind, Kinds
    from loyaltyctl.backtest.request import BacktestRequest
    from loyaltyctl.orders.table import OrderTable
    from loyaltyctl.points.awards import Schedule


_PURCHASES = "coalesce(sum({}) FILTER (NOT refund), 0)"
"""SQL for a sum over the orders of a group without the refunds, which are no orders."""


class _RulePart(NamedTuple):
    """Part of the rules that gets its own totals: the rules with one name, or all rules.

    `name` is None for all rules. For each rule set, `positions` has the indexes of its rules in this part.
    """

    name: str | None
    positions: Sequence[Sequence[int]]


class Totals(NamedTuple):
    """Totals of a backtest, queried from the order table after the scan."""

    table: OrderTable
    request: BacktestRequest
    kinds: Kinds

    def count_by_kind(self) -> dict[Kind, int]:
        """Return the total number of counted orders of each kind, 0 if there are none."""
        query = f"SELECT kind, sum(rows) FROM sums WHERE {self.table.counted} AND NOT refund GROUP BY 1"
        found = {int(kind): int(count) for kind, count in self.table.rows(query)}
        return {kind: found.get(i, 0) for i, kind in enumerate(self.kinds.all)}

    def refunds(self) -> Refunds:
        """Return the number and the sum of the refunds."""
        query = f"SELECT sum(rows), sum(-amount) FROM sums WHERE {self.table.counted} AND refund"
        ((count, amount),) = self.table.rows(query)
        return Refunds(int(count or 0), Fraction(amount or 0))

    def total(self) -> Group:
        """Return the totals of all orders together."""
        if self.request.rounding is Rounding.EXACT:
            return self.exact()
        (row,) = self.table.rows(self._groups_query(self._all_rules, ()))
        return self._group_from_row(row, ())

    def exact(self) -> Group:
        """Return the totals of all orders together, with points before rounding."""
        return next(iter(self._unrounded_groups([self._all_rules], ())), self._no_orders)

    def groups(self) -> tuple[list[Group], int]:
        """Return the totals of the groups, at most as many as requested, and the number of all groups."""
        by = self.request.by
        if not by:
            return [self.total()], 1
        if self.request.rounding is Rounding.EXACT:
            return self._first_groups(self._unrounded_groups(self._rule_parts(), by))
        groups = " UNION ALL ".join(self._groups_query(part, by) for part in self._rule_parts())
        ((count,),) = self.table.rows(f"SELECT count(*) FROM ({groups})")
        rows = self.table.rows(groups + self._order_by_sql())
        return [self._group_from_row(row, by) for row in rows], int(count)

    # Parts of the rule sets

    @property
    def _all_rules(self) -> _RulePart:
        """One part with all rules of all rule sets, for totals that are not grouped by rule."""
        return _RulePart(None, [range(len(one.rules)) for one in self.request.sets])

    def _rule_parts(self) -> list[_RulePart]:
        """Return the parts of the rules that get their own totals.

        With --by rule, there is a part for each name of a rule. Otherwise, one part has all rules.
        """
        if Key.RULE not in self.request.by:
            return [self._all_rules]
        sets = [one.rules for one in self.request.sets]
        names = dict.fromkeys(_rule_name(rule) for rules in sets for rule in rules)
        return [
            _RulePart(
                name, [[i for i, rule in enumerate(rules) if _rule_name(rule) == name] for rules in sets]
            )
            for name in names
        ]

    def _rules_in(self, part: _RulePart) -> list[list[Schedule]]:
        """Return the rules whose totals are calculated together as a part: one list for each rule set."""
        return [
            [one.rules[i] for i in positions]
            for one, positions in zip(self.request.sets, part.positions, strict=True)
        ]

    def _where_sql(self, part: _RulePart) -> str:
        """Return the SQL condition for the counted orders in the totals of a part of the rules."""
        if part.name is None:
            return self.table.counted
        kinds = self.kinds.numbers_for([rule for rules in self._rules_in(part) for rule in rules])
        return f"{self.table.counted} AND kind IN ({', '.join(map(str, kinds))})"

    @property
    def _earning_sql(self) -> str:
        """The SQL filter of the orders whose points are in the totals.

        Refunds are left out, except with --refunds deduct.
        """
        return "true" if self.request.refunds.factor else "NOT refund"

    def _key_sql(self, part: _RulePart, key: Key) -> str:
        """Return the SQL column for a key of the groups in a query for totals."""
        if key is Key.RULE:
            return f"{literal(part.name or '')} AS rule"
        if key is Key.TIER:
            return f"{self.kinds.tier_sql()} AS tier"
        return f"coalesce({key}, '') AS {key}"

    # Rounded points: summed by the scan

    def _groups_query(self, part: _RulePart, keys: Sequence[Key]) -> str:
        """Return the query for the totals of each group of orders, from the table `sums`.

        Its columns are the keys, the orders, the amount, the points under each rule set, and the numbers of
        orders that earn points only under the baseline (lost) or only under each candidate (gained).
        """
        by_rule = Key.RULE in self.request.by
        points = [
            " + ".join([columns[i] for i in positions] if by_rule else columns) or "0"
            for columns, positions in zip(point_columns(self.request), part.positions, strict=True)
        ]
        compared = range(1, len(points)) if self.request.compares and part.name is None else ()
        columns = [
            *(self._key_sql(part, key) for key in keys),
            f"{_PURCHASES.format('rows')} AS orders",
            f"{_PURCHASES.format('amount')} AS amount",
            *(
                f"coalesce(sum({one}) FILTER ({self._earning_sql}), 0)::HUGEINT AS points{i}"
                for i, one in enumerate(points)
            ),
            *(f"coalesce(sum(lost{i}) FILTER (NOT refund), 0)" for i in compared),
            *(f"coalesce(sum(gained{i}) FILTER (NOT refund), 0)" for i in compared),
        ]
        return (
            f"SELECT {', '.join(columns)} FROM sums WHERE {self._where_sql(part)} {_group_by_sql(len(keys))}"
        )

    def _order_by_sql(self) -> str:
        """Return the ORDER BY of the query for totals, which sorts groups by their keys.

        With --top, the groups that change most, or else earn most, come first, and there is a LIMIT.
        """
        keys = ", ".join(self.request.by)
        if self.request.top is None:
            return f" ORDER BY {keys}"
        first, *others = (f"points{i}" for i in range(len(self.request.sets)))
        changes = [f"{one} - {first}" for one in others]
        weights = changes if self.request.compares else [first, *others]
        weight = ", ".join(f"abs({one})" for one in weights)
        return f" ORDER BY greatest({weight}) DESC, {keys} LIMIT {self.request.top}"

    def _group_from_row(self, row: Sequence[Any], keys: Sequence[Key]) -> Group:
        """Return the totals of a group from a row of `_groups_query`."""
        sets = len(self.request.sets)
        orders, amount, *numbers = row[len(keys) :]
        points = tuple(Fraction(int(value)) for value in numbers[:sets])
        compared = [int(value) for value in numbers[sets:]]
        half = len(compared) // 2
        named = dict(zip(keys, row, strict=False))
        lost, gained = tuple(compared[:half]), tuple(compared[half:])
        return Group(named, int(orders), Fraction(amount), points, lost, gained)

    # Points without rounding: calculated from the sums of each kind

    def _unrounded_groups(self, parts: Sequence[_RulePart], keys: Sequence[Key]) -> list[Group]:
        """Return the totals of each group, with points before rounding, for all parts of the rules."""
        # Summed in Python: DuckDB has no exact fractions, and no decimal number is exactly 10/3.
        factor, kinds = self.request.refunds.factor, self.kinds.all
        groups: dict[tuple[str, ...], Group] = {}
        for part in parts:
            columns = [
                *(self._key_sql(part, key) for key in keys),
                "kind",
                _PURCHASES.format("rows"),
                _PURCHASES.format("amount"),
                f"coalesce(sum(amount) FILTER ({self._earning_sql}), 0)",
                f"sum(CASE WHEN refund THEN {factor} ELSE 1 END * rows)",
            ]
            selected = f"SELECT {', '.join(columns)} FROM sums WHERE {self._where_sql(part)}"
            query = f"{selected} {_group_by_sql(len(keys) + 1)}"
            for *names, kind, orders, amount, spent, purchases in self.table.stream(query):
                before = groups.get(
                    tuple(names), self._no_orders._replace(keys=dict(zip(keys, names, strict=True)))
                )
                earned = [
                    _unrounded_points(rules, kinds[kind], Fraction(spent), int(purchases))
                    for rules in self._rules_in(part)
                ]
                groups[tuple(names)] = before._replace(
                    orders=before.orders + int(orders),
                    amount=before.amount + Fraction(amount),
                    points=tuple(a + b for a, b in zip(before.points, earned, strict=True)),
                )
        return list(groups.values())

    @property
    def _no_orders(self) -> Group:
        """The totals of a group without orders."""
        return Group({}, 0, Fraction(0), (Fraction(0),) * len(self.request.sets))

    def _first_groups(self, groups: list[Group]) -> tuple[list[Group], int]:
        """Sort the totals of groups like `_order_by_sql`.

        Returns the first groups, at most the number of --top, and the number of all groups.
        """
        groups.sort(key=lambda group: tuple(group.keys.values()))
        if self.request.top is not None:
            groups.sort(key=self._weight, reverse=True)
        return groups[: self.request.top], len(groups)

    def _weight(self, group: Group) -> Fraction:
        """Return the number by which --top ranks a group's totals.

        It is the largest change if the backtest compares rules, otherwise the most points.
        """
        first, *others = group.points
        weights = [one - first for one in others] if self.request.compares else group.points
        return max(map(abs, weights))


def _rule_name(rule: Schedule) -> str:
    """Return the name of a rule's group in the totals by rule; rules with the same title form one group."""
    return rule.title or rule.trigger or "the rule"


def _group_by_sql(columns: int) -> str:
    """Return the GROUP BY of a query for totals, over its first columns; `columns` is their number."""
    return f"GROUP BY {', '.join(map(str, range(1, columns + 1)))}" if columns else ""


def _unrounded_points(rules: Sequence[Schedule], kind: Kind, spent: Fraction, purchases: int) -> Fraction:
    """Calculate one kind's share of the totals of a backtest: the points of its orders, without rounding.

    `spent` is the total amount of the orders, and `purchases` is their number. Refunds are left out of
    both, except with --refunds deduct: then each adds its negative amount, and counts as -1.
    """
    formulas = (earning.formula(Rounding.EXACT) for earning in earnings_of_kind(rules, *kind))
    return sum((formula.unrounded(spent, purchases) for formula in formulas), Fraction(0))
