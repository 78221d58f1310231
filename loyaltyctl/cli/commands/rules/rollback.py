"""`loyaltyctl rules rollback`: restore the rules of a site from before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.apply.database import ledger_path
from loyaltyctl.apply.history import ROLLBACK, read_history, rollback_source
from loyaltyctl.apply.targets import Source
from loyaltyctl.cli.commands.rules.open_site import open_site
from loyaltyctl.cli.commands.rules.options import ContinueOnError, OnError
from loyaltyctl.cli.commands.rules.plan_views import CHANGES
from loyaltyctl.cli.commands.rules.planning import plan_sites, preview_requests
from loyaltyctl.cli.commands.rules.rollout import Rollout
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.plans import Action, StepState
from loyaltyctl.errors import NotFound
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.apply.history import History, Restoration, Run, Step
    from loyaltyctl.apply.plan import Change
    from loyaltyctl.cli.commands.rules.planning import SitePlan
    from loyaltyctl.model.rules import EarningRule

RunId = Annotated[
    str | None,
    Argument(
        metavar="[RUN]", help="Undo this run and those after it (default: the last).", show_default=False
    ),
]


def rollback(ctx: Context, run: RunId = None, on_error: ContinueOnError = OnError.STOP) -> None:
    """Restore the rules from before a run.

    Every run of apply, copy and rollback records the rules from before it. A rollback resets
    rules that were changed since, deletes rules that were created by that run or by later
    runs, and creates deleted rules again, with new ids. The prompt names the run, and the
    later changes that are undone with it; -y skips the prompt. Single commands, such as
    rules update, and bulk-create record no rules to go back to.

    A run that was interrupted and run again counts as one. An interrupted rollback is
    finished by the next one; to undo it instead, give its id as RUN.

    Examples:
      loyaltyctl -p sandbox rules rollback --yes
      loyaltyctl -p sandbox rules rollback --dry-run
    """
    ctx.output.check_view(CHANGES)
    if ctx.dry_run:
        preview_requests(ctx, [ctx.settings])
        return
    history = _read_settled_history(ctx)
    chosen = history.to_restore(run)
    if chosen is None:
        raise _run_not_found(ctx, history, run)
    rules = history.snapshots[chosen.run.id]
    created = history.created_since(chosen.run.id)
    plans = plan_sites(ctx, [ctx.settings], lambda _: rules, lambda rule: rule.id.lower() in created)
    source = Source(rollback_source(chosen.run))
    question = _report_undone_runs(ctx, history, chosen, plans[0], rules)
    Rollout(ctx, plans, several=False, source=source, question=question).run(on_error)
    if chosen.unfinished and not plans[0].plan.writes and not plans[0].plan.problems:
        _record_as_finished(ctx, plans[0], source)


def _read_settled_history(ctx: Context) -> History:
    """Return the run history to roll back.

    If it has changes with an unknown result, reads the site first to find out which of them took effect.
    """
    path = ledger_path(ctx.paths.ledgers, ctx.connection.origin, ctx.connection.site)
    history = read_history(path)
    if not any(run.in_doubt for run in history.runs):
        return history
    with open_site(ctx, ctx.settings) as site:
        site.settled()
    return read_history(path)


def _record_as_finished(ctx: Context, one: SitePlan, source: Source) -> None:
    """Record that an interrupted rollback is finished, since this rollback found nothing left to do.

    Without this record, the next rollback would continue the interrupted one.
    """
    with open_site(ctx, one.settings) as site:
        site.record_as_done(ctx.command, source.name)
    ctx.messages.note("the interrupted rollback had already made all changes")


def _run_not_found(ctx: Context, history: History, run_id: str | None) -> NotFound:
    """Return the error for a run that does not exist, or that recorded no rules to restore."""
    what = "nothing to undo: no run of" if run_id is None else f"there is no run {run_id or quoted('')} of"
    single = [run for run in history.runs if run_id in (None, run.id)]
    why = ""
    if single:
        commands = ", ".join(dict.fromkeys(run.command for run in single))
        why = f"; single commands are not covered: {commands}"
    return NotFound(
        f"{what} apply, copy or rollback on {ctx.connection.site} from this machine{why}",
        hint="See: loyaltyctl rules history",
    )


def _report_undone_runs(
    ctx: Context, history: History, chosen: Restoration, one: SitePlan, rules: Sequence[EarningRule]
) -> str:
    """Write which run is undone, and which later changes are undone or kept; return the prompt's question."""
    writes = one.plan.writes
    touched = {
        (
            rules[change.desired].id if change.current is None and change.desired is not None else change.id
        ).lower()
        for change in writes
    }
    present = {change.id.lower() for change in one.plan.changes if change.id}
    single = [run for run in chosen.later if run.id not in history.snapshots]
    undone = [run for run in chosen.later if run not in single or _has_step_for(run.steps, touched)]
    kept = [run for run in single if run not in undone and _has_step_for(_create_steps(run), present)]
    elsewhere = [
        quoted(change.rule.title)
        for change in writes
        if _changed_elsewhere(history, chosen.run, change, rules)
    ]
    # Before a prompt these lines are part of the question, so -q does not suppress them.
    say = ctx.messages.write if ctx.console.can_prompt and not ctx.flags.yes else ctx.messages.note
    if chosen.unfinished:
        say(f"run {_describe_run(chosen.unfinished)} did not finish; this finishes it")
    later = [_describe_run(run) for run in undone] + (
        [f"changes made elsewhere to {', '.join(elsewhere)}"] if elsewhere else []
    )
    if later and writes:
        say("later changes are undone too: " + "; ".join(later))
    if kept:
        say("later changes of single commands are kept: " + "; ".join(map(_describe_run, kept)))
    if chosen.left_unfinished:
        say(ctx.messages.with_profile(_describe_unfinished(chosen.left_unfinished)))
    restored = f"the rules of {one.target.name} from before run {_describe_run(chosen.run)}"
    if not ctx.console.can_prompt or ctx.flags.yes:
        ctx.messages.note(f"restoring {restored}")
    if not later:
        return f"Restore {restored}?"
    changes = "a later change" if len(later) == 1 else f"{len(later)} later changes"
    return f"Restore {restored}, and undo {changes} with it?"


