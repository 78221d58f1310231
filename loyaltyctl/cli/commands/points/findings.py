"""Findings of a backtest as sentences: orders left out, filters without orders, untested rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.backtest.result import ALL_TIERS
from loyaltyctl.cli.runtime.order_findings import (
    SHOWN,
    excluded_in_words,
    filter_sentences,
    left_out_sentence,
    quoted_if_needed,
    values_in_words,
)
from loyaltyctl.contract.order_fields import OrderField

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.backtest.result import BacktestResult, Misspelled, Untested


def notes(result: BacktestResult) -> Iterator[str]:
    """Yield the findings of a backtest that may be intended, as sentences for notes."""
    if result.reading.unpaid:
        yield result.reading.unpaid
    if result.unknown_tier:
        yield f"orders whose tier no rule names, which earn as the base tier: {result.unknown_tier:,}"
    yield from _without_rule_sentence(result)


def warnings(result: BacktestResult) -> Iterator[str]:
    """Yield the findings of a backtest that are probably a mistake of the user, as sentences for warnings."""
    yield from _unmatched_sentences(result)
    yield from _untested_sentences(result.findings.untested, has_tiers=result.findings.has_tiers)


def reasons(result: BacktestResult) -> list[str]:
    """Return the findings, as sentences, that explain why no orders test the rules of a backtest."""
    found = [
        *_unmatched_sentences(result),
        *_without_rule_sentence(result),
        excluded_in_words(result.reading.excluded),
    ]
    return [*filter(None, found)] or ["the files have no orders"]


def _unmatched_sentences(result: BacktestResult) -> Iterator[str]:
    """Yield the findings about orders that were not counted, or have a misspelled trigger, as sentences."""
    findings, counted = result.findings, result.total.orders
    yield from filter_sentences(findings.filters, exclude_each_other=findings.filters_exclude_each_other)
    yield from map(left_out_sentence, findings.left_out)
    if result.skipped > counted:
        yield f"more orders were left out than counted: {result.skipped:,} and {counted:,}"
    yield from map(_misspelled_sentence, findings.misspelled[:SHOWN])


def _without_rule_sentence(result: BacktestResult) -> Iterator[str]:
    """Yield a sentence with the finding that no rule has the trigger of some orders, if there are any."""
    if result.without_rule:
        values = values_in_words(result.findings.unknown_triggers)
        named = f" ({values})" if values else ""
        yield f"orders whose trigger no rule has, which earn nothing: {result.without_rule:,}{named}"


def _misspelled_sentence(one: Misspelled) -> str:
    """Return the finding that orders have a misspelled trigger, as a sentence."""
    problem = f"orders with the trigger {quoted_if_needed(one.trigger)}, which earn nothing: {one.orders:,}"
    return f"{problem}; did you mean {quoted_if_needed(one.known)}, which the rules have?"


def _untested_sentences(found: Sequence[Untested], *, has_tiers: bool) -> Iterator[str]:
    """Yield the findings, as sentences: which triggers and tiers of the rules occur in none of the orders."""
    hint = "" if has_tiers else f" (there is no column for the tier; give {OrderField.TIER.option} NAME)"
    for one in found[:SHOWN]:
        changed = f"so these points do not include what {quoted_if_needed(one.rules)} changes for it"
        tier = "the base tier" if one.tier is None else f"the tier {quoted_if_needed(one.tier)}"
        if one.tier == ALL_TIERS:
            yield f"no order has {_triggers_in_words(one.triggers)}, {changed}"
        elif one.triggers:
            yield f"no order with {_triggers_in_words(one.triggers)} is of {tier}, {changed}"
        else:
            yield f"no order is of {tier}{hint}, {changed}"
    if len(found) > SHOWN:
        yield f"{len(found) - SHOWN} more tiers or triggers of the rules are in none of the orders"


def _triggers_in_words(triggers: Sequence[str]) -> str:
    """List the first of the triggers, as a phrase for a finding: `the trigger A or B and 3 more`."""
    more = f" and {len(triggers) - SHOWN} more" if len(triggers) > SHOWN else ""
    return f"the trigger {' or '.join(map(quoted_if_needed, triggers[:SHOWN]))}{more}"
