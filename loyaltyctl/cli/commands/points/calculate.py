"""Calculate awards for `points simulate` and `points table`: for each amount, rule and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.points.options import tier_id
from loyaltyctl.cli.commands.points.views import AwardLine
from loyaltyctl.points.awards import award
from loyaltyctl.points.formulas import Refunds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from loyaltyctl.cli.commands.points.options import RuleOptions
    from loyaltyctl.cli.runtime.context import Context

SHOWN = 5
"""Maximum number of amounts that a warning about awards lists."""


def awards(
    ctx: Context, amounts: Iterable[Decimal], options: RuleOptions, refunds: Refunds = Refunds.IGNORE
) -> list[AwardLine]:
    """Calculate the awards for each amount under each rule: in the tier of --tier, or in all of its tiers."""
    rules = options.award_schedules(ctx)
    tier = tier_id(options.tier)
    return [
        AwardLine(rule.title, one, amount, award(amount, rule, one, options.rounding, refunds))
        for amount in amounts
        for rule in rules
        for one in ([tier] if tier else rule.tiers)
    ]


def warn_about_calculated_awards(ctx: Context, lines: Iterable[AwardLine]) -> None:
    """Print each distinct warning of the calculated awards once, with the amounts that it applies to."""
    by_warning: dict[str, list[str]] = {}
    for line in lines:
        if line.award.warning:
            by_warning.setdefault(line.award.warning, []).append(f"{line.amount:f}")
    for warning, repeated in by_warning.items():
        amounts = list(dict.fromkeys(repeated))
        more = f" and {len(amounts) - SHOWN} more" if len(amounts) > SHOWN else ""
        ctx.messages.warn(f"{warning}: {', '.join(amounts[:SHOWN])}{more}")
