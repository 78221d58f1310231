"""Summary of orders that the scan of a backtest calculates: keys of groups, and sums of points.

A rule set has one column of points, or with --by rule one column for each of its rules.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from loyaltyctl.backtest.points_sql import Pricing
from loyaltyctl.backtest.request import Key
from loyaltyctl.orders.quoting import literal
from loyaltyctl.orders.table_sql import AmountType, Summary
from loyaltyctl.points.formulas import Rounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.backtest.kinds import Kinds
    from loyaltyctl.backtest.request import BacktestRequest
    from loyaltyctl.points.awards import Schedule


def point_columns(request: BacktestRequest) -> list[list[str]]:
    """Return the names of the columns of points in the summary: one list of names for each rule set."""
    numbers = count()
    return [[f"p{next(numbers)}" for _ in parts] for parts in _rules_by_summary_column(request)]


def summary(request: BacktestRequest, kinds: Kinds, amounts: AmountType) -> Summary:
    """Return the summary for a backtest, as SQL: the keys of the groups of orders, and the sums of a group.

    Without rounding, the summary has no points: `totals` calculates them from the summed amounts, since
    points that are not rounded are linear in the amount.
    """
    keys = {"kind": kinds.number_sql()}
    for key in request.by:
        if key is Key.TIER:
            keys[key] = kinds.other_tier_sql()
        elif key is Key.TRIGGER and request.trigger is not None:
            keys[key] = literal(request.trigger)
        elif key is not Key.RULE:
            keys[key] = key.value
    if request.rounding is Rounding.EXACT:
        return Summary(keys, {}, {})
    pricing = Pricing(request.rounding, request.refunds, amounts)
    columns = point_columns(request)
    values = {
        name: pricing.points(part, kinds)
        for names, parts in zip(columns, _rules_by_summary_column(request), strict=True)
        for name, part in zip(names, parts, strict=True)
    }
    sums = {name: f"sum({name})" for name in values}
    return Summary(keys, values, sums | (_lost_and_gained(columns) if request.compares else {}))


def _rules_by_summary_column(request: BacktestRequest) -> list[list[Sequence[Schedule]]]:
    """Return the rules for each column in the summary, for each rule set.

    With --by rule, each rule has its own column. Otherwise, all rules of the set share one column.
    """
    if Key.RULE in request.by:
        return [[[rule] for rule in one.rules] for one in request.sets]
    return [[one.rules] for one in request.sets]


def _lost_and_gained(columns: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return SQL that counts lost and gained orders for the summary, by the name of the count.

    `lost1` is the number of orders that earn points under the baseline, but not under the first candidate.
    `gained1` is the reverse. `columns` is the result of `point_columns`.
    """
    before, *others = (" + ".join(names) or "0" for names in columns)
    sums: dict[str, str] = {}
    for i, now in enumerate(others, start=1):
        sums[f"lost{i}"] = f"count_if(({before}) > 0 AND ({now}) <= 0)"
        sums[f"gained{i}"] = f"count_if(({before}) <= 0 AND ({now}) > 0)"
    return sums
