"""How plans and what became of them look: a line a change, and for people one for each thing that differs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.execute import ChangeResult
from loyaltyctl.contract.outputs.plans import Action, Result
from loyaltyctl.model import comparison
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.render.views import GREEN, RED, YELLOW, Cell, Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.apply.plan import Change, Plan
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake.values import Json, JsonObject

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
    """The changes of a plan, of which nothing became yet."""
    return [ChangeResult(change, Result.NOTHING, change.id) for change in plan.changes]


def counted(plans: Iterable[Plan]) -> str:
    """How many changes there are, in words."""
    changes = [change for plan in plans for change in plan.changes]
    counts = Counter(change.action for change in changes)
    said = [f"{counts[action]:,} {text}" for action, text in _COUNTED.items() if counts[action]]
    if tiers := sum(len(change.unmanaged_tiers) for change in changes):
        said.append(f"{tiers:,} {'tier' if tiers == 1 else 'tiers'} on the site alone")
    return ", ".join(said) or "no rules"


def summary(listed: Iterable[ChangeResult]) -> JsonObject:
    """How many rules there are for each action, and for each result where something was tried."""
    known = [*listed]
    actions = Counter(outcome.change.action for outcome in known)
    results = Counter(outcome.result for outcome in known if outcome.result)
    said: JsonObject = {action.value: actions[action] for action in Action}
    said["unmanagedTiers"] = sum(len(outcome.change.unmanaged_tiers) for outcome in known)
    return said | ({result.value: results[result] for result in Result if result} if results else {})


def _document(outcome: ChangeResult) -> JsonObject:
    change = outcome.change
    fields: list[Json] = [field.document() for field in change.fields]
    said: JsonObject = {
        "action": change.action.value,
        "id": outcome.id or None,
        "key": Key.of(change.rule).document(),
        "title": change.rule.title,
        "revision": change.revision,
        "fields": fields,
    }
    if change.unmanaged_tiers:
        said["unmanagedTiers"] = [config.document() for config in change.unmanaged_tiers]
    if outcome.result:
        said["result"] = outcome.result.value
    if outcome.error or change.problem:
        code = outcome.error.reason if outcome.error else "CANNOT_BE_DONE"
        said["error"] = {"code": code, "message": outcome.error.message if outcome.error else change.problem}
    return said


def what(change: Change) -> str:
    """What differs, in one line."""
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
    """A row for each thing that differs; the rule stands in the first of its rows."""
    rows: list[tuple[Cell, ...]] = []
    for outcome in listed:
        change = outcome.change
        head = f"{_SIGNS.get(change.action, ' ')} {change.action}"
        told = [(name, _old(change, old), _value(new)) for name, old, new in _differing(change)]
        names = [change.rule.title, *([change.id] if change.id else [])]
        for i in range(max(len(told), len(names))):
            cells = told[i] if i < len(told) else ("", "", "")
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
        Column("WHAT", lambda outcome: what(outcome.change)),
        Column("RESULT", lambda outcome: outcome.result),
        Column("PROBLEM", _problem),
    ),
    output=_document,
    id=lambda outcome: outcome.id,
    output_type=(
        "action",
        "id",
        "key.triggerAppId",
        "key.triggerActivityType",
        "key.title",
        "title",
        "revision",
        "fields.path",
        "fields.old",
        "fields.new",
        "unmanagedTiers.tierId",
        "unmanagedTiers.points",
        "unmanagedTiers.moneyAmount",
        "result",
        "error.code",
        "error.message",
    ),
    row=lambda outcome: {
        "action": outcome.change.action.value,
        "id": outcome.id,
        "title": outcome.change.rule.title,
        "what": what(outcome.change),
        "result": outcome.result.value,
        "problem": _problem(outcome),
    },
    whole=lambda listed, plains: {"changes": plains, "summary": summary(listed)},
    grid=_grid,
    empty="",
)


class SiteOutcome(NamedTuple):
    """What became of a plan on one of several sites."""

    target: Target
    outcomes: list[ChangeResult]
    error: LoyaltyError | None = None

    @property
    def result(self) -> str:
        """What became of it, in words."""
        counts = Counter(outcome.result for outcome in self.outcomes if outcome.result)
        said = ", ".join(f"{counts[result]} {result}" for result in Result if counts[result])
        planned = sum(outcome.change.is_write for outcome in self.outcomes)
        return said or ("not tried" if self.error or planned else "nothing to do")

    @property
    def problem(self) -> str:
        """The first thing that went wrong."""
        first = next((text for one in self.outcomes if (text := _problem(one))), "")
        return self.error.message if self.error else first

    def document(self) -> JsonObject:
        """The site with its changes."""
        changes: list[Json] = [_document(outcome) for outcome in self.outcomes]
        said: JsonObject = {
            "profile": self.target.profile,
            "origin": self.target.origin,
            "site": self.target.site,
            "changes": changes,
            "summary": summary(self.outcomes),
        }
        if self.error:
            said["error"] = {"code": self.error.reason, "message": self.error.message}
        return said


def _tone(site: SiteOutcome) -> str:
    return RED if site.problem else GREEN


def _count(site: SiteOutcome, action: Action) -> int:
    return sum(outcome.change.action is action for outcome in site.outcomes)


def _counting(action: Action) -> Column[SiteOutcome]:
    return Column(action.upper(), lambda site: _count(site, action), right=True)


SITES = View[SiteOutcome](
    columns=(
        Column("PROFILE", lambda site: site.target.profile),
        Column("SITE", lambda site: site.target.site, whole=True),
        *map(_counting, (Action.CREATE, Action.UPDATE, Action.PAUSE, Action.DELETE, Action.UNCHANGED)),
        Column("RESULT", lambda site: site.result, _tone),
        Column("PROBLEM", lambda site: site.problem),
    ),
    output=SiteOutcome.document,
    id=lambda site: site.target.site,
    output_type=(
        "profile",
        "origin",
        "site",
        *(f"changes.{name}" for name in CHANGES.fields),
        "summary",
        "error.code",
        "error.message",
    ),
    row=lambda site: {
        "profile": site.target.profile,
        "site": site.target.site,
        **{action.value: _count(site, action) for action in Action},
        "result": site.result,
        "problem": site.problem,
    },
    whole=lambda listed, plains: {
        "sites": plains,
        "summary": summary(outcome for site in listed for outcome in site.outcomes),
    },
)
