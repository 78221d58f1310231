"""`loyaltyctl points solve`: find the spend for N points, or the rate for P percent back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.points import options, views
from loyaltyctl.cli.commands.points.views import SpendLine
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs import points as outputs
from loyaltyctl.errors import NotFound, UsageError
from loyaltyctl.intake.values import quoted, whole_number
from loyaltyctl.points.awards import Earning
from loyaltyctl.points.formulas import Rounding
from loyaltyctl.points.inverse import rate_giving, smallest_spend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from loyaltyctl.points.awards import Schedule

Points = Annotated[str | None, Option("--points", metavar="N", help="Find the spend that earns N points.")]
Rate = Annotated[str | None, Option("--rate", metavar="POINTS/MONEY", help="The rule, such as 2/1.")]
Unit = Annotated[
    str, Option("--unit", metavar="MONEY", help="The smallest coin: amounts are multiples of it.")
]
Percent = Annotated[
    str | None,
    Option("--percent-back", metavar="P", help="Find the rate that gives P percent back."),
]


def solve(  # noqa: PLR0913, PLR0917 - two questions, and each way to give a rule
    ctx: Context,
    points: Points = None,
    rate: Rate = None,
    rule: options.RuleId = None,
    file: flags.File = None,
    tier: options.Tier = None,
    rounding: options.Round = Rounding.WIX,
    unit: Unit = "0.01",
    percent_back: Percent = None,
    point_value: options.PointValue = None,
) -> None:
    """Find the spend for N points, or the rate for P percent back.

    The spend is the smallest one, in whole coins (--unit).

    Examples:
      loyaltyctl points solve --points 500 --rate 10/20
      loyaltyctl points solve --percent-back 5 --point-value 0.01
    """
    if points is None and percent_back is not None:
        _show_rate(ctx, options.percent(percent_back, "--percent-back"), point_value)
        return
    if points is None or percent_back is not None:
        problem = "are missing; one of them is required" if points is None else "are mutually exclusive"
        raise UsageError(f"--points and --percent-back {problem}")
    number = whole_number(points)
    if number is None or number < 1:
        raise UsageError(f"--points must be a whole number above 0, got {quoted(points)}")
    rules = options.award_schedules(ctx, options.rate(rate), rule, file)
    coin = options.positive_number(unit, "--unit")
    spends = [*_smallest_spends(number, rules, options.tier_id(tier), rounding, coin)]
    # If no spend earns the points in a tier, its cell is empty. If this is so in all tiers, it is an error.
    if all(spend.amount is None for spend in spends):
        raise NotFound(f"no spend earns {number} points")
    ctx.output.show_all(spends, views.spends_view(rounding, spends))


def _smallest_spends(
    points: int, rules: Sequence[Schedule], tier: str | None, rounding: Rounding, unit: Decimal
) -> Iterator[SpendLine]:
    """Yield the smallest spend that earns the points, for each rule and tier; `tier` selects one tier."""
    for rule in rules:
        for one in [tier] if tier else rule.tiers:
            earning = None if rule.paused else rule.earning(one)
            yield SpendLine(
                rule.title, one, points, earning and smallest_spend(points, earning, rounding, unit)
            )


def _show_rate(ctx: Context, percent: Fraction, point_value: str | None) -> None:
    """Solve for the rate: print the rate of a rule that gives `percent` of each purchase back."""
    if point_value is None:
        raise UsageError("--percent-back requires --point-value, the value of a point", hint="Such as 0.01.")
    rate = rate_giving(percent, options.positive_number(point_value, "--point-value"))
    options.warn_about_options(ctx, Earning(Decimal(rate.numerator), Decimal(rate.denominator)))
    ctx.output.show_object(outputs.Rate(rate.numerator, rate.denominator))
