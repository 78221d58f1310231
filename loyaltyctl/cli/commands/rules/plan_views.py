"""Views of plans and their results, by change or by site: table columns, CSV rows and output types."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.execute import ChangeResult
from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs import plans
from loyaltyctl.contract.outputs.errors import Failure
from loyaltyctl.contract.outputs.plans import Action, Result
from loyaltyctl.model import comparison
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.render.views import GREEN, RED, YELLOW, Cell, Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.apply.plan import Change, Plan
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake.values import Json

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.PAUSE: "-", Action.DELETE: "-"}
_COLORS = {"+": GREEN, "~": YELLOW, "-": RED}
_RESULT_COLORS: dict[str, str] = {
    Result.DONE: GREEN,
    Result.FAILED: RED,
    Result.UNKNOWN: RED,
    Result.SKIPPED: YELLOW,
}
_ACTIONS_IN_WORDS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.PAUSE: "to pause",
    Action.DELETE: "to delete",
    Action.UNCHANGED: "unchanged",
    Action.UNMANAGED: "on the site alone",
}


def untried_results(plan: Plan) -> list[ChangeResult]:
    """Return the rows of the view of a plan that is not applied yet: each change, without a result."""
    return [ChangeResult(change, Result.NOTHING, change.id) for change in plan.changes]


def count_changes(planned: Iterable[Plan]) -> str:
    """Return the number of changes of each kind in some plans, such as `2 to create, 1 unchanged`."""
    changes = [change for plan in planned for change in plan.changes]
    counts = Counter(change.action for change in changes)
    parts = [f"{counts[action]:,} {text}" for action, text in _ACTIONS_IN_WORDS.items() if counts[action]]
    if tiers := sum(len(change.unmanaged_tiers) for change in changes):
        parts.append(f"{tiers:,} {'tier' if tiers == 1 else 'tiers'} on the site alone")
    return ", ".join(parts) or "no rules"


def summary(listed: Iterable[ChangeResult]) -> plans.Summary:
    """Count the changes in the view of a plan by action; if some were tried, also by result."""
    known = [*listed]
    actions = Counter(one.change.action.value for one in known)
    counts = Counter(one.result.value for one in known if one.result)
    tried = {result.value: counts[result] for result in Result if result} if counts else {}
    tiers = sum(len(one.change.unmanaged_tiers) for one in known)
    return plans.Summary(
        **{action.value: actions[action] for action in Action}, unmanaged_tiers=tiers, **tried
    )


def _change_output(result: ChangeResult) -> plans.Change:
    """Return the result of a planned change as the output of `rules diff` and `rules apply`."""
    change = result.change
    key = Key.of(change.rule)
    error = Failure.of(result.error) if result.error else OMITTED
    if not error and change.problem:
        error = Failure("CANNOT_BE_DONE", change.problem)
    return plans.Change(
        action=change.action,
        id=result.id or None,
        key=plans.Key(key.app, key.activity, key.title),
        title=change.rule.title,
        revision=change.revision,
        fields=plans.field_changes(change.fields),
        unmanaged_tiers=plans.unmanaged_tiers(change.unmanaged_tiers),
        result=result.result or OMITTED,
        error=error,
    )


def describe(change: Change) -> str:
    """Return the cell WHAT in the view of a plan: the fields that a change sets, with old and new values."""
    return "; ".join(
        f"{name}: {_field_value(old)} → {_field_value(new)}" for name, old, new in _changed_fields(change)
    )


def _changed_fields(change: Change) -> list[comparison.FieldChange]:
    """Return the fields that the view of a plan shows for a change.

    The title of a new rule is left out: the row has it already.
    """
    if change.action is Action.DELETE or not change.is_write:
        return []
    found = comparison.readable_differences(change.current, change.after)
    heading = {"title": change.rule.title} if change.current is None else {}
    return [field for field in found if field.new != heading.get(field.path, object())]


def _field_value(value: Json) -> str:
    """Return a field's value for the view of a plan; `none` if the field has no value."""
    return "none" if value is None else str(value)


def _problem_text(result: ChangeResult) -> str:
    """Return the cell PROBLEM in the view of a plan: why a change failed, or why it cannot be made."""
    if result.error:
        return result.error.message
    return f"cannot be done: {result.change.problem}" if result.change.problem else ""


