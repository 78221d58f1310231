"""`rules apply`, `copy`: make sites match a rules file, or another site."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.apply import execute
from loyaltyctl.apply.plan_files import SavedPlan
from loyaltyctl.apply.refresh import refresh
from loyaltyctl.apply.targets import Source, Target
from loyaltyctl.cli.commands.rules import desired as wanted
from loyaltyctl.cli.commands.rules.bulk_create import OnError
from loyaltyctl.cli.commands.rules.desired import From, Tiers
from loyaltyctl.cli.commands.rules.plan_views import CHANGES, SITES
from loyaltyctl.cli.commands.rules.rollout import (
    Continue,
    Prune,
    Rollout,
    SitePlan,
    To,
    blocked,
    destinations,
    planned,
    rehearse_reading,
)
from loyaltyctl.cli.runtime import flags, rules_files
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import Conflict, InvalidData, UsageError
from loyaltyctl.intake import atomic_files, strict_json, timestamps
from loyaltyctl.intake.documents import STDIN, display_name

if TYPE_CHECKING:
    from loyaltyctl.cli.commands.rules.desired import Wants
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.model.rules import EarningRule

PlanFile = Annotated[
    str | None, Argument(metavar="[PLAN]", help="A plan that --out has written.", show_default=False)
]
Out = Annotated[str | None, Option("--out", metavar="PLAN", help="Write the plan to a file; change nothing.")]


def apply(  # noqa: PLR0913, PLR0917 - what, where, and how far
    ctx: Context,
    plan: PlanFile = None,
    file: flags.File = None,
    to: To = None,
    prune: Prune = False,
    out: Out = None,
    on_error: Continue = OnError.STOP,
) -> None:
    """Make a site what a file of rules says, or several sites.

    Shows the changes and asks, unless -y is given. Rules are created before others are
    paused or deleted; what is not in the file stays, unless --prune says otherwise. Each
    change is journaled, and holds against the revision that was read. A run that was killed
    is finished by running it again; `rules rollback` undoes one.

    With --out the plan is written to a file, to be reviewed and applied later: it is
    refused once the site or the file has changed.

    Examples:
      loyaltyctl -p sandbox rules apply -f rules.yaml --yes
      loyaltyctl -p sandbox rules apply -f rules.yaml --out plan.json
      loyaltyctl -p sandbox rules apply plan.json --yes
      loyaltyctl -p sandbox rules apply -f rules.yaml --prune --dry-run
    """
    if (plan is None) == (file is None):
        what = "nothing says" if plan is None else "both a plan and -f say"
        raise UsageError(f"{what} what to apply", hint="Give a file of rules with -f FILE, or a plan.")
    if plan is not None:
        if to or prune or out:
            raise UsageError("a plan says where it goes and what goes; leave --to, --prune and --out away")
        _apply_saved(ctx, plan, on_error)
    elif ctx.dry_run:
        rehearse_reading(ctx, destinations(ctx, to))
    else:
        _check_views(ctx, to)
        wants, source = wanted.said(ctx, file, None, {})
        safe = _safe(wants, source) if prune else wants
        plans = planned(ctx, destinations(ctx, to), safe, lambda _: prune, on_error)
        _carry_out(Rollout(ctx, plans, to is not None, source), out, on_error)


def copy(  # noqa: PLR0913, PLR0917 - from where, where to, and how far
    ctx: Context,
    from_: From = None,
    to: To = None,
    tier: Tiers = None,
    prune: Prune = False,
    out: Out = None,
    on_error: Continue = OnError.STOP,
) -> None:
    """Make the rules of a site those of another one.

    As `rules apply` with a file of the rules on the site of --from. Sites have tiers of
    their own: --tier says which one of the other site stands for which.

    Examples:
      loyaltyctl rules copy --from sandbox --to live --dry-run
      loyaltyctl rules copy --from sandbox --to "live*" --curl
    """
    if ctx.dry_run:
        rehearse_reading(ctx, destinations(ctx, to))
        return
    if from_ is None:
        raise UsageError("nothing says which rules to copy", hint="Give the profile with --from NAME.")
    _check_views(ctx, to)
    where = destinations(ctx, to)
    wants, source = wanted.from_profile(ctx, from_, wanted.tier_ids(tier or ()))
    plans = planned(ctx, where, _safe(wants, source) if prune else wants, lambda _: prune, on_error)
    _carry_out(Rollout(ctx, plans, to is not None, source), out, on_error)


def _check_views(ctx: Context, to: list[str] | None) -> None:
    """Check what is asked for of the output, before anything is sent."""
    if to is None:
        ctx.output.check(CHANGES)
    else:
        ctx.output.check(SITES)


def _safe(wants: Wants, source: Source) -> Wants:
    """The same, but not where nothing is wanted and all would be deleted."""

    def wanted_and_safe(settings: Settings) -> list[EarningRule]:
        rules = wants(settings)
        if not rules:
            what = "--prune would delete all rules of the site"
            raise InvalidData(f"{display_name(source.name)} holds no rules: {what}")
        return rules

    return wanted_and_safe


def _carry_out(rollout: Rollout, out: str | None, on_error: OnError) -> None:
    """Apply, or write the plan where it is to be reviewed first."""
    if out is None:
        rollout.carry_out(on_error)
        return
    if len(rollout.plans) != 1:
        raise UsageError("a plan is for one site; give --out with a single --to")
    [one] = rollout.plans
    if on_error is OnError.STOP and one.plan.problems:
        raise blocked(one)
    with atomic_files.convert_errors(out):
        before = _replaceable(out, rollout.source)
        source = _seen_from(atomic_files.resolve_target(Path(out)).parent, rollout.source)
        saved = SavedPlan(
            one.plan, one.target, source, timestamps.format_epoch(rollout.ctx.console.clock.time())
        )
        atomic_files.replace(Path(out), saved.text(), atomic_files.SHARED, before)
    rollout.show()
    say = rollout.ctx.messages
    say.note(say.with_profile(f"wrote {out}; apply it with: loyaltyctl rules apply {quote(out)}"))


def _replaceable(out: str, source: Source) -> bytes | None:
    """The content of the plan that a new one replaces, None for a new file. Raises UsageError."""
    if out == STDIN:
        raise UsageError("- is not a regular file", hint="Give the name of a file for the plan.")
    path = atomic_files.resolve_target(Path(out))
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        SavedPlan.read(strict_json.decode(before, out), out)
    except InvalidData:
        same = path == Path(os.path.realpath(source.name))
        what = "it is the file that the plan is made from" if same else "it is there, and is no plan"
        raise UsageError(f"{out} is not written over: {what}", hint="Give another name.") from None
    return before


def _seen_from(folder: Path, source: Source) -> Source:
    """`source` with its path from a folder, if it has a path and the two are on one drive."""
    if not source.path:
        return source
    there = Path(source.path)
    with contextlib.suppress(ValueError):
        return source._replace(from_plan=os.path.relpath(there.parent.resolve() / there.name, folder))
    return source


def _check_source(ctx: Context, name: str, path: str, source: Source) -> None:
    """Refuse a plan whose source has changed since, and say so where the two cannot be compared."""
    now = rules_files.current_hash(ctx, source, Path(path).resolve())
    if now is None:
        what = source.path or display_name(source.name)
        why = "is not there any more" if source.path else "cannot be compared again"
        ctx.messages.warn(f"{name} was made from {what}, which {why}: it may have changed since")
    elif now != source.hash:
        raise Conflict(
            f"{name} is stale: {source.name} was changed after it was made",
            code="STALE_PLAN",
            hint="Make the plan anew, as it was made.",
        )


def _apply_saved(ctx: Context, path: str, on_error: OnError) -> None:
    """Apply a plan that was written earlier, if it still holds."""
    name = display_name(path)
    ctx.output.check(CHANGES)
    saved = SavedPlan.read(ctx.inputs.text(path), name)
    here = Target(ctx.settings.profile or "", ctx.connection.origin, ctx.connection.site)
    if here[1:] != saved.target[1:]:
        raise UsageError(
            f"{name} was made for the site {saved.target.site} on {saved.target.origin}, "
            f"and this is {here.site} on {here.origin}",
            code="OTHER_SITE",
            hint=f"The profile was: {saved.target.profile}" if saved.target.profile else "",
        )
    _check_source(ctx, name, path, saved.source)
    if ctx.dry_run:
        execute.dry_run(ctx.rules, saved.plan.writes)
        return
    left = refresh(saved.plan, ctx.rules.list())
    Rollout(ctx, [SitePlan(ctx.settings, here, left)], several=False, source=saved.source).carry_out(on_error)
