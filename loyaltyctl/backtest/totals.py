"""Totals of a backtest: queries of the table `sums` for all orders, for groups, and for kinds of orders.

Rounded points were summed by the scan. Points without rounding are calculated here, from the sum of the
amounts of a kind of orders, by the same formula as for one order: it is linear.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.backtest.kinds import earnings
from loyaltyctl.backtest.request import Key
from loyaltyctl.backtest.result import Group
from loyaltyctl.backtest.summary import point_columns
from loyaltyctl.orders.sql import literal
from loyaltyctl.points.formulas import Rounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.backtest.kinds import Kinds
    from loyaltyctl.backtest.request import BacktestRequest
    from loyaltyctl.orders.table import OrderTable
    from loyaltyctl.points.awards import Schedule


class _Part(NamedTuple):
    """Rules of one name, or all rules (None): for each rule set, the positions of the rules in it."""

    name: str | None
    positions: Sequence[Sequence[int]]


class Totals(NamedTuple):
    """The request, and the table with the sums of the orders."""

    table: OrderTable
    request: BacktestRequest
    kinds: Kinds

    def by_kind(self) -> list[int]:
        """Return the number of counted orders of each kind."""
        query = f"SELECT kind, sum(rows) FROM sums WHERE {self.table.counted} GROUP BY kind"
        found = {int(kind): int(count) for kind, count in self.table.rows(query)}
        return [found.get(i, 0) for i in range(len(self.kinds.all))]

    def total(self) -> Group:
        """Return the total of all orders."""
        if self.request.rounding is Rounding.EXACT:
            return self.exact()
        (row,) = self.table.rows(self._select(self._all_rules, ()))
        return self._group(row, ())

    def exact(self) -> Group:
        """Return the total of all orders with the points before rounding."""
        return next(iter(self._exact([self._all_rules], ())), self._no_orders)

    def groups(self) -> tuple[list[Group], int]:
        """Return the groups, up to the maximum number, and the number of all groups."""
        by = self.request.by
        if not by:
            return [self.total()], 1
        if self.request.rounding is Rounding.EXACT:
            return self._first(self._exact(self._parts(), by))
        groups = " UNION ALL ".join(self._select(part, by) for part in self._parts())
        ((count,),) = self.table.rows(f"SELECT count(*) FROM ({groups})")
        return [self._group(row, by) for row in self.table.rows(groups + self._order())], int(count)

    # Parts of the rule sets

    @property
    def _all_rules(self) -> _Part:
        return _Part(None, [range(len(one.rules)) for one in self.request.sets])

    def _parts(self) -> list[_Part]:
        """Return the rules of each name, if groups are made by rule; else all rules as one part."""
        if Key.RULE not in self.request.by:
            return [self._all_rules]
        sets = [one.rules for one in self.request.sets]
        names = dict.fromkeys(_name(rule) for rules in sets for rule in rules)
        return [
            _Part(name, [[i for i, rule in enumerate(rules) if _name(rule) == name] for rules in sets])
            for name in names
        ]

    def _rules(self, part: _Part) -> list[list[Schedule]]:
        """Return the rules of a part in each rule set."""
        return [
            [one.rules[i] for i in positions]
            for one, positions in zip(self.request.sets, part.positions, strict=True)
        ]

    def _where(self, part: _Part) -> str:
        """Return the condition for the counted orders that a part applies to."""
        if part.name is None:
            return self.table.counted
        kinds = self.kinds.with_trigger_of([rule for rules in self._rules(part) for rule in rules])
        return f"{self.table.counted} AND kind IN ({', '.join(map(str, kinds))})"

    @property
    def _earning(self) -> str:
        """The condition for the orders that earn points or, as refunds, deduct them."""
        return "true" if self.request.refunds.factor else "NOT refund"

    def _key(self, part: _Part, key: Key) -> str:
        """Return the SQL for a key of groups."""
        if key is Key.RULE:
            return f"{literal(part.name or '')} AS rule"
        if key is Key.TIER:
            return f"{self.kinds.tier_sql()} AS tier"
        return f"coalesce({key}, '') AS {key}"

    # Rounded points: summed by the scan

    def _select(self, part: _Part, keys: Sequence[Key]) -> str:
        """Return a query for the groups of a part: keys, orders, amount, points of each set, lost, gained."""
        by_rule = Key.RULE in self.request.by
        points = [
            " + ".join([columns[i] for i in positions] if by_rule else columns) or "0"
            for columns, positions in zip(point_columns(self.request), part.positions, strict=True)
        ]
        compared = range(1, len(points)) if self.request.compares and part.name is None else ()
        columns = [
            *(self._key(part, key) for key in keys),
            "coalesce(sum(rows), 0) AS orders",
            "coalesce(sum(amount), 0) AS amount",
            *(
                f"coalesce(sum({one}) FILTER ({self._earning}), 0)::HUGEINT AS points{i}"
                for i, one in enumerate(points)
            ),
            *(f"coalesce(sum(lost{i}) FILTER (NOT refund), 0)" for i in compared),
            *(f"coalesce(sum(gained{i}) FILTER (NOT refund), 0)" for i in compared),
        ]
        return f"SELECT {', '.join(columns)} FROM sums WHERE {self._where(part)} {_group_by(len(keys))}"

    def _order(self) -> str:
        """Return the order and the limit of groups: by their keys, or if there is a maximum by weight."""
        keys = ", ".join(self.request.by)
        if self.request.top is None:
            return f" ORDER BY {keys}"
        first, *others = (f"points{i}" for i in range(len(self.request.sets)))
        changes = [f"{one} - {first}" for one in others]
        weights = changes if self.request.compares else [first, *others]
        weight = ", ".join(f"abs({one})" for one in weights)
        return f" ORDER BY greatest({weight}) DESC, {keys} LIMIT {self.request.top}"

    def _group(self, row: Sequence[Any], keys: Sequence[Key]) -> Group:
        """Return the group in a row of `_select`."""
        sets = len(self.request.sets)
        orders, amount, *numbers = row[len(keys) :]
        points = tuple(Fraction(int(value)) for value in numbers[:sets])
        compared = [int(value) for value in numbers[sets:]]
        half = len(compared) // 2
        named = dict(zip(keys, row, strict=False))
        lost, gained = tuple(compared[:half]), tuple(compared[half:])
        return Group(named, int(orders), Fraction(Decimal(amount)), points, lost, gained)

    # Points without rounding: calculated from the sums of each kind

    def _exact(self, parts: Sequence[_Part], keys: Sequence[Key]) -> list[Group]:
        factor = self.request.refunds.factor
        groups: dict[tuple[str, ...], Group] = {}
        for part in parts:
            columns = [
                *(self._key(part, key) for key in keys),
                "kind",
                "sum(rows)",
                "sum(amount)",
                f"coalesce(sum(amount) FILTER ({self._earning}), 0)",
                f"sum(CASE WHEN refund THEN {factor} ELSE 1 END * rows)",
            ]
            selected = f"SELECT {', '.join(columns)} FROM sums WHERE {self._where(part)}"
            query = f"{selected} {_group_by(len(keys) + 1)}"
            for *names, kind, orders, amount, spent, purchases in self.table.stream(query):
                before = groups.get(
                    tuple(names), self._no_orders._replace(keys=dict(zip(keys, names, strict=True)))
                )
                earned = [
                    _unrounded(rules, self.kinds.all[kind], Fraction(spent), int(purchases))
                    for rules in self._rules(part)
                ]
                groups[tuple(names)] = before._replace(
                    orders=before.orders + int(orders),
                    amount=before.amount + Fraction(amount),
                    points=tuple(a + b for a, b in zip(before.points, earned, strict=True)),
                )
        return list(groups.values())

    @property
    def _no_orders(self) -> Group:
        return Group({}, 0, Fraction(0), (Fraction(0),) * len(self.request.sets))

    def _first(self, groups: list[Group]) -> tuple[list[Group], int]:
        """Return the groups in the order of `_order`, up to the maximum, and the number of all."""
        groups.sort(key=lambda group: tuple(group.keys.values()))
        if self.request.top is not None:
            groups.sort(key=self._weight, reverse=True)
        return groups[: self.request.top], len(groups)

    def _weight(self, group: Group) -> Fraction:
        first, *others = group.points
        weights = [one - first for one in others] if self.request.compares else group.points
        return max(map(abs, weights))


def _name(rule: Schedule) -> str:
    return rule.title or rule.trigger or "the rule"


def _group_by(columns: int) -> str:
    return f"GROUP BY {', '.join(map(str, range(1, columns + 1)))}" if columns else ""


def _unrounded(
    rules: Sequence[Schedule], kind: tuple[str, str | None], spent: Fraction, purchases: int
) -> Fraction:
    """Return the points before rounding that orders of one kind earn together."""
    formulas = (earning.formula(Rounding.EXACT) for earning in earnings(rules, *kind))
    return sum((formula.unrounded(spent, purchases) for formula in formulas), Fraction(0))
