"""Random clean orders, and the totals of a backtest of them, calculated in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.request import Key, RuleSet
from loyaltyctl.points.awards import Earning, Schedule
from loyaltyctl.points.formulas import Refunds
from tests.conftest import GOLD, NO_RULE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from random import Random

    from loyaltyctl.backtest.result import BacktestResult

PAID, CONFIRMED = "stores/OrderPaid", "events/OrderConfirmed"
RULES = RuleSet(
    "rules",
    (
        Schedule(
            {None: Earning(Decimal(1), Decimal(1)), GOLD: Earning(Decimal(3), Decimal(2))}, trigger=PAID
        ),
        Schedule({None: Earning(Decimal(50))}, trigger=CONFIRMED),
    ),
)
_RATES = {(PAID, GOLD): Fraction(3, 2), (PAID, ""): Fraction(1), (PAID, NO_RULE): Fraction(1)}
_FIXED = {CONFIRMED: 50}
DIGITS = {"USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "INR": 2, "PLN": 2, "JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
"""Digits of the minor units of the currencies of random orders."""
STATUSES = ("paid", "Fulfilled", "refunded")


class Order(NamedTuple):
    """An order, or a refund if its amount is negative; `refund` was given back of it later."""

    order_id: str
    date: datetime
    amount: Decimal
    refund: Decimal = Decimal(0)
    tier: str = ""
    trigger: str = PAID
    status: str = "paid"
    member: str = ""


class Table(NamedTuple):
    """Random orders in one currency, and the fields that files have of them."""

    orders: Sequence[Order]
    currency: str
    fields: frozenset[str]

    @property
    def digits(self) -> int:
        """The digits of the minor unit of the currency."""
        return DIGITS[self.currency]


class Totals(NamedTuple):
    """Totals of a backtest: of all orders, and by the keys of groups; groups of nothing are left out."""

    orders: int
    amount: Fraction
    points: Fraction
    refunds: int
    refunded: Fraction
    groups: dict[tuple[str, ...], tuple[int, Fraction, Fraction]]

    @classmethod
    def of(cls, result: BacktestResult, by: Sequence[Key]) -> Totals:
        """Return the totals in the result of a backtest."""
        found = {
            tuple(one.keys[key] for key in by): (one.orders, one.amount, one.points[0])
            for one in result.groups
        }
        total, refunds = result.total, result.refunds
        return cls(
            total.orders,
            total.amount,
            total.points[0],
            refunds.number,
            refunds.amount,
            {keys: group for keys, group in found.items() if any(group)} if by else {},
        )


def random_table(chance: Random) -> Table:
    """Return random orders, refunds as negative orders or in a column, and the fields that files have."""
    currency = chance.choice([*["EUR", "USD"] * 3, *DIGITS])
    optional = ("order_id", "date", "currency", "tier", "trigger", "status", "member", "refund")
    likely = {"order_id": 0.9, "date": 0.85}
    fields = {name for name in optional if chance.random() < likely.get(name, 0.45)}
    count = chance.choice([1, 2, 3, 5, 8, 13, 21, 34, 55])
    start = datetime(
        2000 + chance.randrange(18, 27), chance.randint(1, 12), chance.randint(1, 28), tzinfo=UTC
    )
    is_short = chance.random() < 0.15
    small = chance.choice([2, 3, 4, 4, 5, 7])
    numbers = chance.choice(["{}", "A-{}", "#{}", "{:06}"])
    orders: list[Order] = []
    for i in range(count):
        date = start + timedelta(
            days=chance.randrange(12 if is_short else 400), seconds=chance.randrange(86400)
        )
        amount = _amount(chance, DIGITS[currency], small)
        refund = _amount(chance, DIGITS[currency], 2) if chance.random() < 0.2 else Decimal(0)
        order = Order(
            numbers.format(1001 + i),
            date.replace(day=min(date.day, 12)) if is_short else date,
            amount,
            min(refund, amount) if "refund" in fields else Decimal(0),
            chance.choice(["", GOLD, GOLD.upper(), NO_RULE]) if "tier" in fields else "",
            chance.choice([PAID, PAID, CONFIRMED, "other/Trigger"]) if "trigger" in fields else PAID,
            chance.choice(STATUSES) if "status" in fields else "",
            chance.choice(["", "ann", "bob", "cat"]) if "member" in fields else "",
        )
        orders.append(order)
        if "refund" not in fields and chance.random() < 0.15 and amount:
            later = order.date + timedelta(days=0 if is_short else chance.randrange(40))
            orders.append(order._replace(amount=-amount, date=later))
    return Table(orders, currency, frozenset(fields))


def _amount(chance: Random, digits: int, size: int) -> Decimal:
    """Return a random amount of up to `size` digits before the mark, often without cents."""
    kind = chance.random()
    whole = chance.randrange(10 ** chance.randint(1, size))
    cents = 0 if kind < 0.3 else chance.randrange(10**digits)
    return Decimal(whole * 10**digits + cents).scaleb(-digits)


def expected(table: Table, by: Sequence[Key], refunds: Refunds, statuses: Collection[str]) -> Totals:
    """Return the totals of a backtest by RULES of the orders whose status is one of some, or of all orders."""
    lines: list[tuple[Order, Decimal]] = []
    for order in table.orders:
        if not statuses or order.status in statuses:
            lines.append((order, order.amount))
            lines += [(order, -order.refund)] if order.refund else []
    groups: defaultdict[tuple[str, ...], list[tuple[int, Fraction, Fraction]]] = defaultdict(list)
    for order, amount in lines:
        earned = _points(order, abs(amount))
        if amount >= 0:
            part = (1, Fraction(amount), earned)
        else:
            part = (0, Fraction(0), -earned if refunds is Refunds.DEDUCT else Fraction(0))
        groups[tuple(_key(order, key) for key in by)].append(part)
    summed = {keys: _sum(parts) for keys, parts in groups.items()}
    total = _sum([*summed.values()])
    given = [-amount for _, amount in lines if amount < 0]
    kept = {keys: group for keys, group in summed.items() if any(group)} if by else {}
    return Totals(*total, len(given), Fraction(sum(given)), kept)


def _points(order: Order, amount: Decimal) -> Fraction:
    """Return the points that an amount earns by RULES for the trigger and the tier of an order."""
    if order.trigger in _FIXED:
        return Fraction(_FIXED[order.trigger])
    return Fraction(floor(floor(amount) * _RATES.get((order.trigger, order.tier.lower()), Fraction(0))))


def _key(order: Order, key: Key) -> str:
    """Return the text of an order for a key of groups."""
    if key is Key.MONTH:
        return f"{order.date:%Y-%m}"
    return {Key.TIER: order.tier.lower(), Key.TRIGGER: order.trigger, Key.MEMBER: order.member}[key]


def _sum(parts: Sequence[tuple[int, Fraction, Fraction]]) -> tuple[int, Fraction, Fraction]:
    """Return the sums of the numbers of orders, the amounts and the points."""
    orders, amounts, points = zip(*parts, strict=True) if parts else ((), (), ())
    return sum(orders), sum(amounts, Fraction(0)), sum(points, Fraction(0))
