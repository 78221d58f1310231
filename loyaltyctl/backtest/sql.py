"""The statement: what `points.award` says of one order, said of all of them at once.

    read ──► orders ──► priced ──► sums
    text     numbers    points     a table of the engine's, which is asked afterwards

An order has a kind: its trigger and its tier, as far as any rule tells them apart. For
each kind a rule set has one expression, in integers alone: numbers are scaled, and
multiplied before they are divided.
"""

from __future__ import annotations

from itertools import product
from math import floor
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake import money
from loyaltyctl.orders.sql import literal
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from loyaltyctl.points.awards import Earning, Schedule

MILLIONTHS = 10**money.DECIMALS
NARROW, WIDE = 18, 25
"""Digits of a decimal: 18 are one 64-bit integer; amounts that need more are read in a second try."""
_BIGGEST = 2**63 - 1
MAX_VALUE = 100
"""Characters of a value that is shown: what is longer counts as one with what begins alike."""
_MANY_KINDS = 2**15
OTHER = -1
"""The kind of an order in another currency."""


STRANGE = ""
"""Stands for every trigger, and for every tier, that no rule names."""


class Kinds(NamedTuple):
    """The triggers and tiers that rules tell apart; STRANGE, the last of each, stands for all others.

    The base tier is None. A strange tier earns as the base tier does, and is counted apart.
    """

    triggers: tuple[str, ...]
    tiers: tuple[str | None, ...]

    @classmethod
    def of(cls, sets: Sequence[Sequence[Schedule]], trigger: str | None) -> Kinds:
        """The kinds of order that some rule sets know; with a `trigger` all orders have that one."""
        rules = [rule for one in sets for rule in one]
        triggers = dict.fromkeys(rule.trigger for rule in rules if rule.trigger)
        tiers = dict.fromkeys(tier for rule in rules for tier in rule.tiers if tier is not None)
        return cls((*triggers, STRANGE) if trigger is None else (trigger,), (*tiers, None, STRANGE))

    @property
    def named(self) -> tuple[str, ...]:
        """The tiers that rules name."""
        return tuple(tier for tier in self.tiers if tier)

    @property
    def all(self) -> list[tuple[str, str | None]]:
        """Trigger and tier of each kind, by its number."""
        return [*product(self.triggers, self.tiers)]

    def number(self) -> str:
        """The number of an order's kind."""
        base = len(self.named)
        trigger = _place("trigger", self.triggers[:-1], str(len(self.triggers) - 1))
        spelled = _place("lower(tier)", self.named, str(base + 1))
        unnamed = f"CASE WHEN tier IS NULL OR tier = '' THEN {base} ELSE {spelled} END"
        return f"({trigger} * {len(self.tiers)} + {_place('tier', self.named, unnamed)})::{self.type}"

    @property
    def type(self) -> str:
        """The type of a number of a kind, the smallest one that has room for all."""
        return "SMALLINT" if len(self.triggers) * len(self.tiers) < _MANY_KINDS else "INTEGER"

    def stray_tier(self) -> str:
        """The tier of an order where its kind does not tell it."""
        return f"CASE WHEN kind % {len(self.tiers)} = {len(self.tiers) - 1} THEN lower(tier) END"


def earnings(rules: Sequence[Schedule], trigger: str, tier: str | None) -> list[Earning]:
    """What each of the rules gives for an order of a kind; one without a trigger is for all orders."""
    found = [rule.earning(tier) for rule in rules if rule.trigger in ("", trigger) and not rule.paused]
    return [earning for earning in found if earning is not None]


