"""What the table `sums` says, once a scan has made it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.backtest.coverage import Coverage
from loyaltyctl.backtest.request import BacktestResult, Group, Key
from loyaltyctl.backtest.sql import OTHER, earnings
from loyaltyctl.orders.records import MONTH
from loyaltyctl.orders.sql import literal
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.backtest.findings import Findings
    from loyaltyctl.backtest.request import BacktestRequest
    from loyaltyctl.backtest.sql import Scan
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.fields import OrderField
    from loyaltyctl.points.awards import Schedule


class Counts(NamedTuple):
    """Orders that were not counted."""

    unreadable: int
    """Their amount cannot be read."""
    undated: int
    """Their month cannot be read, where it is asked for, and their amount can."""
    others: int
    """Of another currency than the first one."""
    repeated: int
    """Their id may stand more than once."""


class _Part(NamedTuple):
    """What is summed together: all rules, or those of one name; for each rule set, by their places in it."""

    rule: str | None
    places: Sequence[Sequence[int]]


class Totals(NamedTuple):
    """What was asked, and where the answer lies."""

    engine: Engine
    request: BacktestRequest
    scan: Scan

    def counts(self) -> Counts:
        """What was not counted."""
        good, others = f"sum(rows) FILTER ({self._counted})", f"sum(rows) FILTER (kind = {OTHER})"
        unreadable = "sum(rows) FILTER (refund IS NULL)"
        rows, counted, bad, *counts = self._numbers(
            f"SELECT sum(rows), {good}, {unreadable}, {others}, max(repeated) FROM sums"
        )
        return Counts(bad, rows - counted - bad, *counts)

    def rows(self) -> int:
        """Return the number of orders that the filters let through, readable or not."""
        return self._numbers("SELECT sum(rows) FROM sums")[0]

    def without_rule(self) -> int:
        """Return the number of orders whose trigger no rule has."""
        return self.tally().without_rule()

    def tally(self) -> Coverage:
        """Return the number of counted orders of each kind."""
        query = f"SELECT kind, sum(rows) FROM sums WHERE {self._counted} AND kind <> {OTHER} GROUP BY kind"
        found = {int(kind): int(count) for kind, count in self.engine.rows(query)}
        kinds = self.scan.kinds
        return Coverage(self.request, kinds, [found.get(i, 0) for i in range(len(kinds.all))])

    def statuses(self) -> set[str]:
        """Return the statuses, in capitals, of the orders that the filters let through."""
        return {status for (status,) in self.engine.rows("SELECT DISTINCT upper(status) FROM sums")}

    @property
    def counted_text(self) -> str:
        """The SQL condition, before summing, for the orders that are counted."""
        month = f" AND regexp_full_match(month, '{MONTH}')" if Key.MONTH in self.request.by else ""
        return f"readable{month}"

    def outcome(
        self, currency: str | None, columns: Mapping[OrderField, str], findings: Findings
    ) -> BacktestResult:
        """The answer."""
        tally = self.tally()
        everything = _Part(None, [range(len(one.rules)) for one in self.request.sets])
        (unrounded,) = self._unrounded([everything], ()) or [self._empty]
        total = unrounded
        if self._rounds:
            (row,) = self.engine.rows(self._select(everything, ()))
            total = self._read(row, ())
        groups, count = self._groups(self._parts(everything)) if self.request.by else ([total], 1)
        return BacktestResult(
            total=total,
            exact=unrounded.points,
            groups=tuple(groups),
            all_groups=count,
            judged=tally.judged(),
            earns=tally.could_earn(),
            without_rule=tally.without_rule(),
            unknown_tier=tally.unknown_tier(),
            currency=currency,
            columns=columns,
            findings=findings._replace(untested=tuple(tally.untested())),
        )

    @property
    def _rounds(self) -> bool:
        return self.request.rounding is not Rounding.EXACT

    @property
    def _empty(self) -> Group:
        """The total of no orders."""
        return Group({}, 0, Fraction(0), (Fraction(0),) * len(self.request.sets))

    def _groups(self, parts: Sequence[_Part]) -> tuple[list[Group], int]:
        """The groups that are shown, and how many there are."""
        if not self._rounds:
            return self._foremost(self._unrounded(parts, self.request.by))
        listed = " UNION ALL ".join(self._select(part, self.request.by) for part in parts)
        (count,) = self._numbers(f"SELECT count(*) FROM ({listed})")
        rows = self.engine.rows(listed + self._order())
        return [self._read(row, self.request.by) for row in rows], count

    @property
    def _counted(self) -> str:
        """What keeps orders that have an amount and, where it is asked for, a month."""
        month = f" AND regexp_full_match(month, '{MONTH}')" if Key.MONTH in self.request.by else ""
        return f"refund IS NOT NULL{month}"

    @property
    def _earning(self) -> str:
        """What keeps orders that may earn something, or take it back."""
        return "NOT refund" if self.request.refunds is Refunds.IGNORE else "true"

    def _numbers(self, query: str) -> list[int]:
        """The numbers in the only row of a query."""
        (row,) = self.engine.rows(query)
        return [int(value or 0) for value in row]

    def _parts(self, everything: _Part) -> list[_Part]:
        """All rules together, or those of each name alone."""
        if Key.RULE not in self.request.by:
            return [everything]
        names = dict.fromkeys(_name(rule) for one in self.request.sets for rule in one.rules)
        return [_Part(name, [_places(one.rules, name) for one in self.request.sets]) for name in names]

    def _rules(self, part: _Part, place: int) -> list[Schedule]:
        """The rules of a part in one rule set."""
        return [self.request.sets[place].rules[i] for i in part.places[place]]

    def _where(self, part: _Part) -> str:
        """What keeps the orders that count, and that the rules of a part are for."""
        if part.rule is None:
            return self._counted
        rules = [rule for place in range(len(part.places)) for rule in self._rules(part, place)]
        triggers = {rule.trigger for rule in rules}
        kinds = [str(i) for i, (trigger, _) in enumerate(self.scan.kinds.all) if triggers & {"", trigger}]
        return f"{self._counted} AND kind IN ({', '.join([*kinds, str(OTHER)])})"

    def _select(self, part: _Part, keys: Sequence[Key]) -> str:
        """A query for the groups of a part: keys, orders, amount, the points of each set, and cliffs."""
        prices = zip(self.scan.sets, part.places, strict=True)
        points = [" + ".join(f"p{number}" for number in self._summed(*one)) or "0" for one in prices]
        compared = range(1, len(points)) if self.request.compares and part.rule is None else ()
        cliffs = [f"{what}{i}" for what in ("lost", "gained") for i in compared]
        columns = [
            *(self._named(part, key) for key in keys),
            "coalesce(sum(rows), 0) AS orders",
            "coalesce(sum(amount), 0) AS amount",
            *(
                f"coalesce(sum({one}) FILTER ({self._earning}), 0)::HUGEINT AS points{i}"
                for i, one in enumerate(points)
            ),
            *(f"coalesce(sum({one}) FILTER (NOT refund), 0)" for one in cliffs),
        ]
        grouped = f"GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else ""
        return f"SELECT {', '.join(columns)} FROM sums WHERE {self._where(part)} {grouped}"

    def _summed(self, prices: Sequence[int], places: Sequence[int]) -> Sequence[int]:
        """The prices of the rules at some places; where rules are not told apart, a set has one price."""
        return [prices[i] for i in places] if Key.RULE in self.request.by else prices

    def _named(self, part: _Part, key: Key) -> str:
        """A key of groups: a column of the table, or what the kind or the part says."""
        if key is Key.RULE:
            return f"{literal(part.rule or '')} AS rule"
        if key is Key.TIER:
            kinds = self.scan.kinds
            whens = [f"WHEN {i} THEN {literal(tier)}" for i, tier in enumerate(kinds.named)]
            stray = f"CASE kind % {len(kinds.tiers)} {' '.join(whens)} ELSE tier END" if whens else "tier"
            return f"coalesce({stray}, '') AS tier"
        return f"coalesce({key}, '') AS {key}"

    def _order(self) -> str:
        """The groups by their keys, or those first that matter most."""
        keys = ", ".join(self.request.by)
        if self.request.top is None:
            return f" ORDER BY {keys}"
        first, *others = (f"points{i}" for i in range(len(self.request.sets)))
        changes = [f"abs({one} - {first})" for one in others]
        sums = changes if self.request.compares else [f"abs({one})" for one in (first, *others)]
        return f" ORDER BY greatest({', '.join(sums)}) DESC, {keys} LIMIT {self.request.top}"

    def _read(self, row: Sequence[Any], keys: Sequence[Key]) -> Group:
        """A group as it is found."""
        sets = len(self.request.sets)
        orders, amount, *rest = row[len(keys) :]
        points = tuple(Fraction(int(value)) for value in rest[:sets])
        cliffs = [int(value) for value in rest[sets:]]
        half = len(cliffs) // 2
        named = dict(zip(keys, row, strict=False))
        return Group(
            named, int(orders), Fraction(Decimal(amount)), points, tuple(cliffs[:half]), tuple(cliffs[half:])
        )

    # Without rounding: what orders of a kind earn together is their rate times their amounts

    def _unrounded(self, parts: Sequence[_Part], keys: Sequence[Key]) -> list[Group]:
        sign = 0 if self.request.refunds is Refunds.IGNORE else -1
        found: dict[tuple[str, ...], Group] = {}
        for part in parts:
            columns = [
                *(self._named(part, key) for key in keys),
                "kind",
                "sum(rows)",
                "sum(amount)",
                f"coalesce(sum(amount) FILTER ({self._earning}), 0)",
                f"sum(CASE WHEN refund THEN {sign} ELSE 1 END * rows)",
            ]
            grouped = ", ".join(map(str, range(1, len(keys) + 2)))
            query = f"SELECT {', '.join(columns)} FROM sums WHERE {self._where(part)} GROUP BY {grouped}"
            for *names, kind, orders, amount, spent, times in self.engine.each(query):
                before = found.get(
                    tuple(names), self._empty._replace(keys=dict(zip(keys, names, strict=True)))
                )
                earned = [
                    _earned(self._rules(part, place), self.scan.kinds.all[kind], spent, times)
                    for place in range(len(part.places))
                ]
                found[tuple(names)] = before._replace(
                    orders=before.orders + int(orders),
                    amount=before.amount + Fraction(amount),
                    points=tuple(a + b for a, b in zip(before.points, earned, strict=True)),
                )
        return list(found.values())

    def _foremost(self, groups: list[Group]) -> tuple[list[Group], int]:
        """The groups by their keys, or those first that matter most."""
        groups.sort(key=lambda group: tuple(group.keys.values()))
        if self.request.top is not None:
            groups.sort(key=self._weight, reverse=True)
        return groups[: self.request.top], len(groups)

    def _weight(self, group: Group) -> Fraction:
        """How much a group matters: by its change, or without a baseline by its points."""
        first, *others = group.points
        if self.request.compares:
            return max(abs(one - first) for one in others)
        return max(abs(one) for one in (first, *others))


def _name(rule: Schedule) -> str:
    """What a rule is called."""
    return rule.title or rule.trigger or "the rule"


def _places(rules: Sequence[Schedule], name: str) -> list[int]:
    return [i for i, rule in enumerate(rules) if _name(rule) == name]


def _earned(rules: Sequence[Schedule], kind: tuple[str, str | None], spent: Decimal, times: int) -> Fraction:
    """What orders of a kind earn by some rules before rounding: so many of them, who spent so much."""
    total = Fraction(0)
    for earning in earnings(rules, *kind):
        total += earning.rate * (int(times) if earning.per is None else Fraction(spent))
    return total
