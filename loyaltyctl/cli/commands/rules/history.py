"""`loyaltyctl rules history`: list the runs that changed a site from this machine."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from typer import Argument, Option

from loyaltyctl.apply.history import Run, Step, read_histories
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.json_values import OMITTED, json_object
from loyaltyctl.contract.outputs import plans
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.contract.outputs.rules import FieldChange
from loyaltyctl.errors import NotFound
from loyaltyctl.intake import timestamps
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View, parse_date

RunId = Annotated[str | None, Argument(metavar="[RUN]", help="Show its steps.", show_default=False)]
Limit = Annotated[int, Option("--limit", min=1, metavar="N", help="Maximum number of runs.")]

_COLORS = {
    StepState.DONE: GREEN,
    StepState.PLANNED: YELLOW,
    StepState.SENDING: RED,
    StepState.FAILED: RED,
    StepState.UNKNOWN: RED,
}
DEFAULT_LIMIT = 50


def _run_outcome(run: Run) -> str:
    """Return the cell OUTCOME of a run in `rules history`, such as `2 done, 1 failed`: its steps by state."""
    counts = Counter(step.state for step in run.steps)
    names = {StepState.PLANNED: "not tried", StepState.SENDING: "not known"}
    parts = [f"{counts[state]} {names.get(state, state)}" for state in StepState if counts[state]]
    return ("" if run.ended is not None else "did not end: ") + (", ".join(parts) or "nothing was left to do")


def _step_output(step: Step) -> plans.Step:
    """Return a step of a run as the output of `rules history RUN`."""
    return plans.Step(
        step.action,
        step.id or None,
        step.title,
        step.state,
        [FieldChange(str(one.get("path", "")), one.get("old"), one.get("new")) for one in step.fields],
        [*step.requests],
        step.problem or OMITTED,
    )


def _run_output(run: Run) -> plans.Run:
    """Return a run as the output of `rules history`."""
    return plans.Run(
        run=run.id,
        command=run.command,
        source=run.source,
        began=timestamps.format_epoch(run.began),
        ended=None if run.ended is None else timestamps.format_epoch(run.ended),
        profile=run.target.profile or None,
        origin=run.target.origin,
        site=run.target.site,
        changes=[*map(_step_output, run.steps)],
    )


RUN = View[Run](
    columns=(
        Column("RUN", lambda run: run.id, whole=True),
        Column("WHEN", lambda run: parse_date(timestamps.format_epoch(run.began))),
        Column("COMMAND", lambda run: run.command),
        Column("PROFILE", lambda run: run.target.profile),
        Column("SITE", lambda run: run.target.site, whole=True, rank=1),
        Column("FROM", lambda run: run.source, rank=2),
        Column(
            "OUTCOME",
            _run_outcome,
            whole=True,
            color=lambda run: YELLOW if run.ended is None or run.missing else GREEN,
        ),
    ),
    output=_run_output,
    id=lambda run: run.id,
    output_type=plans.Run,
    row=lambda run: (
        {name: value for name, value in json_object(_run_output(run)).items() if name != "changes"}
        | {"outcome": _run_outcome(run)}
    ),
)

STEP = View[Step](
    columns=(
        Column("CHANGE", lambda step: step.action),
        Column("ID", lambda step: step.id, whole=True),
        Column("RULE", lambda step: step.title),
        Column("STATE", lambda step: step.state, lambda step: _COLORS[step.state]),
        Column("REQUEST IDS", lambda step: " ".join(step.requests), rank=1),
        Column("PROBLEM", lambda step: step.problem),
    ),
    output=_step_output,
    id=lambda step: step.id,
    output_type=plans.Step,
)


def history(ctx: Context, run: RunId = None, limit: Limit = DEFAULT_LIMIT) -> None:
    """List the runs that changed a site from this machine.

    Every command that changed a site is listed, latest first; with -p only those for that
    profile. The steps of a run have the ids of their requests, which the vendor's support
    asks for. To finish a run of apply, copy or rollback that did not end, run its command
    again; a run of bulk-create takes --resume.

    Examples:
      loyaltyctl rules history
      loyaltyctl rules history --json --limit 1
    """
    profile = ctx.flags.profile
    all_runs, damaged = read_histories(ctx.paths.ledgers)
    for error in damaged:
        ctx.messages.warn(f"{error.message}; {error.hint}")
    runs = [one for one in all_runs if profile in (None, one.target.profile)]
    if not runs and profile is not None:
        ctx.settings.require_profile(profile)  # no error for a deleted profile that has runs
    if run is None:
        ctx.output.show_all(runs[:limit], RUN)
        return
    chosen = next((one for one in runs if one.id == run), None)
    if chosen is None:
        raise NotFound(f"there is no run {run}", hint="List them with: loyaltyctl rules history")
    ctx.output.show_all(chosen.steps, STEP)