class Sums(NamedTuple):
    """How an amount of so many digits becomes points. Without rounding no order needs to be looked at."""

    rounding: Rounding
    refunds: Refunds
    digits: int = NARROW

    @property
    def decimal(self) -> str:
        """The type of an amount."""
        return f"DECIMAL({self.digits}, {money.DECIMALS})"

    @property
    def integer(self) -> str:
        """The type of an amount as an integer."""
        return "BIGINT" if self.digits == NARROW else "HUGEINT"

    def price(self, rules: Sequence[Schedule], kinds: Kinds) -> str:
        """The points that orders earn by some rules together, as an expression."""
        found = [earnings(rules, trigger, tier) for trigger, tier in kinds.all]
        return _by_kind([" + ".join(map(self._points, kind)) for kind in found])

    def _points(self, earning: Earning) -> str:
        rate = earning.rate
        if earning.per is None:
            points = f"{floor(rate)}::HUGEINT"
            return f"CASE WHEN amount < 0 THEN -{points} ELSE {points} END"
        if self.rounding is Rounding.WIX:
            return self._times("whole", rate)
        return self._times("millionths", rate / MILLIONTHS)

    def _times(self, number: str, rate: Fraction) -> str:
        """A number times a rate, rounded towards zero, so that a refund takes what the order gave."""
        biggest = 10 ** (self.digits if number == "millionths" else self.digits - money.DECIMALS)
        above, below = rate.as_integer_ratio()
        cast = "::HUGEINT" if above * biggest > _BIGGEST else ""
        if below == 1:
            return f"{number}{cast} * {above}" if above != 1 else number
        if self.refunds is Refunds.IGNORE:  # then what a negative number makes is left out
            return f"{number}{cast} * {above} // {below}"
        return f"sign({number}) * (abs({number}{cast}) * {above} // {below})"


class Scan(NamedTuple):
    """One pass over the orders: where they are read, what they are grouped by, what is summed."""

    sources: Sequence[str]
    sums: Sums
    kinds: Kinds
    keys: Sequence[str]
    prices: Sequence[str]
    sets: Sequence[Sequence[int]]
    """The prices that make up each rule set."""
    compares: bool = False
    """Whether the other sets are compared with the first."""
    where: str = "true"
    currency: str | None = None
    unique: bool = False
    """Whether orders have ids, which must differ."""
    firsts: bool = False
    """Of orders with one id take the first alone."""

    def statement(self) -> str:
        """The statement that makes the table `sums`."""
        return (
            f"CREATE OR REPLACE TEMP TABLE sums AS {self._taken()} "
            f"orders AS {'MATERIALIZED' if self.unique else ''} ({self._orders()}), "
            f"priced AS ({self._priced()}) {self._summed()}"
        )

    def repeats(self, limit: int) -> str:
        """Return a query for the first orders whose id has stood before: the id, and the number of all.

        The rows must come in the order of the files.
        """
        return (
            f"WITH read AS ({' UNION ALL '.join(self.sources)}), numbered AS MATERIALIZED "
            f"(SELECT id, row_number() OVER () AS line FROM read WHERE {self.where} AND {_REPEATABLE}), "
            "repeated AS (SELECT id, min(line) AS first, count(*) - 1 AS again FROM numbered "
            "GROUP BY id HAVING count(*) > 1) "
            "SELECT id, (SELECT sum(again) FROM repeated) FROM numbered JOIN repeated USING (id) "
            f"WHERE line > first ORDER BY line LIMIT {limit}"
        )

    def values(self, column: str, limit: int, condition: str = "true") -> str:
        """Return a query for the values of a column in the orders that are taken, the most frequent first.

        Each row has the value, the number of its orders, and the number of all values.
        """
        return (
            f"{self._taken()} chosen AS (SELECT left(coalesce({column}, ''), {MAX_VALUE}) AS value "
            f"FROM {self._from()} WHERE {self.where} AND {condition}) "
            "SELECT value, count(*) AS orders, count(*) OVER () FROM chosen GROUP BY value "
            f"ORDER BY orders DESC, value = '', value LIMIT {limit}"
        )

    def _taken(self) -> str:
        """Return the beginning of a statement, with the orders that are read."""
        return f"WITH read AS ({' UNION ALL '.join(self.sources)}), {self._firsts()}"

    def _from(self) -> str:
        return "firsts" if self.firsts else "read"

    def _firsts(self) -> str:
        """The orders without those whose id has stood before. A refund may bear the id of its order."""
        if not self.firsts:
            return ""
        return (
            "numbered AS MATERIALIZED "
            f"(SELECT *, row_number() OVER () AS line FROM read WHERE {self.where}), "
            f"repeated AS (SELECT id, min(line) AS line FROM numbered WHERE {_REPEATABLE} "
            "GROUP BY id HAVING count(*) > 1), "
            "firsts AS (SELECT numbered.* FROM numbered LEFT JOIN repeated ON numbered.id = repeated.id "
            "WHERE repeated.id IS NULL OR repeated.line = numbered.line "
            "OR readable IS NOT TRUE OR digits LIKE '-%'), "
        )

    def _orders(self) -> str:
        columns = [
            f"TRY_CAST(CASE WHEN readable THEN digits END AS {self.sums.decimal}) AS amount",
            f"{self._kind()} AS kind",
            *(f"{self.kinds.stray_tier() if key == 'tier' else key} AS {key}" for key in self.keys),
        ]
        if self.unique:
            columns += [
                "TRY_CAST(id AS UBIGINT) AS number",
                "CASE WHEN number IS NULL AND id <> '' THEN hash(id) END AS hashed",
            ]
        return f"SELECT {', '.join(columns)} FROM {self._from()} WHERE {self.where}"

    def _kind(self) -> str:
        """The kind of an order; one in another currency than the first has none."""
        if not self.currency:
            return self.kinds.number()
        first = literal(self.currency)
        other = f"currency <> {first} AND upper(currency) <> {first}"
        return f"CASE WHEN {other} THEN {OTHER}::{self.kinds.type} ELSE {self.kinds.number()} END"

    def _priced(self) -> str:
        integers = (
            f"trunc(amount)::{self.sums.integer} AS whole, "
            f"(amount::DECIMAL({WIDE}, {money.DECIMALS}) * {MILLIONTHS})::{self.sums.integer} AS millionths"
        )
        points = [f"{price} AS p{i}" for i, price in enumerate(self.prices)]
        return f"SELECT {', '.join(['*', *points])} FROM (SELECT *, {integers} FROM orders)"

    def _summed(self) -> str:
        """Groups of orders; those whose amount cannot be read are neither refunds nor none."""
        columns = [
            "kind",
            *self.keys,
            "amount < 0 AS refund",
            "count(*) AS rows",
            "sum(amount) AS amount",
            *(f"sum(p{i}) AS p{i}" for i in range(len(self.prices))),
            *self._cliffs(),
            f"{_REPEATED if self.unique else '0'} AS repeated",
        ]
        return f"SELECT {', '.join(columns)} FROM priced GROUP BY ALL"

    def _cliffs(self) -> list[str]:
        """For each set but the first: orders that earned something and now do not, and the other way."""
        if not self.prices or not self.compares:
            return []
        before, *others = (" + ".join(f"p{i}" for i in one) or "0" for one in self.sets)
        return [
            f"count_if({one} {sign}) AS {what}{i}"
            for i, now in enumerate(others, start=1)
            for what, one, sign in (
                ("lost", f"({before}) > 0 AND ({now})", "<= 0"),
                ("gained", f"({before}) <= 0 AND ({now})", "> 0"),
            )
        ]