def _field_grid(listed: Sequence[ChangeResult], _width: int) -> Grid:
    """Return the view of a plan as a table for a terminal: a row for each changed field, grouped by rule.

    The first row of a rule has its title, the second one its id.
    """
    rows: list[tuple[Cell, ...]] = []
    for result in listed:
        change = result.change
        head = f"{_SIGNS.get(change.action, ' ')} {change.action}"
        changed = [
            (name, _old_field_value(change, old), _field_value(new))
            for name, old, new in _changed_fields(change)
        ]
        names = [change.rule.title, *([change.id] if change.id else [])]
        for i in range(max(len(changed), len(names))):
            cells = changed[i] if i < len(changed) else ("", "", "")
            last = str(result.result) if i == 0 else ""
            rows.append((head if i == 0 else "", names[i] if i < len(names) else "", *cells, last))
    columns = [
        Column[tuple[Cell, ...]]("CHANGE", lambda row: row[0], lambda row: _COLORS.get(str(row[0])[:1], "")),
        Column[tuple[Cell, ...]]("RULE", lambda row: row[1], whole=True),
        Column[tuple[Cell, ...]]("FIELD", lambda row: row[2], whole=True),
        Column[tuple[Cell, ...]]("IS", lambda row: row[3]),
        Column[tuple[Cell, ...]]("WILL BE", lambda row: row[4]),
    ]
    if any(one.result for one in listed):  # a diff has no results, and no column for them
        columns.append(Column("RESULT", lambda row: row[5], lambda row: _RESULT_COLORS.get(str(row[5]), "")))
    return Grid(tuple(columns), rows)


def _old_field_value(change: Change, value: Json) -> str:
    """Return the old value of a field for the column `IS` of a plan's view; empty for a new rule."""
    return "" if change.current is None else _field_value(value)


CHANGES = View[ChangeResult](
    columns=(
        Column("CHANGE", lambda result: result.change.action),
        Column("ID", lambda result: result.id, whole=True),
        Column("RULE", lambda result: result.change.rule.title),
        Column("WHAT", lambda result: describe(result.change)),
        Column("RESULT", lambda result: result.result),
        Column("PROBLEM", _problem_text),
    ),
    output=_change_output,
    id=lambda result: result.id,
    output_type=plans.Change,
    row=lambda result: {
        "action": result.change.action.value,
        "id": result.id,
        "title": result.change.rule.title,
        "what": describe(result.change),
        "result": result.result.value,
        "problem": _problem_text(result),
    },
    whole=lambda listed, changes: plans.Changes(changes, summary(listed)),
    grid=_field_grid,
    empty="",
)


class SiteResult(NamedTuple):
    """Row in the view of plan results by site: the result of each change on one site, or the error."""

    target: Target
    results: list[ChangeResult]
    error: LoyaltyError | None = None

    @property
    def result(self) -> str:
        """The cell RESULT in the view of plans by site, such as `2 done, 1 failed`, or `not tried`."""
        counts = Counter(one.result for one in self.results if one.result)
        parts = ", ".join(f"{counts[result]} {result}" for result in Result if counts[result])
        planned = sum(one.change.is_write for one in self.results)
        return parts or ("not tried" if self.error or planned else "nothing to do")

    @property
    def problem(self) -> str:
        """The cell PROBLEM in the view of plans by site: its error, else the first problem of its changes."""
        first = next((text for one in self.results if (text := _problem_text(one))), "")
        return self.error.message if self.error else first

    @property
    def output(self) -> plans.Site:
        """The JSON of a site in the view of plans by site: changes, summary, error."""
        return plans.Site(
            profile=self.target.profile,
            origin=self.target.origin,
            site=self.target.site,
            changes=[*map(_change_output, self.results)],
            summary=summary(self.results),
            error=Failure.of(self.error) if self.error else OMITTED,
        )


def _site_color(site: SiteResult) -> str:
    """Return the color of the cell RESULT in the view of plans by site: red with a problem, else green."""
    return RED if site.problem else GREEN


def _count_changes_on(site: SiteResult, action: Action) -> int:
    """Return the number of a site's changes with this action, for the view of plans by site."""
    return sum(result.change.action is action for result in site.results)


def _count_column(action: Action) -> Column[SiteResult]:
    """Return the column CREATE, UPDATE, … in the view of plans by site: the number of such changes."""
    return Column(action.upper(), lambda site: _count_changes_on(site, action), right=True)


SITES = View[SiteResult](
    columns=(
        Column("PROFILE", lambda site: site.target.profile),
        Column("SITE", lambda site: site.target.site, whole=True),
        *map(_count_column, (Action.CREATE, Action.UPDATE, Action.PAUSE, Action.DELETE, Action.UNCHANGED)),
        Column("RESULT", lambda site: site.result, _site_color),
        Column("PROBLEM", lambda site: site.problem),
    ),
    output=lambda site: site.output,
    id=lambda site: site.target.site,
    output_type=plans.Site,
    row=lambda site: {
        "profile": site.target.profile,
        "site": site.target.site,
        **{action.value: _count_changes_on(site, action) for action in Action},
        "result": site.result,
        "problem": site.problem,
    },
    whole=lambda listed, sites: plans.Sites(
        sites, summary(result for site in listed for result in site.results)
    ),
)
