"""What an endpoint was sent, what it did, and what a correct one does."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.events.catalog import DELIVERY_TIMEOUT
from loyaltyctl.render.views import GREEN, RED, Column, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.api.deliveries import Delivery
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.transport.interface import ConnectionFailure

_OK = 200
_SUCCESS = range(200, 300)
_REFUSAL = range(400, 500)
_SERVER_ERROR = 500


class Trial(StrEnum):
    """What is sent; the spoilt ones are named as the options are."""

    GENUINE = "genuine"
    DUPLICATE = "duplicate"
    TAMPER = "tamper"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"


SHOULD = {
    Trial.GENUINE: f"answer 200 within {DELIVERY_TIMEOUT} s",
    Trial.DUPLICATE: f"answer 200 within {DELIVERY_TIMEOUT} s, and do nothing a second time",
    Trial.TAMPER: "refuse it (4xx): the signature is of another payload",
    Trial.EXPIRED: "refuse it (4xx): it expired an hour ago",
    Trial.WRONG_KEY: "refuse it (4xx): somebody else signed it",
}

_ACCEPTED = (Trial.GENUINE, Trial.DUPLICATE)


class Attempt(NamedTuple):
    """One event that was sent, and how it was answered."""

    trial: Trial
    delivery: Delivery

    @property
    def right(self) -> bool:
        """Whether a correct endpoint would have done the same."""
        if self.trial in _ACCEPTED:
            return self.delivery.accepted
        return self.delivery.status in _REFUSAL

    @property
    def verdict(self) -> str:
        """The same in words."""
        if self.delivery.status is None:
            return "no answer"
        if self.right:
            return "right"
        why = f". {self.explanation}" if self.explanation else ""
        return f"WRONG: should {SHOULD[self.trial]}{why}"

    @property
    def explanation(self) -> str:
        """The reason that a correct endpoint answers otherwise; empty where that is plain."""
        status = self.delivery.status
        if self.delivery.redirect:
            return f"It {self.delivery.redirect}"
        if status is None or self.right:
            return ""
        if status >= _SERVER_ERROR:
            failed = f"{status} says that the endpoint failed, not that it {self._decision}"
            return f"{failed}: the vendor sends the event again"
        if self.trial in _ACCEPTED:
            return f"It took {self.delivery.seconds:.2f} s" if status == _OK else ""
        return f"{status} is no refusal" if status not in _SUCCESS else f"{status} accepts it"

    @property
    def _decision(self) -> str:
        return "took the event" if self.trial in _ACCEPTED else "refused the event"

    def document(self) -> JsonObject:
        """The attempt as JSON."""
        delivery = self.delivery
        document: JsonObject = {
            "sent": str(self.trial),
            "status": delivery.status,
            "milliseconds": round(delivery.seconds * 1000),
            "body": delivery.body,
            "right": self.right,
            "should": SHOULD[self.trial],
        }
        more = {
            "problem": delivery.problem,
            "redirectsTo": delivery.redirects_to,
            "explanation": self.explanation,
        }
        return document | {name: text for name, text in more.items() if text}


class Counted:
    """Attempts as they are made, and how many of them went wrong."""

    def __init__(self, attempts: Iterable[Attempt]) -> None:
        self._attempts = attempts
        self.sent = self.unreached = self.wrong = 0
        self.failure: ConnectionFailure | None = None
        self.redirect = ""

    def __iter__(self) -> Iterator[Attempt]:
        for attempt in self._attempts:
            self.sent += 1
            self.unreached += attempt.delivery.status is None
            self.wrong += not attempt.right
            self.failure = self.failure or attempt.delivery.failure
            self.redirect = self.redirect or attempt.delivery.redirect
            yield attempt


ATTEMPT = View[Attempt](
    columns=(
        Column("SENT", lambda attempt: attempt.trial),
        Column("STATUS", lambda attempt: attempt.delivery.status, right=True),
        Column("MS", lambda attempt: round(attempt.delivery.seconds * 1000), right=True),
        Column("VERDICT", lambda attempt: attempt.verdict, lambda attempt: GREEN if attempt.right else RED),
        Column("BODY", lambda attempt: attempt.delivery.body or attempt.delivery.problem, rank=1),
    ),
    output=Attempt.document,
    id=lambda attempt: attempt.trial,
    output_type=(
        "sent",
        "status",
        "milliseconds",
        "body",
        "right",
        "should",
        "problem",
        "redirectsTo",
        "explanation",
    ),
)
