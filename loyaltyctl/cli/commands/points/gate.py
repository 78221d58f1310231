"""Gate of `points backtest --max-increase`: it fails on too many points, or without orders to judge."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.points import findings
from loyaltyctl.errors import Detail, Difference, InvalidData
from loyaltyctl.points.exact import format_exact

if TYPE_CHECKING:
    from fractions import Fraction

    from loyaltyctl.cli.commands.points.reports import Report


def nothing_to_judge(report: Report) -> InvalidData | None:
    """Return the gate's error if there are no orders to judge a candidate by; return None if there are.

    There are none if no order has a trigger of the candidate or of the baseline, or if the orders earn
    0 points under both although a rule awards points. Without this error, a wrong column or trigger would
    pass every gate.
    """
    result, sets = report.result, report.request.sets
    unjudged = [sets[position].name for position in report.candidates if not result.judged[position]]
    if unjudged:
        names = f"{', '.join(unjudged)}: " if len(report.candidates) > 1 else ""
        return InvalidData(
            f"{names}there are no orders to judge",
            code="NOTHING_TO_JUDGE",
            details=[Detail(reason) for reason in findings.reasons(result)],
            hint="Give orders that the rules apply to; a gate passes only on orders that it has compared.",
        )
    points, can_earn = result.total.points, result.can_earn
    for position in report.candidates:
        if not points[0] and not points[position] and (can_earn[0] or can_earn[position]):
            return InvalidData(
                f"{sets[position].name}: the orders earn 0 points under it and under {sets[0].name}, "
                "so nothing was compared",
                code="NOTHING_TO_JUDGE",
                details=[Detail(reason) for reason in findings.warnings(result)],
                hint="Check the column of the amounts, and --refunds.",
            )
    return None


def check_increase(report: Report, max_increase: Fraction) -> None:
    """Raise Difference if a candidate awards more points than the gate, --max-increase, allows."""
    points, allowed = report.result.total.points, _allowed_points(report, max_increase)
    over = [report.request.sets[i].name for i in report.candidates if points[i] > allowed]
    if over:
        raise Difference(
            f"{', '.join(over)}: gives out more than --max-increase {format_exact(max_increase)}% allows",
            hint=f"The baseline gives {format_exact(points[0])} points, so {floor(allowed)} are allowed.",
        )


def _allowed_points(report: Report, max_increase: Fraction) -> Fraction:
    """Return the most points that the gate lets a candidate award: the baseline's plus --max-increase."""
    # abs(): with --refunds deduct the baseline may be negative, and an increase must still be allowed.
    before = report.result.total.points[0]
    return before + abs(before) * max_increase / 100
