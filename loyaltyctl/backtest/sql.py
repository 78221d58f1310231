"""SQL for the points of an order: the formulas of `loyaltyctl.points`, in integers alone.

Numbers are scaled to integers, and multiplied before they are divided, so nothing is lost.
`tests/backtest/test_sums.py` compares the SQL with `points.award`.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.kinds import earnings
from loyaltyctl.orders.statements import MILLIONTHS
from loyaltyctl.points.formulas import Base

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from loyaltyctl.backtest.kinds import Kinds
    from loyaltyctl.orders.statements import AmountType
    from loyaltyctl.points.awards import Schedule
    from loyaltyctl.points.formulas import Formula, Refunds, Rounding

_MAX_BIGINT = 2**63 - 1


class Pricing(NamedTuple):
    """Rounding, treatment of refunds, and type of the amounts, which the SQL for points depends on."""

    rounding: Rounding
    refunds: Refunds
    amounts: AmountType

    def points(self, rules: Sequence[Schedule], kinds: Kinds) -> str:
        """Return the SQL for the points that an order earns by some rules together.

        It is an expression of `kind`, `amount`, `whole` and `millionths` (see `orders.statements`).
        """
        texts = [
            " + ".join(self._formula(earning.formula(self.rounding)) for earning in earnings(rules, *kind))
            for kind in kinds.all
        ]
        return _by_kind(texts)

    def _formula(self, formula: Formula) -> str:
        if formula.base is Base.PURCHASES:
            points = f"{floor(formula.rate)}::HUGEINT"
            return f"CASE WHEN amount < 0 THEN -{points} ELSE {points} END"
        if formula.base is Base.WHOLE_AMOUNT:
            return self._product("whole", self.amounts.max_whole, formula.rate)
        return self._product("millionths", self.amounts.max_millionths, formula.rate / MILLIONTHS)

    def _product(self, column: str, bound: int, rate: Fraction) -> str:
        """Return the SQL for a column times a rate, rounded towards zero.

        Towards zero, since a refund deducts what the order earned. `bound` is the largest value of
        the column: a product that may exceed 64 bits is calculated with 128, which is slower.
        """
        numerator, denominator = rate.as_integer_ratio()
        cast = "::HUGEINT" if numerator * bound > _MAX_BIGINT else ""
        if denominator == 1:
            return f"{column}{cast} * {numerator}" if numerator != 1 else column
        if not self.refunds.factor:  # the points of refunds are not summed
            return f"{column}{cast} * {numerator} // {denominator}"
        return f"sign({column}) * (abs({column}{cast}) * {numerator} // {denominator})"


def _by_kind(texts: Sequence[str]) -> str:
    """Return one expression of those for each kind of order; an empty one earns nothing."""
    numbers: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        numbers.setdefault(text or "0", []).append(i)
    *others, most_frequent = sorted(numbers, key=lambda text: len(numbers[text]))
    whens = [f"WHEN {number} THEN {text}" for text in others for number in numbers[text]]
    return f"CASE kind {' '.join(whens)} ELSE {most_frequent} END" if whens else most_frequent
