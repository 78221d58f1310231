"""Sentences for the findings of a backtest: orders left out, filters without orders, untested rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.backtest.result import ALL_TIERS
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.backtest.result import BacktestResult, Misspelled, Untested
    from loyaltyctl.orders.faults import LeftOut
    from loyaltyctl.orders.filters import EmptyFilter, Values

SHOWN = 5
"""Maximum number of triggers, or of untested parts, that are named."""
MAX_PLAIN = 60
"""Maximum length of a value that is shown without quotes."""
_REASONS = {
    LeftOutReason.LINE: "a malformed line",
    LeftOutReason.AMOUNT: "the amount",
    LeftOutReason.REPEATED: "a repeated id",
    LeftOutReason.DATE: "the date",
}
_PLAIN = re.compile(r"[\w./:+-]+( [\w./:+-]+)*")


def notes(result: BacktestResult) -> Iterator[str]:
    """Yield findings that may be as intended."""
    if result.unknown_tier:
        yield f"orders whose tier no rule names, which earn as the base tier: {result.unknown_tier:,}"
    yield from _without_rule(result)


def warnings(result: BacktestResult) -> Iterator[str]:
    """Yield findings that are probably not intended."""
    yield from _unmatched(result)
    yield from _untested(result.findings.untested, has_tiers=result.findings.has_tiers)


def reasons(result: BacktestResult) -> list[str]:
    """Return the reasons why there are no orders to judge."""
    return [*_unmatched(result), *_without_rule(result)] or ["the files have no orders"]


def _unmatched(result: BacktestResult) -> Iterator[str]:
    findings, counted = result.findings, result.total.orders
    yield from map(_filter, findings.filters)
    if findings.filters_exclude_each_other:
        yield "no order matches both --status and --currency"
    yield from map(_left_out, findings.left_out)
    if result.skipped > counted:
        yield f"more orders were left out than counted: {result.skipped:,} and {counted:,}"
    yield from map(_misspelled, findings.misspelled[:SHOWN])


def _without_rule(result: BacktestResult) -> Iterator[str]:
    if result.without_rule:
        values = _values(result.findings.unknown_triggers)
        named = f" ({values})" if values else ""
        yield f"orders whose trigger no rule has, which earn nothing: {result.without_rule:,}{named}"


def _filter(one: EmptyFilter) -> str:
    asked = " or ".join(map(shown, one.values))
    present = f"the column has {_values(one.found)}" if one.found.shown else "there are no orders"
    parts = {part.strip().upper() for value in one.values for part in value.split(",")}
    if one.field is OrderField.STATUS and parts & {value.upper() for value, _ in one.found.shown}:
        present += "; repeat --status for each of several"
    problem = f"no order has the {one.field} {asked} in `{shown(one.column)}`; {present}"
    others = (f"`{shown(other.column)}` has {asked} ({other.orders:,})" for other in one.others)
    return "; ".join([problem, *others])


def _left_out(one: LeftOut) -> str:
    files = list(dict.fromkeys(place.file for place in one.places))
    kind = "row" if any(place.is_row for place in one.places) else "line"
    places = [
        f"{shown(file)} {kind} {', '.join(str(place.line) for place in one.places if place.file == file)}"
        for file in files
    ]
    first = "the first: " if one.orders > len(one.places) else ""
    located = f" ({first}{'; '.join(places)})" if places else ""
    return f"orders left out for {_REASONS[one.reason]}: {one.orders:,}{located}"


def _misspelled(one: Misspelled) -> str:
    problem = f"orders with the trigger {shown(one.trigger)}, which earn nothing: {one.orders:,}"
    return f"{problem}; did you mean {shown(one.known)}, which the rules have?"


def _untested(found: Sequence[Untested], *, has_tiers: bool) -> Iterator[str]:
    hint = "" if has_tiers else f" (there is no column for the tier; give {OrderField.TIER.option} NAME)"
    for one in found[:SHOWN]:
        changed = f"so these points do not include what {shown(one.rules)} changes for it"
        tier = "the base tier" if one.tier is None else f"the tier {shown(one.tier)}"
        if one.tier == ALL_TIERS:
            yield f"no order has {_triggers(one.triggers)}, {changed}"
        elif one.triggers:
            yield f"no order with {_triggers(one.triggers)} is of {tier}, {changed}"
        else:
            yield f"no order is of {tier}{hint}, {changed}"
    if len(found) > SHOWN:
        yield f"{len(found) - SHOWN} more tiers or triggers of the rules are in none of the orders"


def _triggers(triggers: Sequence[str]) -> str:
    more = f" and {len(triggers) - SHOWN} more" if len(triggers) > SHOWN else ""
    return f"the trigger {' or '.join(map(shown, triggers[:SHOWN]))}{more}"


def _values(values: Values) -> str:
    listed = [f"{shown(value) if value else 'none'} ({count:,})" for value, count in values.shown]
    return ", ".join([*listed, *([f"and {values.more:,} more"] if values.more else [])])


def shown(value: str) -> str:
    """Return a value as it is, or in quotes if it could be taken for something else."""
    return value if _PLAIN.fullmatch(value) and len(value) <= MAX_PLAIN else quoted(value)
