"""`rules history`: list the runs that changed a site from this machine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.apply.history import Run, Step, read_all
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import NotFound
from loyaltyctl.intake import timestamps
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View, moment

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

RunId = Annotated[str | None, Argument(metavar="[RUN]", help="Show its steps.", show_default=False)]
Limit = Annotated[int, Option("--limit", min=1, metavar="N", help="Maximum number of runs.")]

_TONES = {
    StepState.DONE: GREEN,
    StepState.PLANNED: YELLOW,
    StepState.SENDING: RED,
    StepState.FAILED: RED,
    StepState.UNKNOWN: RED,
}
SHOWN = 50


def _outcome(run: Run) -> str:
    """Return how many steps are in each state, such as `2 done, 1 failed`."""
    counts = Counter(step.state for step in run.steps)
    names = {StepState.PLANNED: "not tried", StepState.SENDING: "not known"}
    parts = [f"{counts[state]} {names.get(state, state)}" for state in StepState if counts[state]]
    return ("" if run.ended is not None else "did not end: ") + (", ".join(parts) or "nothing was left to do")


def _step_document(step: Step) -> JsonObject:
    fields: list[Json] = [*step.fields]
    requests: list[Json] = [*step.requests]
    document: JsonObject = {
        "action": step.action,
        "id": step.id or None,
        "title": step.title,
        "state": step.state.value,
        "fields": fields,
        "requestIds": requests,
    }
    return document | ({"problem": step.problem} if step.problem else {})


def _run_document(run: Run) -> JsonObject:
    changes: list[Json] = [_step_document(step) for step in run.steps]
    ended = None if run.ended is None else timestamps.format_epoch(run.ended)
    return {
        "run": run.id,
        "command": run.command,
        "source": run.source,
        "began": timestamps.format_epoch(run.began),
        "ended": ended,
        "profile": run.target.profile or None,
        "origin": run.target.origin,
        "site": run.target.site,
        "changes": changes,
    }


_FIELDS = ("run", "command", "source", "began", "ended", "profile", "origin", "site", "changes")
_STEP_FIELDS = ("action", "id", "title", "state", "fields", "requestIds", "problem")

RUN = View[Run](
    columns=(
        Column("RUN", lambda run: run.id, whole=True),
        Column("WHEN", lambda run: moment(timestamps.format_epoch(run.began))),
        Column("COMMAND", lambda run: run.command),
        Column("PROFILE", lambda run: run.target.profile),
        Column("SITE", lambda run: run.target.site, whole=True, rank=1),
        Column("FROM", lambda run: run.source, rank=2),
        Column(
            "OUTCOME",
            _outcome,
            whole=True,
            tone=lambda run: YELLOW if run.ended is None or run.missing else GREEN,
        ),
    ),
    output=_run_document,
    id=lambda run: run.id,
    output_type=(*_FIELDS, *(f"changes.{name}" for name in _STEP_FIELDS)),
    row=lambda run: (
        {name: value for name, value in _run_document(run).items() if name != "changes"}
        | {"outcome": _outcome(run)}
    ),
)

STEP = View[Step](
    columns=(
        Column("CHANGE", lambda step: step.action),
        Column("ID", lambda step: step.id, whole=True),
        Column("RULE", lambda step: step.title),
        Column("STATE", lambda step: step.state, lambda step: _TONES[step.state]),
        Column("REQUEST IDS", lambda step: " ".join(step.requests), rank=1),
        Column("PROBLEM", lambda step: step.problem),
    ),
    output=_step_document,
    id=lambda step: step.id,
    output_type=_STEP_FIELDS,
)


def history(ctx: Context, run: RunId = None, limit: Limit = SHOWN) -> None:
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
    all_runs, damaged = read_all(ctx.paths.journals)
    for error in damaged:
        ctx.messages.warn(f"{error.message}; {error.hint}")
    runs = [one for one in all_runs if profile in (None, one.target.profile)]
    if not runs and profile is not None:
        ctx.settings.require_profile(profile)  # a deleted profile may have a history; a typing error has none
    if run is None:
        ctx.output.show_all(runs[:limit], RUN)
        return
    chosen = next((one for one in runs if one.id == run), None)
    if chosen is None:
        raise NotFound(f"there is no run {run}", hint="List them with: loyaltyctl rules history")
    ctx.output.show_all(chosen.steps, STEP)
