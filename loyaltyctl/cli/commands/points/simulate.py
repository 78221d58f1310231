"""`loyaltyctl points simulate`: calculate what a purchase earns."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from loyaltyctl.cli.commands.points import calculate, options, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.points.formulas import Refunds

Amounts = Annotated[
    list[str] | None,
    Option("--amount", metavar="MONEY|-", help="A purchase; repeatable. -: from a pipe.", show_default=False),
]
Explain = Annotated[bool | None, Option("--explain", help="Show each step of the calculation.")]


def simulate(
    ctx: Context,
    amount: Amounts = None,
    *,
    rule_options: options.RuleOptions,
    refunds: options.OnRefunds = Refunds.IGNORE,
    explain: Explain = None,
) -> None:
    """Calculate what a purchase earns.

    Give the rule by its numbers (--per and --points, or --fixed), by the id of a rule on the
    site, or by a file. All its tiers are shown unless --tier names one. The exact value is
    shown beside the points; in JSON a value whose decimals never end is a fraction, such as 10/3.

    Examples:
      loyaltyctl points simulate --amount 4.99 --per 1 --points 10 --explain
      loyaltyctl points simulate --amount 10 --amount 20 --amount 30 --per 20 --points 10 --json
      loyaltyctl -p sandbox points simulate --amount 49.90 --rule b690f925-8527-4d5e-b358-4b0adcb275b5
    """
    lines = calculate.awards(ctx, options.amounts(ctx, amount or []), rule_options, refunds)
    calculate.warn_about_calculated_awards(ctx, lines)
    ctx.output.show_all(lines, views.awards_view(rule_options.rounding, lines, explain=bool(explain)))
