"""What became of each thing that came in: an event and the state of its signature, or a problem."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.model.events import ordering, parsing
from loyaltyctl.tokens import extraction
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import Policy, decode
from loyaltyctl.webhooks.event_files import InputItem

if TYPE_CHECKING:
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalog import EventType
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.tokens.keys import PublicKey, PublicKeys


class SignatureState(StrEnum):
    """What is known of a signature."""

    VERIFIED = "verified"
    INVALID = "invalid"
    UNCHECKED = "unchecked"


_STATES = {True: SignatureState.VERIFIED, False: SignatureState.INVALID, None: SignatureState.UNCHECKED}
"""By whether a signature holds."""


class DecodedEvent(NamedTuple):
    """An event that was read, from a token or a JSON value.

    `refusal` is why it is not to be trusted, though its signature may hold; `key` is the one
    of several keys that fits; `found_in` is where the token was, if it did not stand alone.
    """

    where: str
    event: Event
    state: SignatureState
    claims: JsonObject | None = None
    error: InvalidToken | None = None
    token: str | None = None
    value: Json = None
    key: PublicKey | None = None
    found_in: str = ""

    @property
    def identity(self) -> ordering.Key:
        """Identity of the event for `--dedupe`: its type and id, or its bytes where it has no id."""
        return ordering.dedupe_key(self.event) or ordering.content_key(
            self.event.type, self.token or self.value
        )

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
        if self.error is not None:
            document["reason"] = self.error.reason
        if event.guess:
            document["guess"] = event.guess
        if self.found_in:
            document["foundIn"] = self.found_in
        if self.key is not None:
            document["key"] = {"name": self.key.name, "fingerprint": self.key.fingerprint}
        return document


MAX_EXPLAINED = 64 * 1024
"""Characters. Larger texts that are refused are not searched: `events listen` gets them from anybody."""
_WITHOUT_FORM = (Reason.TOO_LARGE, Reason.MALFORMED)


def _found(
    arrival: InputItem, error: LoyaltyError, limit: int | None = None
) -> extraction.Found | extraction.Ambiguous | None:
    """The token in what was refused for its form, if it has at most so many characters."""
    if isinstance(error, InvalidToken) and error.reason not in _WITHOUT_FORM:
        return None
    text = arrival.token if arrival.text is None else arrival.text
    if text is None:
        return extraction.find_in(arrival.value)
    return extraction.find(text) if limit is None or len(text) <= limit else None


def explained(arrival: InputItem, error: LoyaltyError, limit: int | None = MAX_EXPLAINED) -> LoyaltyError:
    """Return the error about an arrival, with what it looks like where that can be told."""
    found = _found(arrival, error, limit)
    if isinstance(found, extraction.Ambiguous):
        what, hint = (
            f"this holds {found.number} different tokens",
            "Give one token alone.",
        )
    elif found is None or (found.token is None and not _is_event(found.value)):
        return error
    elif found.token is not None:
        what, hint = f"this is no token by itself: a token stands in {found.where}", found.step
    elif isinstance(error, InvalidToken):
        what, hint = (
            "this is an event without a signature, not a token",
            "Pass on the token that was received.",
        )
    else:
        what, hint = f"this is not JSON: an event stands in {found.where}", found.step
    return type(error)(what, code=error.reason, hint=hint)


def _is_event(value: Json) -> bool:
    try:
        parsing.parse_event(value)
    except InvalidData:
        return False
    return True


class EventReader(NamedTuple):
    """Reads what comes in: with this key, under this policy, as of this moment.

    `named` is the type of events that do not say it. With `unwraps`, a token is also read
    out of what servers and logs leave around it; without, the error says what that is.
    """

    key: PublicKey | PublicKeys | None
    now: float
    policy: Policy = Policy()
    named: EventType | None = None
    unwraps: bool = False

    def read(self, arrival: InputItem) -> DecodedEvent:
        """The event. Raises InvalidToken, or InvalidData for what is no event at all."""
        try:
            return self._read(arrival)
        except (InvalidData, InvalidToken) as error:
            if not self.unwraps:
                raise explained(arrival, error) from None
            found = _found(arrival, error)
            if found is None:
                raise
            if isinstance(found, extraction.Ambiguous):
                raise explained(arrival, error, None) from None
            try:
                reading = self._read(InputItem(arrival.where, found.token, found.value))
            except InvalidData:
                raise error from None
            return reading._replace(found_in=found.where)

    def _read(self, arrival: InputItem) -> DecodedEvent:
        if arrival.problem is not None:
            raise arrival.problem
        if arrival.token is None:
            event = parsing.parse_event(arrival.value, self.named)
            return DecodedEvent(arrival.where, event, SignatureState.UNCHECKED, value=arrival.value)
        token = decode(arrival.token, self.key, self.policy, self.now)
        state = _STATES[token.verified]
        return DecodedEvent(
            arrival.where, token.event, state, token.claims, token.error, arrival.token, key=token.key
        )
