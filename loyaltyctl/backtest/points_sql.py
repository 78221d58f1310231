"""SQL for the points of an order: the formulas of `loyaltyctl.points` in integer arithmetic.

Amounts are scaled to integers, and multiplied before they are divided, so the result is exact.
`tests/backtest/test_sums.py` compares the SQL with `points.award`.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.kinds import earnings_of_kind
from loyaltyctl.orders.table_sql import MILLIONTHS
from loyaltyctl.points.formulas import Base

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from loyaltyctl.backtest.kinds import Kinds
    from loyaltyctl.orders.table_sql import AmountType
    from loyaltyctl.points.awards import Schedule
    from loyaltyctl.points.formulas import Formula, Refunds, Rounding

_MAX_BIGINT = 2**63 - 1


class Pricing(NamedTuple):
    """Writer of the SQL for points, for one rounding, one treatment of refunds, and one type of amounts."""

    rounding: Rounding
    refunds: Refunds
    amounts: AmountType

    def points(self, rules: Sequence[Schedule], kinds: Kinds) -> str:
        """Return the SQL for the points that an order earns from several rules together.

        The SQL reads the columns `kind`, `amount`, `whole` and `millionths` (see `orders.table_sql`).
        """
        texts = [
            " + ".join(
                self._formula_sql(earning.formula(self.rounding))
                for earning in earnings_of_kind(rules, *kind)
            )
            for kind in kinds.all
        ]
        return _by_kind_sql(texts)

    def _formula_sql(self, formula: Formula) -> str:
        """Return the SQL for the points of an order by one formula."""
        if formula.base is Base.PURCHASES:
            points = f"{floor(formula.rate)}::HUGEINT"
            return f"CASE WHEN amount < 0 THEN -{points} ELSE {points} END"
        if formula.base is Base.WHOLE_AMOUNT:
            return self._product_sql("whole", self.amounts.max_whole, formula.rate)
        return self._product_sql("millionths", self.amounts.max_millionths, formula.rate / MILLIONTHS)

    def _product_sql(self, column: str, bound: int, rate: Fraction) -> str:
        """Return the SQL for points: an amount column times a rate, rounded towards zero.

        Rounded this way, a full refund deducts exactly the points that its order earned. All values of the
        column are below `bound`. If a product may exceed 64 bits, it is calculated with 128 bits, which is
        slower.
        """
        numerator, denominator = rate.as_integer_ratio()
        cast = "::HUGEINT" if numerator * bound > _MAX_BIGINT else ""
        if denominator == 1:
            return f"{column}{cast} * {numerator}" if numerator != 1 else column
        if not self.refunds.factor:  # refunds are not summed, so the sign does not matter
            return f"{column}{cast} * {numerator} // {denominator}"
        return f"sign({column}) * (abs({column}{cast}) * {numerator} // {denominator})"


def _by_kind_sql(texts: Sequence[str]) -> str:
    """Return the SQL for the points of any order: a CASE that selects one of the `texts` by the kind.

    `texts` has the SQL for the points of each kind; it is empty if the kind earns none. The most frequent
    text is the ELSE branch, so that the CASE has few branches.
    """
    numbers: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        numbers.setdefault(text or "0", []).append(i)
    *others, most_frequent = sorted(numbers, key=lambda text: len(numbers[text]))
    whens = [f"WHEN {number} THEN {text}" for text in others for number in numbers[text]]
    return f"CASE kind {' '.join(whens)} ELSE {most_frequent} END" if whens else most_frequent
