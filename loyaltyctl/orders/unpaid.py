"""Statuses by which orders of plain files seem unpaid or canceled: they count, which the user is told.

The description of an export says which statuses count. What those of a plain file mean is not known, so that
all its orders count unless `--status` is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.quoting import literal
from loyaltyctl.orders.sources.descriptions import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.selection import Selection

WORDS = (
    *("canceled", "cancelled", "unpaid", "not paid", "not_paid", "pending", "pending payment", "on hold"),
    *("on-hold", "awaiting payment", "awaiting_payment", "failed", "declined", "refused", "rejected", "void"),
    *(
        "voided",
        "expired",
        "abandoned",
        "draft",
        "authorized",
        "lost",
        "closed lost",
        "closedlost",
        "overdue",
    ),
    *("incomplete", "uncaptured", "blocked", "requires_payment_method", "requires_action"),
    *("storniert", "abgebrochen", "unbezahlt", "nicht bezahlt", "offen", "ausstehend", "fehlgeschlagen"),
    *("abgelehnt", "abgelaufen", "überfällig", "zahlung ausstehend", "entwurf"),
    *("annulé", "annulée", "impayé", "impayée", "non payé", "non payée", "en attente", "échoué", "refusé"),
    *("expiré", "en attente de paiement"),
    *("cancelado", "cancelada", "no pagado", "sin pagar", "pendiente", "pendiente de pago", "fallido"),
    *("rechazado", "anulado", "vencido"),
    *("annullato", "annullata", "non pagato", "in attesa", "in attesa di pagamento", "fallito", "rifiutato"),
    *("não pago", "pendente", "aguardando pagamento", "recusado", "falhou"),
    *("geannuleerd", "onbetaald", "niet betaald", "openstaand", "in afwachting", "mislukt", "verlopen"),
    *("anulowane", "anulowany", "nieopłacone", "nieopłacony", "odrzucone", "oczekujące"),
    *("avbruten", "avbeställd", "obetald", "ej betald", "misslyckad"),
    *("キャンセル", "キャンセル済み", "未払い", "未入金", "保留中"),
)
"""Statuses of orders that are unpaid or canceled, in lower case."""
_LISTED = ", ".join(map(literal, WORDS))
STATUS = f"CASE WHEN lower(trim(status)) IN ({_LISTED}) THEN trim(status) END"
"""SQL over the order table for such a status; null for others."""
_IS_ORDER = "FILTER (amount >= 0)"
SUMS = {"unpaid": f"count(unpaid_status) {_IS_ORDER}", "unpaid_status": f"min(unpaid_status) {_IS_ORDER}"}
"""Aggregates of it: the number of orders with such a status, and one of their statuses."""
NO_SUMS = {"unpaid": "0", "unpaid_status": "NULL::VARCHAR"}
"""These aggregates without such orders."""


def may_be_unpaid(files: Sequence[OrderFile], selection: Selection) -> bool:
    """Return whether a plain file tells the statuses of its orders, and the user has chosen none."""
    has_statuses = (one.roles.source == PLAIN and one.roles.columns(OrderField.STATUS) for one in files)
    is_described = selection.reading.source is not None
    return OrderField.STATUS not in selection.filters and not is_described and any(has_statuses)


def unpaid_note(rows: Callable[[str], list[tuple[Any, ...]]], counted: str) -> str:
    """Return the note on orders that count although they seem unpaid or canceled; empty without them.

    `rows` queries the table `sums`, `counted` is the SQL condition for its rows whose orders count.
    """
    ((orders, status),) = rows(f"SELECT sum(unpaid), min(unpaid_status) FROM sums WHERE {counted}")
    if not orders:
        return ""
    are = f"{orders:,} orders are" if orders > 1 else "one order is"
    return f"{are} unpaid or canceled by status, such as {quoted(status)}, but counted (--status chooses)"
