"""What became of each thing that came in: an event and the state of its signature, or a problem."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.events.checks import Policy, opened
from loyaltyctl.model.events import shapes

if TYPE_CHECKING:
    from loyaltyctl.errors import InvalidToken
    from loyaltyctl.events.arrivals import Arrival
    from loyaltyctl.events.keys import PublicKey
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.events.catalogue import EventType
    from loyaltyctl.model.events.event import Event


class State(StrEnum):
    """What is known of a signature."""

    VERIFIED = "verified"
    INVALID = "invalid"
    UNCHECKED = "unchecked"


_STATES = {True: State.VERIFIED, False: State.INVALID, None: State.UNCHECKED}
"""By whether a signature holds."""


class Reading(NamedTuple):
    """An event that was read. `refusal` is why it is not to be trusted, though its signature may hold."""

    where: str
    event: Event
    state: State
    claims: JsonObject | None = None
    refusal: InvalidToken | None = None
    token: str | None = None

    def document(self) -> JsonObject:
        """The promised JSON."""
        event = self.event
        document: JsonObject = {
            "signature": str(self.state),
            "eventType": event.type or None,
            "known": event.kind is not None,
            "instanceId": event.envelope.instance_id,
            "identity": event.envelope.identity,
            "accountInfo": event.envelope.account_info,
            "claims": self.claims,
            "event": event.body(),
            "entity": event.entity,
            "action": event.action,
        }
        if self.refusal is not None:
            document["reason"] = self.refusal.reason
        if event.guess:
            document["guess"] = event.guess
        return document


class Reader(NamedTuple):
    """Reads what comes in: with this key, under this policy, as of this moment.

    `named` is the type of events that do not say it.
    """

    key: PublicKey | None
    now: float
    policy: Policy = Policy()
    named: EventType | None = None

    def read(self, arrival: Arrival) -> Reading:
        """The event. Raises InvalidToken, or InvalidData for what is no event at all."""
        if arrival.problem is not None:
            raise arrival.problem
        if arrival.token is None:
            return Reading(arrival.where, shapes.read(arrival.value, self.named), State.UNCHECKED)
        token = opened(arrival.token, self.key, self.policy, self.now)
        state = _STATES[token.verified]
        return Reading(arrival.where, token.event, state, token.claims, token.refusal, arrival.token)
