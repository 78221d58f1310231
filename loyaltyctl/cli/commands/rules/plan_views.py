"""Views of plans and of their results: a line for each change; in tables, a line for each field."""

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
_TONES = {"+": GREEN, "~": YELLOW, "-": RED}
_RESULT_TONES = {Result.DONE: GREEN, Result.FAILED: RED, Result.UNKNOWN: RED, Result.SKIPPED: YELLOW}
_COUNTED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.PAUSE: "to pause",
    Action.DELETE: "to delete",
    Action.UNCHANGED: "unchanged",
    Action.UNMANAGED: "on the site alone",
}


def outcomes(plan: Plan) -> list[ChangeResult]:
    """Return the changes of a plan as results of changes that were not tried yet."""
    return [ChangeResult(change, Result.NOTHING, change.id) for change in plan.changes]


def counted(planned: Iterable[Plan]) -> str:
    """Return the number of changes of each kind, in words."""
    changes = [change for plan in planned for change in plan.changes]
    counts = Counter(change.action for change in changes)
    parts = [f"{counts[action]:,} {text}" for action, text in _COUNTED.items() if counts[action]]
    if tiers := sum(len(change.unmanaged_tiers) for change in changes):
        parts.append(f"{tiers:,} {'tier' if tiers == 1 else 'tiers'} on the site alone")
    return ", ".join(parts) or "no rules"


def summary(listed: Iterable[ChangeResult]) -> plans.Summary:
    """Return how many rules there are for each action, and for each result if anything was tried."""
    known = [*listed]
    actions = Counter(outcome.change.action.value for outcome in known)
    results = Counter(outcome.result.value for outcome in known if outcome.result)
    tried = {result.value: results[result] for result in Result if result} if results else {}
    tiers = sum(len(outcome.change.unmanaged_tiers) for outcome in known)
    return plans.Summary(
        **{action.value: actions[action] for action in Action}, unmanaged_tiers=tiers, **tried
    )


def _output(outcome: ChangeResult) -> plans.Change:
    change = outcome.change
    key = Key.of(change.rule)
    error = Failure.of(outcome.error) if outcome.error else OMITTED
    if not error and change.problem:
        error = Failure("CANNOT_BE_DONE", change.problem)
    return plans.Change(
        action=change.action,
        id=outcome.id or None,
        key=plans.Key(key.app, key.activity, key.title),
        title=change.rule.title,
        revision=change.revision,
        fields=plans.field_changes(change.fields),
        unmanaged_tiers=plans.unmanaged_tiers(change.unmanaged_tiers),
        result=outcome.result or OMITTED,
        error=error,
    )


def describe(change: Change) -> str:
    """Return the fields that change, in one line."""
    return "; ".join(f"{name}: {_value(old)} → {_value(new)}" for name, old, new in _differing(change))


def _differing(change: Change) -> list[comparison.FieldChange]:
    if change.action is Action.DELETE or not change.is_write:
        return []
    found = comparison.readable_differences(change.current, change.after)
    heading = {"title": change.rule.title} if change.current is None else {}
    return [field for field in found if field.new != heading.get(field.path, object())]


def _value(value: Json) -> str:
    return "none" if value is None else str(value)


def _problem(outcome: ChangeResult) -> str:
    if outcome.error:
        return outcome.error.message
    return f"cannot be done: {outcome.change.problem}" if outcome.change.problem else ""