_REPEATABLE = "id <> '' AND readable AND digits NOT LIKE '-%'"
"""SQL condition for the orders whose id must differ from that of others."""
_REPEATED = """(
  SELECT count(number) + count(hashed) - count(DISTINCT hashed) FROM orders WHERE amount >= 0
) - (
  SELECT coalesce(sum(bit_count(word)), 0) FROM (
    SELECT bit_or(1::UBIGINT << (number & 63)::INTEGER) AS word
    FROM orders WHERE amount >= 0 AND number IS NOT NULL GROUP BY number >> 6))"""
"""How many ids are one too many. Ids that are numbers stand close together: one word has 64 of them."""


def _place(column: str, values: Sequence[str], otherwise: str) -> str:
    """Return the place of a column's value in a list, or what stands for a value that is not in it."""
    whens = [f"WHEN {literal(value)} THEN {i}" for i, value in enumerate(values)]
    return f"CASE {column} {' '.join(whens)} ELSE {otherwise} END" if whens else otherwise


def _by_kind(texts: Sequence[str]) -> str:
    """One expression of those for each kind of order; an empty one earns nothing."""
    numbers: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        numbers.setdefault(text or "0", []).append(i)
    *others, last = sorted(numbers, key=lambda text: len(numbers[text]))
    whens = [f"WHEN {number} THEN {text}" for text in others for number in numbers[text]]
    return f"CASE kind {' '.join(whens)} ELSE {last} END" if whens else last
