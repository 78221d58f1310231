"""Saved plans: write a plan to a file for review (--out), and apply it later if it is still valid."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from loyaltyctl.apply import execute
from loyaltyctl.apply.plan_files import SavedPlan
from loyaltyctl.apply.refresh import refresh
from loyaltyctl.apply.targets import Target
from loyaltyctl.cli.commands.rules.options import OnError
from loyaltyctl.cli.commands.rules.plan_views import CHANGES
from loyaltyctl.cli.commands.rules.planning import SitePlan, cannot_be_done_error
from loyaltyctl.cli.commands.rules.rollout import Rollout
from loyaltyctl.cli.runtime import rules_loader
from loyaltyctl.errors import Conflict, InvalidData, UsageError
from loyaltyctl.intake import atomic_files, strict_json, timestamps
from loyaltyctl.intake.documents import STDIN, display_name

if TYPE_CHECKING:
    from loyaltyctl.apply.targets import Source
    from loyaltyctl.cli.runtime.context import Context


def save_plan_or_run(rollout: Rollout, out: str | None, on_error: OnError) -> None:
    """Save the plan of `rollout` to the file given by --out, to apply it later; without --out, run it now."""
    if out is None:
        rollout.run(on_error)
        return
    if len(rollout.plans) != 1:
        raise UsageError("a plan is for one site; give --out with a single --to")
    [one] = rollout.plans
    if on_error is OnError.STOP and one.plan.problems:
        raise cannot_be_done_error(one)
    ctx = rollout.ctx
    with atomic_files.convert_errors(out):
        replaced = _read_replaced_plan(out, rollout.source)
        source = _with_relative_path(rollout.source, atomic_files.resolve_target(Path(out)).parent)
        time = timestamps.format_epoch(ctx.console.clock.time())
        saved = SavedPlan(one.plan, one.target, source, time)
        atomic_files.replace(Path(out), saved.text(), atomic_files.SHARED, replaced)
    rollout.show()
    ctx.messages.note(
        ctx.messages.with_profile(f"wrote {out}; apply it with: loyaltyctl rules apply {quote(out)}")
    )


def apply_saved(ctx: Context, path: str, on_error: OnError) -> None:
    """Apply a saved plan. Raises Conflict if its rules files or its site have changed since it was saved."""
    name = display_name(path)
    ctx.output.check_view(CHANGES)
    saved = SavedPlan.read(ctx.inputs.read_text(path), name)
    target = Target(ctx.settings.profile or "", ctx.connection.origin, ctx.connection.site)
    # Server and site only: a profile may have another name on the machine that applies the plan.
    if target[1:] != saved.target[1:]:
        raise UsageError(
            f"{name} was made for the site {saved.target.site} on {saved.target.origin}, "
            f"and this is {target.site} on {target.origin}",
            code="OTHER_SITE",
            hint=f"It was made with the profile {saved.target.profile}." if saved.target.profile else "",
        )
    _check_source_unchanged(ctx, name, path, saved.source)
    if ctx.dry_run:
        execute.dry_run(ctx.rules, saved.plan.writes)
        return
    plan = refresh(saved.plan, ctx.rules.list())
    Rollout(ctx, [SitePlan(ctx.settings, target, plan)], several=False, source=saved.source).run(on_error)


def _read_replaced_plan(out: str, source: Source) -> bytes | None:
    """Return the content of the saved plan at `out` that a new plan replaces; None if there is no file.

    Raises UsageError for a file that is not a saved plan, such as the rules file itself.
    """
    if out == STDIN:
        raise UsageError("- is not a regular file", hint="Give the name of a file for the plan.")
    path = atomic_files.resolve_target(Path(out))
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        SavedPlan.read(strict_json.decode(content, out), out)
    except InvalidData:
        is_source = path == Path(os.path.realpath(source.name))
        reason = "it is the file that the plan is made from" if is_source else "it exists, and is not a plan"
        raise UsageError(f"{out} is not overwritten: {reason}", hint="Give another name.") from None
    return content


def _with_relative_path(source: Source, folder: Path) -> Source:
    """Return the source to write into the plan of --out, with its path relative to the folder of the plan.

    A repository with the saved plan and its source can then be moved, or checked out on another machine.
    """
    if not source.path:
        return source
    path = Path(source.path)
    with contextlib.suppress(ValueError):  # Windows: no relative path leads to another drive
        return source._replace(from_plan=os.path.relpath(path.parent.resolve() / path.name, folder))
    return source


def _check_source_unchanged(ctx: Context, name: str, path: str, source: Source) -> None:
    """Raise Conflict if the rules files of a saved plan have changed; warn if they cannot be found."""
    current = rules_loader.current_hash(ctx.inputs, source, Path(path).resolve())
    if current is None:
        made_from = source.path or display_name(source.name)
        reason = "does not exist any more" if source.path else "cannot be read again"
        ctx.messages.warn(f"{name} was made from {made_from}, which {reason}: it may have changed since")
    elif current != source.hash:
        raise Conflict(
            f"{name} is stale: {source.name} has changed since it was made",
            code="STALE_PLAN",
            hint="Make the plan again with --out.",
        )
