"""Signs of currencies in the amounts of files that have no column for the currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.forms import amount_texts, currencies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.files import OrderFile


def check_signs(files: Sequence[OrderFile], currency: str | None) -> None:
    """Raise InvalidData if files without a column for the currency have amounts in different currencies.

    `currency` is that of the orders in the other files; None if no order has one.
    """
    first: tuple[OrderFile, str] | None = None
    for file in files:
        sign = _sign(file)
        if not sign:
            continue
        if currency and not currencies.is_sign_of(sign, currency):
            raise InvalidData(
                f"{file.name} has amounts in {quoted(sign)}, but other orders are in {quoted(currency)}",
                hint="Read the files in separate runs.",
            )
        if first and sign != first[1]:
            raise InvalidData(
                f"{file.name} has amounts in {quoted(sign)}, but {first[0].name} in {quoted(first[1])}",
                hint="Read the files in separate runs.",
            )
        first = first or (file, sign)


def _sign(file: OrderFile) -> str:
    """Return the currency of the first amount with a sign in a file: its code, or the sign; else empty.

    It is empty too if the file has a column for the currency: then each order has its own.
    """
    if file.roles.columns(OrderField.CURRENCY):
        return ""
    position = file.roles.amount[0].position
    form = dict(file.amount_forms).get(position)
    if form is None or not form.decorated:
        return ""
    amounts = (row[position] for row in file.sample if form.plain(row[position]) is not None)
    signs = (currencies.sign_code(amount_texts.sign(amount)) for amount in amounts)
    return next(filter(None, signs), "")
