"""Amounts of a column: their form, the evidence of their values, and the decision between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.contract.inputs.order_source import AmountUnit
from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.orders.forms.amount_evidence import AmountEvidence
from loyaltyctl.orders.forms.amount_form import PLAIN, AmountForm
from loyaltyctl.orders.forms.currencies import DIGITS, SIGNS_WITHOUT_DECIMALS
from loyaltyctl.orders.forms.decisions import Contradiction, Undecided

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["PLAIN", "AmountDecision", "AmountEvidence", "AmountForm", "decide_amounts"]

AmountDecision: TypeAlias = AmountForm | Undecided | Contradiction[AmountForm]
"""Form of the amounts of a column, or the reason why there is none."""
CURRENCIES = "currencies"
"""The property in which amounts differ that have signs or codes of several currencies."""


def decide_amounts(
    evidence: AmountEvidence,
    *,
    usual: DecimalMark | None = None,
    required: DecimalMark | None = None,
    unit: AmountUnit = AmountUnit.MAJOR,
    currencies: Collection[str] = (),
) -> AmountDecision:
    """Decide the form of the amounts of a column.

    `usual` is the decimal mark of the source, which decides only if the values do not. `required` is the
    mark that the user chose, which decides alone. `currencies` are the codes of all currencies in the file.
    """
    mark = required or _decimal_mark(evidence, usual, unit, currencies)
    if isinstance(mark, Undecided):
        return mark
    if isinstance(mark, Contradiction):
        form = _narrowest_form(evidence, mark.form, unit)
        return Contradiction(mark.subject, mark.first, mark.second, form)
    form = _narrowest_form(evidence, mark, unit)
    first_sign, _, first = (evidence.first_sign or "").partition("\t")
    last_sign, _, last = (evidence.last_sign or "").partition("\t")
    return form if first_sign == last_sign else Contradiction(CURRENCIES, first, last, form)


def _decimal_mark(
    evidence: AmountEvidence, usual: DecimalMark | None, unit: AmountUnit, currencies: Collection[str]
) -> DecimalMark | Undecided | Contradiction[DecimalMark]:
    """Decide the decimal mark of amounts."""
    point, comma = evidence.point, evidence.comma
    point_example, comma_example = evidence.point_example or "", evidence.comma_example or ""
    if unit is AmountUnit.MINOR or _have_no_decimals(evidence, currencies):
        # A mark before three digits groups, so it is evidence for the other mark.
        point, comma = point + evidence.either_comma, comma + evidence.either_point
        point_example = point_example or evidence.either_comma_example or ""
        comma_example = comma_example or evidence.either_point_example or ""
    if point and comma:
        if point >= comma:
            return Contradiction("decimal marks", point_example, comma_example, DecimalMark.POINT)
        return Contradiction("decimal marks", comma_example, point_example, DecimalMark.COMMA)
    if point or comma:
        return DecimalMark.POINT if point else DecimalMark.COMMA
    undecided = evidence.either_point_example or evidence.either_comma_example
    if undecided is None or usual:
        return usual or DecimalMark.POINT
    return Undecided(undecided)


def _have_no_decimals(evidence: AmountEvidence, currencies: Collection[str]) -> bool:
    """Return whether all amounts are in currencies without decimals, such as JPY."""
    if currencies:
        return all(DIGITS.get(code.upper()) == 0 for code in currencies)
    signs = {(signed or "").partition("\t")[0] for signed in (evidence.first_sign, evidence.last_sign)}
    return signs <= SIGNS_WITHOUT_DECIMALS


def _narrowest_form(evidence: AmountEvidence, mark: DecimalMark, unit: AmountUnit) -> AmountForm:
    """Return the narrowest form with a decimal mark that reads all amounts of a column that have the mark."""
    if mark is DecimalMark.POINT:
        fits, grouped = evidence.fits_point, evidence.grouped_point
        ungrouped, long = evidence.ungrouped_point, evidence.long_point
    else:
        fits, grouped = evidence.fits_comma, evidence.grouped_comma
        ungrouped, long = evidence.ungrouped_comma, evidence.long_comma
    decorated = fits > grouped + long
    signs = {(signed or "").partition("\t")[0] for signed in (evidence.first_sign, evidence.last_sign)}
    return AmountForm(
        mark,
        grouped=grouped > ungrouped,
        decorated=decorated,
        noise=long > 0,
        minor=unit is AmountUnit.MINOR,
        sign=signs.pop() if decorated and len(signs) == 1 else None,
    )
