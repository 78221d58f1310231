"""The way back: solve."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.points import options as given
from loyaltyctl.cli.commands.points import views
from loyaltyctl.cli.commands.points.views import Spend
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import NotFound, UsageError
from loyaltyctl.intake.values import quoted, whole_number
from loyaltyctl.points.awards import Earning
from loyaltyctl.points.formulas import Rounding
from loyaltyctl.points.inverse import rate_giving, smallest_spend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.points.awards import Schedule

Wanted = Annotated[str | None, Option("--points", metavar="N", help="Which spend earns this many points?")]
Rate = Annotated[str | None, Option("--rate", metavar="POINTS/MONEY", help="The rule, such as 2/1.")]
Unit = Annotated[str, Option("--unit", metavar="MONEY", help="The smallest coin.")]
Percent = Annotated[
    str | None, Option("--percent-back", metavar="P", help="Which rate gives this much of a spend back?")
]
Worth = Annotated[str | None, Option("--point-value", metavar="MONEY", help="What a point is worth.")]


def solve(  # noqa: PLR0913, PLR0917 - two questions, and each way to say which rule it is
    ctx: Context,
    points: Wanted = None,
    rate: Rate = None,
    rule: given.RuleId = None,
    file: flags.File = None,
    tier: given.Tier = None,
    rounding: given.Round = Rounding.WIX,
    unit: Unit = "0.01",
    percent_back: Percent = None,
    point_value: Worth = None,
) -> None:
    """Find the spend for N points, or the rate for P percent back.

    The spend is the smallest one, in whole coins (--unit).

    Examples:
      loyaltyctl points solve --points 500 --rate 10/20
      loyaltyctl points solve --percent-back 5 --point-value 0.01
    """
    if (points is None) == (percent_back is None):
        raise UsageError("this answers one question at a time", hint="Give --points N, or --percent-back P.")
    if points is None:
        _show_rate(ctx, percent_back or "", point_value)
        return
    wanted = whole_number(points)
    if wanted is None or wanted < 1:
        raise UsageError(f"--points must be a whole number above 0, got {quoted(points)}")
    rules = given.schedules(ctx, given.rate(rate), rule, file)
    spends = [*_spends(wanted, rules, given.tier(tier), rounding, given.above_zero(unit, "--unit"))]
    if all(spend.amount is None for spend in spends):
        raise NotFound(f"no spend earns {wanted} points")
    ctx.output.show_all(spends, views.spends_view(rounding, spends))


def _spends(
    wanted: int, rules: Sequence[Schedule], tier: str | None, rounding: Rounding, unit: Decimal
) -> Iterator[Spend]:
    for rule in rules:
        for one in [tier] if tier else rule.tiers:
            earning = None if rule.paused else rule.earning(one)
            yield Spend(rule.title, one, wanted, earning and smallest_spend(wanted, earning, rounding, unit))


def _show_rate(ctx: Context, percent: str, worth: str | None) -> None:
    if worth is None:
        raise UsageError("--percent-back needs --point-value: what a point is worth", hint="Such as 0.01.")
    rate = rate_giving(
        given.number(percent.removesuffix("%"), "--percent-back"), given.above_zero(worth, "--point-value")
    )
    given.warn_not_whole(ctx, Earning(Decimal(rate.numerator), Decimal(rate.denominator)))
    ctx.output.show_object({"points": rate.numerator, "per": rate.denominator})