def _describe_unfinished(run: Run) -> str:
    """Describe an unfinished run that this rollback does not undo, with a command to finish or undo it."""
    what = f"run {_describe_run(run)} before it did not finish"
    if run.command == ROLLBACK:
        return f"{what}; to finish it instead: loyaltyctl rules rollback {run.source.split()[-1]}"
    return f"{what}; to undo that one too: loyaltyctl rules rollback {run.id}"


def _describe_run(run: Run) -> str:
    """Describe a run in messages of `rules rollback`: id, command, source, time."""
    source = f" {run.source}" if run.source else ""
    return f"{run.id} ({run.command}{source}, {timestamps.format_epoch(run.began)})"


def _has_step_for(steps: Iterable[Step], ids: set[str]) -> bool:
    """Return whether any of the steps of a later run is about a rule in `ids`, for the rollback's report."""
    return any(step.id.lower() in ids for step in steps)


def _create_steps(run: Run) -> list[Step]:
    """Return those steps of a run that created a rule, for the report of rules that a rollback keeps."""
    return [step for step in run.steps if step.action == Action.CREATE]


def _changed_elsewhere(history: History, run: Run, change: Change, rules: Sequence[EarningRule]) -> bool:
    """Return whether a rollback's `change` overwrites an edit that the history of this machine does not have.

    There is such an edit if no step, in `run` or a later run, led to the rule as it is now on the site.
    """
    rule_id = change.id or (rules[change.desired].id if change.desired is not None else "")
    steps = [
        step
        for one in history.runs[: history.runs.index(run) + 1]
        for step in one.steps
        if step.id.lower() == rule_id.lower() and step.state not in (StepState.PLANNED, StepState.FAILED)
    ]
    if change.action is Action.CREATE:
        return not any(step.action == Action.DELETE for step in steps)
    return not all(_steps_set_field(steps, field.path, field.old) for field in change.fields)


def _steps_set_field(steps: Iterable[Step], path: str, value: object) -> bool:
    """Return whether recorded steps led to the current `value` of a field that the rollback resets.

    The last step that changed the field decides; `steps` has the latest step first. A step without recorded
    values, such as one of `rules update`, is assumed to have set the field to `value`.
    """
    for step in steps:
        if not step.fields:
            return True
        for field in step.fields:
            if field.get("path") == path and (field.get("new") == value or step.state is StepState.DONE):
                return field.get("new") == value
    return False
