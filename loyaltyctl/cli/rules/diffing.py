"""`rules diff`: what is wanted against what is there; sites, files and profiles, either way."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from loyaltyctl.apply.planning import plan
from loyaltyctl.apply.targets import Target
from loyaltyctl.cli import flags
from loyaltyctl.cli.desk import Desk
from loyaltyctl.cli.rules import wanted
from loyaltyctl.cli.rules.carrying import Prune, Rollout, SitePlan, planned, rehearse_reading
from loyaltyctl.cli.rules.plan_views import CHANGES
from loyaltyctl.cli.rules.wanted import From, Tiers
from loyaltyctl.errors import Difference, UsageError

Against = Annotated[
    str | None, Option("--against", metavar="FILE", help="What is there: this file, instead of a site.")
]
ToOne = Annotated[
    str | None, Option("--to", metavar="PROFILE", help="What is there: the site of this profile.")
]
ExitCode = Annotated[bool, Option("--exit-code", help="End with 10 where something differs.")]


def diff(  # noqa: PLR0913, PLR0917 - two sides, and what counts
    ctx: Context,
    file: flags.File = None,
    from_: From = None,
    against: Against = None,
    to: ToOne = None,
    tier: Tiers = None,
    prune: Prune = False,
    exit_code: ExitCode = False,
) -> None:
    """Show what `rules apply` would change.

    What is wanted is in a file or a folder (-f) or on another site (--from), what is there
    on the site of the profile in use (or --to), or in another file (--against). Rules are
    the same by trigger and title, or by the id that a file gives. Rules that are there alone
    are counted, and only with --prune shown as changes.

    Examples:
      loyaltyctl -p sandbox rules diff -f rules.yaml
      loyaltyctl -p sandbox rules diff -f rules.yaml --prune --exit-code
      loyaltyctl rules diff -f rules.yaml --against old.yaml --json
    """
    desk = Desk.of(ctx)
    desk.will_show(CHANGES)
    if against is not None and to is not None:
        raise UsageError("both --against and --to say what is there", hint="Give one of the two.")
    settings = desk.settings if to is None else desk.settings.of(desk.settings.require_profile(to))
    if desk.rehearsing and against is None:
        rehearse_reading(desk, [settings])
        return
    wants, source = wanted.said(desk, file, from_, wanted.tier_ids(tier or ()))
    if against is None:
        [one] = planned(desk, [settings], wants, lambda _: prune)
    else:
        there = wanted.files(desk, against).rules(desk)
        changes = plan(there, wants(settings), lambda _: prune)
        one = SitePlan(settings, Target("", "", against), changes)
    Rollout(desk, [one], several=False, source=source).show()
    if exit_code and (one.plan.writes or one.plan.problems):
        raise Difference("what is there differs from what is wanted")
