"""Views of earning rules, which several command groups show: table columns, CSV rows and output type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.outputs import rules
from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.model import rule_forms, rule_table
from loyaltyctl.model.fields import Access, FieldKind
from loyaltyctl.model.rules import EarningRule, Status
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.views import GREEN, YELLOW, Column, View, parse_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loyaltyctl.model.fields import Field
    from loyaltyctl.render.views import Cell


def _award_summary(rule: EarningRule) -> str:
    """Return the cell EARNS in the view of rules: the base award, and the number of other tiers."""
    base = [config.in_words() for config in rule.configs if config.tier_id is None]
    others = sum(config.tier_id is not None for config in rule.configs)
    more = f"+{others} {'tier' if others == 1 else 'tiers'}" if others else ""
    return " ".join([*base[:1], more]).strip()


def _award_of_each_tier(rule: EarningRule) -> str:
    """Return the cell EARNS in the view of a single rule: the award of each tier."""
    return " · ".join(
        f"{f'{config.tier_id}: ' if config.tier_id else ''}{config.in_words()}" for config in rule.configs
    )


_RULE_CELLS: Mapping[str, Callable[[EarningRule], Cell]] = {
    "fixedAmount": _award_summary,
    "status": lambda rule: rule.status,
    "sourceAppId": lambda rule: rule.kind,
    "metadata.canBeDeleted": lambda rule: "yes" if rule.deletable else "no",
}
"""Cells of the rule table with a computed value, by field path; other cells show the field's value."""


def _rule_columns(*, record: bool) -> tuple[Column[EarningRule], ...]:
    """Return the columns of the view of rules.

    With `record`, return those of a single rule, whose view shows each column as a line.
    """
    cells = {**_RULE_CELLS, "fixedAmount": _award_of_each_tier} if record else _RULE_CELLS
    headed = [(field.heading, field) for field in rule_table.RULE.fields if field.heading]
    return tuple(
        Column(
            heading.text,
            cells.get(field.path) or _rule_field_cell(field),
            color=_status_color if field.path == "status" else None,
            whole=field.access is Access.KEY,
            rank=0 if heading.keep else heading.position,
        )
        for heading, field in sorted(headed, key=lambda one: one[0].position)
        if record or not heading.record_only
    )


def _rule_field_cell(field: Field) -> Callable[[EarningRule], Cell]:
    """Return the function that formats a field's cell in the view of rules."""

    def cell(rule: EarningRule) -> Cell:
        text = cell_text(value_at(rule.document, field.path))
        return parse_date(text) if field.kind is FieldKind.DATE else text

    return cell


def _status_color(rule: EarningRule) -> str:
    """Return the color of the cell STATUS in the view of rules."""
    return GREEN if rule.status is Status.ACTIVE else YELLOW


RULE = View[EarningRule](
    columns=_rule_columns(record=False),
    record=_rule_columns(record=True),
    output=lambda rule: rule.document,
    id=lambda rule: rule.id,
    output_type=rules.EarningRule,
    row=rule_forms.csv_row,
)
