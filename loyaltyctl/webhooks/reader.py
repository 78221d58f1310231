"""Read webhook events from input items: decode and verify tokens, parse JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs import events
from loyaltyctl.contract.outputs.events import SignatureState
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


_SIGNATURE_STATES = {
    True: SignatureState.VERIFIED,
    False: SignatureState.INVALID,
    None: SignatureState.UNCHECKED,
}


class DecodedEvent(NamedTuple):
    """An event read from a token or from JSON.

    With an `error`, the event failed a check: it is not trusted, even if its signature is valid.
    `key` is the key that verified the signature, if the reader has several; otherwise it is None.
    `found_in` describes the text or object around the token; it is "" for a token by itself.
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
    def dedupe_key(self) -> ordering.Key:
        """Return the key of the decoded event by which `--dedupe` recognizes its duplicates."""
        return ordering.dedupe_key(self.event.type, self.event.id, self.token or self.value)

    @property
    def output(self) -> events.Reading:
        """Return the event that was read, in the form that `events decode` prints as JSON."""
        event = self.event
        return events.Reading(
            signature=self.state,
            event_type=event.type or None,
            known=event.kind is not None,
            instance_id=event.envelope.instance_id,
            identity=event.envelope.identity,
            account_info=event.envelope.account_info,
            claims=self.claims,
            event=event.body(),
            entity=event.entity,
            action=event.action,
            reason=self.error.reason if self.error else OMITTED,
            guess=event.guess or OMITTED,
            found_in=self.found_in or OMITTED,
            key=events.FittingKey(self.key.name, self.key.fingerprint) if self.key else OMITTED,
        )


MAX_SEARCHED = 64 * 1024
"""Maximum length of rejected text that is searched for a token: anyone can send text to `events listen`."""
_NO_TOKEN_REASONS = (Reason.TOO_LARGE, Reason.MALFORMED)
"""Reasons for rejecting text that is not a token at all: a token may be inside, so it is searched."""


def _find_in_item(
    item: InputItem, error: LoyaltyError, limit: int | None = None
) -> extraction.FoundToken | extraction.AmbiguousTokens | None:
    """Search an unreadable input item for a token, or for an object that console.log printed.

    Returns None if neither is found, if the item is itself a token, or if its text is longer than `limit`.
    """
    # A well-formed token that failed a later check is the token itself: nothing else is searched for in it.
    if isinstance(error, InvalidToken) and error.reason not in _NO_TOKEN_REASONS:
        return None
    text = item.token if item.text is None else item.text
    if text is None:
        return extraction.find_in_value(item.value)
    return extraction.find_in_text(text) if limit is None or len(text) <= limit else None


def explain_error(item: InputItem, error: LoyaltyError, limit: int | None = MAX_SEARCHED) -> LoyaltyError:
    """Return the error for an input item that could not be read; it says where inside the token or event is.

    Returns the reader's `error` itself if neither is inside, or if the text is longer than `limit`.
    """
    found = _find_in_item(item, error, limit)
    if isinstance(found, extraction.AmbiguousTokens):
        message, hint = f"found {found.number} different tokens", "Give one token alone."
    elif found is None or (found.token is None and not _is_event(found.value)):
        return error
    elif found.token is not None:
        message, hint = f"not a token by itself: there is a token in {found.where}", found.hint
    elif isinstance(error, InvalidToken):
        message, hint = "an event without a signature, not a token", "Pass on the token that was received."
    else:
        message, hint = f"not JSON: there is an event in {found.where}", found.hint
    return type(error)(message, code=error.reason, hint=hint)


def _is_event(value: Json) -> bool:
    """Return whether a JSON value found in an unreadable item can be read as an event."""
    try:
        parsing.parse_event(value)
    except InvalidData:
        return False
    return True


class EventReader(NamedTuple):
    """Reads events from input items, and verifies tokens with a key and a policy as of the time `now`.

    `kind` is the type of the events that do not contain their type. With `extracts`, a token inside other
    text or JSON is extracted and read. Without it, such input is an error that says where the token is.
    """

    key: PublicKey | PublicKeys | None
    now: float
    policy: Policy = Policy()
    kind: EventType | None = None
    extracts: bool = False

    def read(self, item: InputItem) -> DecodedEvent:
        """Read the event in an input item.

        Raises InvalidToken for text that is not a readable token, InvalidData for JSON without an event.
        """
        try:
            return self._read_unwrapped(item)
        except (InvalidData, InvalidToken) as error:
            if not self.extracts:
                raise explain_error(item, error) from None
            found = _find_in_item(item, error)
            if found is None:
                raise
            if isinstance(found, extraction.AmbiguousTokens):
                # `extracts` is set only for the user's own input, so its text is searched without a limit.
                raise explain_error(item, error, None) from None
            try:
                event = self._read_unwrapped(InputItem(item.where, found.token, found.value))
            except InvalidData:
                raise error from None
            return event._replace(found_in=found.where)

    def _read_unwrapped(self, item: InputItem) -> DecodedEvent:
        """Read the event in an input item: a token by itself, or JSON. Raises `item.problem` if it is set."""
        if item.problem is not None:
            raise item.problem
        if item.token is None:
            event = parsing.parse_event(item.value, self.kind)
            return DecodedEvent(item.where, event, SignatureState.UNCHECKED, value=item.value)
        token = decode(item.token, self.key, self.policy, self.now)
        state = _SIGNATURE_STATES[token.verified]
        return DecodedEvent(
            item.where, token.event, state, token.claims, token.error, item.token, key=token.key
        )
