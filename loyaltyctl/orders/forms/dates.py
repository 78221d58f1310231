"""Dates of a column: their form, the evidence of their values, and the decision between them."""

from __future__ import annotations

from typing import TypeAlias

from loyaltyctl.contract.inputs.order_source import DateOrder
from loyaltyctl.orders.forms.date_evidence import TRIPLE_KINDS, DateEvidence
from loyaltyctl.orders.forms.date_form import ISO, DateForm
from loyaltyctl.orders.forms.date_kinds import DateKind
from loyaltyctl.orders.forms.decisions import Contradiction, Undecided

__all__ = ["ISO", "DateDecision", "DateEvidence", "DateForm", "decide_dates"]

DateDecision: TypeAlias = DateForm | Undecided | Contradiction[DateForm]
"""Form of the dates of a column, or the reason why there is none."""

_ORDERS = {DateOrder.DMY: DateKind.DMY, DateOrder.MDY: DateKind.MDY, DateOrder.YMD: DateKind.YMD}


def decide_dates(
    evidence: DateEvidence, *, usual: DateOrder | None = None, required: DateOrder | None = None
) -> DateDecision:
    """Decide the form of the dates of a column.

    `usual` is the order of day and month of the source, which decides only if the values do not. `required`
    is the order that the user chose, which decides alone.
    """
    triples = evidence.of("TRIPLE")
    if not triples.number:
        return _form(evidence)
    if required:
        return _form(evidence, _ORDERS[required])
    fitting = [kind for kind in TRIPLE_KINDS if evidence.of(kind.name).number == triples.number]
    if not fitting:
        # The first of two equal numbers is taken; the day is first in more countries.
        most = max(TRIPLE_KINDS, key=lambda kind: evidence.of(kind.name).number)
        first, second = (evidence.of(name).example or "" for name in (most.name, f"NOT_{most.name}"))
        return Contradiction("orders of day and month", first, second, _form(evidence, most))
    if len(fitting) == 1:
        return _form(evidence, fitting[0])
    if usual and _ORDERS[usual] in fitting:
        return _form(evidence, _ORDERS[usual])
    orders = tuple(order for order, kind in _ORDERS.items() if kind in fitting)
    return Undecided(triples.example or "", orders)


def _form(evidence: DateEvidence, triple: DateKind | None = None) -> DateForm:
    """Return the form of the kinds of dates in a column; `triple` is the kind of those with two readings."""
    found = [
        kind
        for kind in DateKind
        if kind is triple or (kind not in TRIPLE_KINDS and evidence.of(kind.name).number)
    ]
    if len(found) > 1 and DateKind.SERIAL in found:
        found.remove(DateKind.SERIAL)  # among dates of other kinds, a number of five digits is something else
    return DateForm(tuple(found)) if found else ISO
