"""Check the signs of currencies that are not those of each order: in amounts, and in the names of columns."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.forms import amount_texts, currencies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.orders.files import OrderFile


def check_signs(files: Sequence[OrderFile], currency: str | None) -> None:
    """Raise InvalidData if the signs of currencies in files contradict each other, or the orders.

    `currency` is that of the orders that tell theirs; None if none does.
    """
    first: tuple[OrderFile, str] | None = None
    for file, sign in ((one, sign) for one in files for sign in _signs(one)):
        if currency and not currencies.is_sign_of(sign, currency):
            is_own = bool(file.roles.columns(OrderField.CURRENCY))
            raise _contradiction(
                file, sign, f"{'its' if is_own else 'other'} orders are", currency, is_own=is_own
            )
        if not currency and first and sign != first[1]:
            is_own = first[0] is file
            raise _contradiction(
                file, sign, "its name is" if is_own else first[0].name, first[1], is_own=is_own
            )
        first = first or (file, sign)


def _contradiction(file: OrderFile, sign: str, others: str, currency: str, *, is_own: bool) -> InvalidData:
    """Return the error for a file with amounts in a sign; `others` have another currency.

    `is_own` is true if the other currency is told by the same file.
    """
    what, hint = file.name, "Read the files in separate runs."
    if is_own:
        what = f"{file.name}: {quoted(file.names[file.roles.amount[0].position])}"
        hint = "Name the column of the amount: --amount-column NAME"
    if file.roles.columns(OrderField.CURRENCY):
        hint += ", or ignore the currency of the orders: --currency-column none"
    return InvalidData(f"{what} has amounts in {quoted(sign)}, but {others} in {quoted(currency)}", hint=hint)


def _signs(file: OrderFile) -> Iterator[str]:
    """Yield the currencies of a file that are not those of each order: codes, or signs that several share.

    One is that in the name of the amount's column. The other is that of the first amount with a sign, unless
    a column tells the currency, which is compared with the sign of each amount.
    """
    if file.roles.named_currency and not file.roles.currency:
        yield file.roles.named_currency
    if not file.roles.telling(OrderField.CURRENCY):
        yield from _first_sign(file)


def _first_sign(file: OrderFile) -> Iterator[str]:
    """Yield the currency of the first amount with a sign in a file: its code, or the sign."""
    position = file.roles.amount[0].position
    form = dict(file.amount_forms).get(position)
    if form is None or not form.decorated:
        return
    amounts = (row[position] for row in file.sample if form.plain(row[position]) is not None)
    signs = (currencies.sign_code(amount_texts.sign(amount)) for amount in amounts)
    yield from islice(filter(None, signs), 1)
