"""`rules diff`: what is wanted against what is there; sites, files and profiles, either way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.apply.plan import plan
from loyaltyctl.apply.targets import Target
from loyaltyctl.cli.commands.rules import desired as wanted
from loyaltyctl.cli.commands.rules.desired import From, Tiers
from loyaltyctl.cli.commands.rules.plan_views import CHANGES
from loyaltyctl.cli.commands.rules.rollout import Prune, Rollout, SitePlan, planned, rehearse_reading
from loyaltyctl.cli.runtime import flags, rules_files
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.messages import MAX_DETAILS
from loyaltyctl.errors import Detail, Difference, UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.apply.plan import Change

Against = Annotated[
    str | None, Option("--against", metavar="FILE", help="What is there: this file, instead of a site.")
]
ToOne = Annotated[
    str | None, Option("--to", metavar="PROFILE", help="What is there: the site of this profile.")
]
ExitCode = Annotated[bool, Option("--exit-code", help="End with 10 where something differs.")]
IgnoreUnmanaged = Annotated[
    bool, Option("--ignore-unmanaged", help="Rules and tiers on the site alone are no difference.")
]

_HINT = (
    "Put what is on the site alone into the file, or remove it from the site (a rule with --prune, the tiers "
    "of a rule with tiers: {}). If the file manages a part of the site: --ignore-unmanaged"
)


def diff(  # noqa: PLR0913, PLR0917 - two sides, and what counts
    ctx: Context,
    file: flags.File = None,
    from_: From = None,
    against: Against = None,
    to: ToOne = None,
    tier: Tiers = None,
    prune: Prune = False,
    exit_code: ExitCode = False,
    ignore_unmanaged: IgnoreUnmanaged = False,
) -> None:
    """Show what `rules apply` would change.

    What is wanted is in a file or a folder (-f) or on another site (--from), what is there
    on the site of the profile in use (or --to), or in another file (--against). Rules are
    the same by trigger and title, or by the id that a file gives.

    Rules on the site alone are named, and so are tiers of a rule that the file does not
    state. They count for --exit-code, unless --ignore-unmanaged says that the file manages a
    part of the site. With --prune such rules are shown as deleted or paused.

    Examples:
      loyaltyctl -p sandbox rules diff -f rules.yaml
      loyaltyctl -p sandbox rules diff -f rules.yaml --prune --exit-code
      loyaltyctl rules diff -f rules.yaml --against old.yaml --json
    """
    ctx.output.check(CHANGES)
    if against is not None and to is not None:
        raise UsageError("both --against and --to say what is there", hint="Give one of the two.")
    settings = ctx.settings if to is None else ctx.settings.of(ctx.settings.require_profile(to))
    if ctx.dry_run and against is None:
        rehearse_reading(ctx, [settings])
        return
    wants, source = wanted.said(ctx, file, from_, wanted.tier_ids(tier or ()))
    if against is None:
        [one] = planned(ctx, [settings], wants, lambda _: prune)
    else:
        there = rules_files.read(ctx, against).rules(ctx)
        changes = plan(there, wants(settings), lambda _: prune)
        one = SitePlan(settings, Target("", "", against), changes)
    Rollout(
        ctx, [one], several=False, source=source, warns_unmanaged=not (ignore_unmanaged or exit_code)
    ).show()
    # With --prune, the rules that are left on the site alone are paused and cannot be deleted.
    alone = [] if prune else _rules(one.plan.unmanaged)
    left = [] if ignore_unmanaged else [*alone, *_tiers(one.plan.with_unmanaged_tiers)]
    if exit_code and (one.plan.writes or one.plan.problems or left):
        raise Difference(
            "what is there differs from what is wanted", details=left, hint=_HINT if left else ""
        )
    if alone and not ignore_unmanaged:
        lines = [f"  {visible(str(rule))}" for rule in alone[:MAX_DETAILS]]
        more = len(alone) - len(lines)
        ctx.messages.note(
            "\n".join(["on the site alone:", *lines, *([f"  and {more} more"] if more else [])])
        )


def _rules(alone: Iterable[Change]) -> list[Detail]:
    """The rules on the site alone."""
    return [
        Detail(f"{one.rule.status}, on the site alone", where=f"{quoted(one.rule.title)} ({one.id})")
        for one in alone
    ]


def _tiers(alone: Iterable[Change]) -> list[Detail]:
    """The tiers on the site alone, by their rules."""
    return [
        Detail(
            f"{config.tier_id or 'the base tier'} earns {config.in_words()} on the site alone",
            where=f"{quoted(one.rule.title)} ({one.id})",
        )
        for one in alone
        for config in one.unmanaged_tiers
    ]
