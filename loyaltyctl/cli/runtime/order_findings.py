"""Findings about orders that are not counted, as sentences, for the commands that read orders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs import points as outputs
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.orders.filters import EmptyFilter, Values
    from loyaltyctl.orders.left_out import LeftOut

SHOWN = 5
"""Maximum number of values, such as triggers or statuses, that a finding lists."""
MAX_PLAIN = 60
"""Maximum length of a value that a finding shows without quotes."""
_REASONS = {
    LeftOutReason.LINE: "a malformed line",
    LeftOutReason.AMOUNT: "the amount",
    LeftOutReason.REPEATED: "a repeated id",
    LeftOutReason.DATE: "the date",
}
_PLAIN = re.compile(r"[\w./:+-]+( [\w./:+-]+)*")


def excluded_in_words(excluded: Sequence[tuple[str, int]]) -> str:
    """Return the finding that orders do not count by the description of their export; empty if all count.

    `excluded` has the reasons, each with its number of orders.
    """
    if not excluded:
        return ""
    listed = ", ".join(f"{quoted_if_needed(reason)} ({count:,})" for reason, count in excluded[:SHOWN])
    more = f" and {len(excluded) - SHOWN} more" if len(excluded) > SHOWN else ""
    return f"not counted: {sum(count for _, count in excluded):,}, by {listed}{more}"


def left_out_sentence(one: LeftOut) -> str:
    """Return the finding about orders left out for one reason, as a sentence with the first locations."""
    numbers: dict[str, list[str]] = {}
    for place in one.places:
        numbers.setdefault(f"{quoted_if_needed(place.file)} {place.unit}", []).append(str(place.line))
    places = [f"{file} {', '.join(lines)}" for file, lines in numbers.items()]
    first = "the first: " if one.orders > len(one.places) else ""
    located = f" ({first}{'; '.join(places)})" if places else ""
    return f"orders left out for {_REASONS[one.reason]}: {one.orders:,}{located}"


def left_out_output(one: LeftOut) -> outputs.LeftOut:
    """Return the JSON for orders left out for one reason."""
    lines, places = [place.line for place in one.places], [*map(str, one.places)]
    return outputs.LeftOut(one.reason, one.orders, lines, places)


def filter_sentences(filters: Sequence[EmptyFilter], *, exclude_each_other: bool) -> Iterator[str]:
    """Yield the findings about filters that match no order, as sentences.

    `exclude_each_other` is true if each of several filters matches some orders, but no order matches all.
    """
    yield from map(_filter_sentence, filters)
    if exclude_each_other:
        yield "no order matches both --status and --currency"


def _filter_sentence(one: EmptyFilter) -> str:
    """Return the finding that a filter, such as --status, matches no order, as a sentence."""
    asked = " or ".join(map(quoted_if_needed, one.values))
    present = f"the column has {values_in_words(one.found)}" if one.found.shown else "there are no orders"
    parts = {part.strip().upper() for value in one.values for part in value.split(",")}
    if one.field is OrderField.STATUS and parts & {value.upper() for value, _ in one.found.shown}:
        present += "; repeat --status for each of several"
    problem = f"no order has the {one.field} {asked} in `{quoted_if_needed(one.column)}`; {present}"
    others = (f"`{quoted_if_needed(other.column)}` has {asked} ({other.orders:,})" for other in one.others)
    return "; ".join([problem, *others])


def values_in_words(values: Values) -> str:
    """List the values of a column, each with its number of orders, as a phrase for a finding."""
    listed = [f"{quoted_if_needed(value) if value else 'none'} ({count:,})" for value, count in values.shown]
    return ", ".join([*listed, *([f"and {values.more:,} more"] if values.more else [])])


def quoted_if_needed(value: str) -> str:
    """Return a value for the sentence of a finding, in quotes only if it could be misread."""
    return value if _PLAIN.fullmatch(value) and len(value) <= MAX_PLAIN else quoted(value)
