"""`loyaltyctl rules diff`: show what `rules apply` would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.apply.plan import plan
from loyaltyctl.apply.targets import Target
from loyaltyctl.cli.commands.rules import desired
from loyaltyctl.cli.commands.rules.options import From, Prune, TierMapping
from loyaltyctl.cli.commands.rules.plan_views import CHANGES
from loyaltyctl.cli.commands.rules.planning import SitePlan, plan_sites, preview_requests
from loyaltyctl.cli.commands.rules.rollout import Rollout
from loyaltyctl.cli.runtime import flags, rules_loader
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.messages import detail_lines
from loyaltyctl.errors import Detail, Difference, UsageError
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.apply.plan import Change

Against = Annotated[
    str | None, Option("--against", metavar="FILE", help="Compare with this file, instead of a site.")
]
ToOne = Annotated[
    str | None, Option("--to", metavar="PROFILE", help="Compare with the site of this profile.")
]
ExitCode = Annotated[bool, Option("--exit-code", help="End with 10 if anything differs.")]
IgnoreUnmanaged = Annotated[
    bool, Option("--ignore-unmanaged", help="Ignore rules and tiers that are on the site alone.")
]

_UNMANAGED_HINT = (
    "Put what is on the site alone into the file, or remove it from the site (a rule with --prune, the tiers "
    "of a rule with tiers: {}). If the file manages a part of the site: --ignore-unmanaged"
)


def diff(  # noqa: PLR0913, PLR0917 - two sides, and what counts
    ctx: Context,
    file: flags.File = None,
    from_: From = None,
    against: Against = None,
    to: ToOne = None,
    tier: TierMapping = None,
    prune: Prune = False,
    exit_code: ExitCode = False,
    ignore_unmanaged: IgnoreUnmanaged = False,
) -> None:
    """Show what `rules apply` would change.

    Compares the desired rules, in a file or a folder (-f) or on another site (--from), with
    those on the site of the profile in use (or --to), or in another file (--against). Rules
    are the same by trigger and title, or by the id that a file gives.

    Rules that are on the site alone are listed, and so are tiers of a rule that are not in
    the file. They count for --exit-code; if the file manages only a part of the site, give
    --ignore-unmanaged. With --prune such rules are shown as deleted or paused.

    Examples:
      loyaltyctl -p sandbox rules diff -f rules.yaml
      loyaltyctl -p sandbox rules diff -f rules.yaml --prune --exit-code
      loyaltyctl rules diff -f rules.yaml --against old.yaml --json
    """
    ctx.output.check_view(CHANGES)
    if against is not None and to is not None:
        raise UsageError("--against and --to are mutually exclusive")
    settings = ctx.settings if to is None else ctx.settings.with_profile(ctx.settings.require_profile(to))
    if ctx.dry_run and against is None:
        preview_requests(ctx, [settings])
        return
    rules_for, source = desired.from_options(ctx, file, from_, desired.parse_tiers(tier or ()))
    if against is None:
        [one] = plan_sites(ctx, [settings], rules_for, lambda _: prune)
    else:
        current = rules_loader.load(ctx.inputs, against).rules(ctx.messages)
        one = SitePlan(settings, Target("", "", against), plan(current, rules_for(settings), lambda _: prune))
    warns = not (ignore_unmanaged or exit_code)
    Rollout(ctx, [one], several=False, source=source, warns_unmanaged=warns).show()
    # With --prune, the only rules left on the site alone are paused ones that cannot be deleted.
    rules = [] if prune or ignore_unmanaged else _unmanaged_rules(one.plan.unmanaged)
    if exit_code:
        tiers = [] if ignore_unmanaged else _unmanaged_tiers(one.plan.with_unmanaged_tiers)
        _raise_if_different(one, [*rules, *tiers])
    _write_unmanaged_rules(ctx, rules)


def _raise_if_different(one: SitePlan, unmanaged: Sequence[Detail]) -> None:
    """Raise Difference for `rules diff --exit-code` if anything differs.

    That is so if there are changes or problems, or if rules or tiers are unmanaged.
    """
    if one.plan.writes or one.plan.problems or unmanaged:
        hint = _UNMANAGED_HINT if unmanaged else ""
        raise Difference("the rules differ from the desired ones", details=unmanaged, hint=hint)


def _write_unmanaged_rules(ctx: Context, rules: Sequence[Detail]) -> None:
    """Write the note of `rules diff` that lists the rules that only the site has."""
    if rules:
        ctx.messages.note("\n".join(["on the site alone:", *detail_lines(rules)]))


def _unmanaged_rules(changes: Iterable[Change]) -> list[Detail]:
    """Return the rules that only the site has, as details for the messages of `rules diff`."""
    return [
        Detail(f"{one.rule.status}, on the site alone", where=f"{quoted(one.rule.title)} ({one.id})")
        for one in changes
    ]


def _unmanaged_tiers(changes: Iterable[Change]) -> list[Detail]:
    """Return the tiers that only the site has, as details for the error of `rules diff`."""
    return [
        Detail(
            f"{config.tier_id or 'the base tier'} earns {config.in_words()} on the site alone",
            where=f"{quoted(one.rule.title)} ({one.id})",
        )
        for one in changes
        for config in one.unmanaged_tiers
    ]