def _grid(listed: Sequence[ChangeResult], _width: int) -> Grid:
    """Return a row for each field that changes; the first row of a rule names it."""
    rows: list[tuple[Cell, ...]] = []
    for outcome in listed:
        change = outcome.change
        head = f"{_SIGNS.get(change.action, ' ')} {change.action}"
        changed = [(name, _old(change, old), _value(new)) for name, old, new in _differing(change)]
        names = [change.rule.title, *([change.id] if change.id else [])]
        for i in range(max(len(changed), len(names))):
            cells = changed[i] if i < len(changed) else ("", "", "")
            result = str(outcome.result) if i == 0 else ""
            rows.append((head if i == 0 else "", names[i] if i < len(names) else "", *cells, result))
    columns = [
        Column[tuple[Cell, ...]]("CHANGE", lambda row: row[0], lambda row: _TONES.get(str(row[0])[:1], "")),
        Column[tuple[Cell, ...]]("RULE", lambda row: row[1], whole=True),
        Column[tuple[Cell, ...]]("FIELD", lambda row: row[2], whole=True),
        Column[tuple[Cell, ...]]("IS", lambda row: row[3]),
        Column[tuple[Cell, ...]]("WILL BE", lambda row: row[4]),
    ]
    if any(outcome.result for outcome in listed):
        tones = {str(result): tone for result, tone in _RESULT_TONES.items()}
        columns.append(Column("RESULT", lambda row: row[5], lambda row: tones.get(str(row[5]), "")))
    return Grid(tuple(columns), rows)


def _old(change: Change, value: Json) -> str:
    return "" if change.current is None else _value(value)


CHANGES = View[ChangeResult](
    columns=(
        Column("CHANGE", lambda outcome: outcome.change.action),
        Column("ID", lambda outcome: outcome.id, whole=True),
        Column("RULE", lambda outcome: outcome.change.rule.title),
        Column("WHAT", lambda outcome: describe(outcome.change)),
        Column("RESULT", lambda outcome: outcome.result),
        Column("PROBLEM", _problem),
    ),
    output=_output,
    id=lambda outcome: outcome.id,
    output_type=plans.Change,
    row=lambda outcome: {
        "action": outcome.change.action.value,
        "id": outcome.id,
        "title": outcome.change.rule.title,
        "what": describe(outcome.change),
        "result": outcome.result.value,
        "problem": _problem(outcome),
    },
    whole=lambda listed, changes: plans.Changes(changes, summary(listed)),
    grid=_grid,
    empty="",
)


class SiteOutcome(NamedTuple):
    """Result of a plan on one of several sites."""

    target: Target
    outcomes: list[ChangeResult]
    error: LoyaltyError | None = None

    @property
    def result(self) -> str:
        """The number of changes with each result, in words."""
        counts = Counter(outcome.result for outcome in self.outcomes if outcome.result)
        parts = ", ".join(f"{counts[result]} {result}" for result in Result if counts[result])
        planned = sum(outcome.change.is_write for outcome in self.outcomes)
        return parts or ("not tried" if self.error or planned else "nothing to do")

    @property
    def problem(self) -> str:
        """The message of the first error."""
        first = next((text for one in self.outcomes if (text := _problem(one))), "")
        return self.error.message if self.error else first

    @property
    def output(self) -> plans.Site:
        return plans.Site(
            profile=self.target.profile,
            origin=self.target.origin,
            site=self.target.site,
            changes=[*map(_output, self.outcomes)],
            summary=summary(self.outcomes),
            error=Failure.of(self.error) if self.error else OMITTED,
        )


def _tone(site: SiteOutcome) -> str:
    return RED if site.problem else GREEN


def _count(site: SiteOutcome, action: Action) -> int:
    return sum(outcome.change.action is action for outcome in site.outcomes)


def _count_column(action: Action) -> Column[SiteOutcome]:
    return Column(action.upper(), lambda site: _count(site, action), right=True)


SITES = View[SiteOutcome](
    columns=(
        Column("PROFILE", lambda site: site.target.profile),
        Column("SITE", lambda site: site.target.site, whole=True),
        *map(_count_column, (Action.CREATE, Action.UPDATE, Action.PAUSE, Action.DELETE, Action.UNCHANGED)),
        Column("RESULT", lambda site: site.result, _tone),
        Column("PROBLEM", lambda site: site.problem),
    ),
    output=lambda site: site.output,
    id=lambda site: site.target.site,
    output_type=plans.Site,
    row=lambda site: {
        "profile": site.target.profile,
        "site": site.target.site,
        **{action.value: _count(site, action) for action in Action},
        "result": site.result,
        "problem": site.problem,
    },
    whole=lambda listed, sites: plans.Sites(
        sites, summary(outcome for site in listed for outcome in site.outcomes)
    ),
)
