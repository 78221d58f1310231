"""Sentences about what a backtest left out, could not match or did not test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.backtest.result import ALL_TIERS
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.faults import Reason
from loyaltyctl.orders.fields import OrderField

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.backtest.result import BacktestResult, Misspelled, Untested
    from loyaltyctl.orders.faults import LeftOut
    from loyaltyctl.orders.filters import EmptyFilter, Values

SHOWN = 5
_REASONS = {
    Reason.LINE: "a malformed line",
    Reason.AMOUNT: "the amount",
    Reason.REPEATED: "a repeated id",
    Reason.DATE: "the date",
}
_PLAIN = re.compile(r"[\w./:+-]+( [\w./:+-]+)*")


def notes(outcome: BacktestResult) -> Iterator[str]:
    """Yield what is worth knowing of the orders, and may be as it should be."""
    if outcome.unknown_tier:
        yield f"orders whose tier no rule names, which earn as the base tier: {outcome.unknown_tier:,}"
    yield from _without_rule(outcome)


def warnings(outcome: BacktestResult) -> Iterator[str]:
    """Yield what is probably not wanted."""
    yield from _unmatched(outcome)
    yield from _untested(outcome.findings.untested, has_tiers=outcome.findings.has_tiers)


def reasons(outcome: BacktestResult) -> list[str]:
    """Return why no order was left to judge."""
    found = [*_unmatched(outcome), *_without_rule(outcome)]
    return found or ["the files hold no orders"]


def _unmatched(outcome: BacktestResult) -> Iterator[str]:
    findings, counted = outcome.findings, outcome.total.orders
    yield from map(_filter, findings.filters)
    if findings.filters_exclude_each_other:
        yield "no order matches --status and --currency at once"
    yield from map(_left_out, findings.left_out)
    if outcome.skipped > counted:
        yield f"more orders were left out than counted: {outcome.skipped:,} and {counted:,}"
    yield from map(_misspelled, findings.misspelled[:SHOWN])


def _without_rule(outcome: BacktestResult) -> Iterator[str]:
    if outcome.without_rule:
        values = _values(outcome.findings.unknown_triggers)
        named = f" ({values})" if values else ""
        yield f"orders whose trigger no rule has, and which earn nothing: {outcome.without_rule:,}{named}"


def _filter(one: EmptyFilter) -> str:
    asked = " or ".join(map(shown, one.values))
    there = f"there are {_values(one.found)}" if one.found.shown else "there are no orders"
    parts = {part.strip().upper() for value in one.values for part in value.split(",")}
    if one.field is OrderField.STATUS and parts & {value.upper() for value, _ in one.found.shown}:
        there += "; repeat --status for each of several"
    said = f"no order has the {one.field} {asked} in `{shown(one.column)}`; {there}"
    elsewhere = (f"`{shown(other.column)}` has {asked} ({other.orders:,})" for other in one.others)
    return "; ".join([said, *elsewhere])


def _left_out(one: LeftOut) -> str:
    files = list(dict.fromkeys(place.file for place in one.places))
    kind = "row" if any(place.is_row for place in one.places) else "line"
    places = [
        f"{shown(file)} {kind} {', '.join(str(place.line) for place in one.places if place.file == file)}"
        for file in files
    ]
    first = "the first: " if one.orders > len(one.places) else ""
    where = f" ({first}{'; '.join(places)})" if places else ""
    return f"orders left out for {_REASONS[one.reason]}: {one.orders:,}{where}"


def _misspelled(one: Misspelled) -> str:
    said = f"orders with the trigger {shown(one.trigger)}, which earn nothing: {one.orders:,}"
    return f"{said}; did you mean {shown(one.known)}, which the rules have?"


def _untested(found: Sequence[Untested], *, has_tiers: bool) -> Iterator[str]:
    hint = "" if has_tiers else f" (no column says the tier; name it with {OrderField.TIER.option} NAME)"
    for one in found[:SHOWN]:
        rules = shown(one.rules)
        tier = "the base tier" if one.tier is None else f"the tier {shown(one.tier)}"
        if one.tier == ALL_TIERS:
            triggers = _triggers(one.triggers)
            yield f"no order has {triggers}; what {rules} changes for it is not in these points"
        elif one.triggers:
            triggers = _triggers(one.triggers)
            yield f"no order with {triggers} is of {tier}; what {rules} says for it is not in these points"
        else:
            said = f"{tier} is in none of the orders{hint}"
            yield f"{said}; what {rules} says for it is not in these points"
    if len(found) > SHOWN:
        yield f"{len(found) - SHOWN} more tiers or triggers of the rules are in none of the orders"


def _triggers(triggers: Sequence[str]) -> str:
    more = f" and {len(triggers) - SHOWN} more" if len(triggers) > SHOWN else ""
    return f"the trigger {' or '.join(map(shown, triggers[:SHOWN]))}{more}"


def _values(values: Values) -> str:
    listed = [f"{shown(value) if value else 'none'} ({count:,})" for value, count in values.shown]
    return ", ".join([*listed, *([f"and {values.more:,} more"] if values.more else [])])


def shown(value: str) -> str:
    """Return a value as it is, or in quotes where it could be taken for something else."""
    return value if _PLAIN.fullmatch(value) and len(value) <= 60 else quoted(value)  # noqa: PLR2004
