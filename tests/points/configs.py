"""Random rules and amounts for property tests, and a second implementation of awards."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import NamedTuple

from loyaltyctl.points.awards import Earning, Schedule
from loyaltyctl.points.formulas import Refunds, Rounding

GOLD = "7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
SILVER = "5b0c7d1e-9a2f-4c38-8d64-1e7f2a3b4c5d"
UNKNOWN = "11111111-2222-4333-8444-555555555555"


class Case(NamedTuple):
    """A purchase, the tier of its member, and a rule."""

    amount: Decimal
    tier: str | None
    schedule: Schedule


def decimal(chance: Random, digits: int, decimals: int, *, least: int = 0) -> Decimal:
    """Return a random decimal with up to that many digits; short ones are more frequent."""
    places = chance.randint(0, decimals)
    number = max(chance.randrange(10 ** chance.randint(1, digits)), least)
    return Decimal(f"{number}.{chance.randrange(10**places):0{places}}" if places else str(number))


def earning(chance: Random) -> Earning:
    """Return a random award: a fixed amount one time in five, else a conversion rate."""
    points = decimal(chance, 7, chance.choice((0, 0, 2, 6)))
    money = decimal(chance, 4, chance.choice((0, 0, 2, 6)), least=1)
    return Earning(points) if chance.random() < 0.2 else Earning(points, money)


def schedule(chance: Random) -> Schedule:
    """Return a random rule: with and without tiers, some without the base tier, some paused."""
    tiers = [tier for tier in (None, GOLD, SILVER) if chance.random() < 0.7]
    return Schedule({tier: earning(chance) for tier in tiers}, paused=chance.random() < 0.03)


def cases(count: int, seed: int = 1) -> list[Case]:
    """Return random cases, the same for the same seed; one amount in five is a refund."""
    chance = Random(seed)  # noqa: S311 - the same cases each time
    found = []
    for _ in range(count):
        amount = decimal(chance, chance.choice((3, 5, 13)), chance.choice((2, 2, 6)))
        tier = chance.choice((None, GOLD, SILVER, UNKNOWN, GOLD.upper()))
        found.append(Case(-amount if chance.random() < 0.2 else amount, tier, schedule(chance)))
    return found


def by_fractions(case: Case, rounding: Rounding, refunds: Refunds) -> tuple[Fraction, Fraction]:
    """Return points and exact value, written from the vendor's description, not from `points.formulas`."""
    amount, tier, rule = case
    tiers = rule.tiers
    found = tiers.get(tier.lower() if tier else None) or tiers.get(None)
    if found is None or rule.paused or (amount < 0 and refunds is Refunds.IGNORE):
        return Fraction(0), Fraction(0)
    sign, spend = (-1 if amount < 0 else 1), abs(Fraction(amount))
    rate = Fraction(found.points) / Fraction(found.per or 1)
    exact = rate if found.per is None else spend * rate
    counted = Fraction(floor(spend)) if rounding is Rounding.WIX else spend
    points = rate if found.per is None else counted * rate
    return sign * (points if rounding is Rounding.EXACT else Fraction(floor(points))), sign * exact
