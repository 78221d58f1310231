"""`loyaltyctl rules copy`: copy rules from one site to others."""

from __future__ import annotations

from loyaltyctl.cli.commands.rules import desired
from loyaltyctl.cli.commands.rules.options import (
    ContinueOnError,
    From,
    OnError,
    PlanOut,
    Prune,
    TierMapping,
    To,
)
from loyaltyctl.cli.commands.rules.planning import destinations, plan_sites, preview_requests
from loyaltyctl.cli.commands.rules.rollout import Rollout, check_output
from loyaltyctl.cli.commands.rules.saved_plan import save_plan_or_run
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError


def copy(  # noqa: PLR0913, PLR0917 - from where, where to, and how far
    ctx: Context,
    from_: From = None,
    to: To = None,
    tier: TierMapping = None,
    prune: Prune = False,
    out: PlanOut = None,
    on_error: ContinueOnError = OnError.STOP,
) -> None:
    """Copy rules between sites.

    Same as `rules apply` with a file of the rules on the site of --from. Each site has its
    own tiers: --tier maps the id of a tier there to its id on the destination.

    Examples:
      loyaltyctl rules copy --from sandbox --to live --dry-run
      loyaltyctl rules copy --from sandbox --to "live*" --curl
    """
    if ctx.dry_run:
        preview_requests(ctx, destinations(ctx, to))
        return
    if from_ is None:
        raise UsageError("no rules to copy are given", hint="Give the profile with --from NAME.")
    check_output(ctx, several=to is not None)
    sites = destinations(ctx, to)
    rules_for, source = desired.from_profile(ctx, from_, desired.parse_tiers(tier or ()))
    if prune:
        rules_for = desired.refuse_empty(rules_for, source)
    plans = plan_sites(ctx, sites, rules_for, lambda _: prune, on_error)
    save_plan_or_run(Rollout(ctx, plans, to is not None, source), out, on_error)
