"""A token checked: one thing after the other, and the payload only once the signature holds.

    size ─ form ─ header ─ signature ─ payload ─ expiry ─ start ─ issuer ─ audience ─ age

The first check that fails ends it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.events import gate
from loyaltyctl.events.refusals import Reason, refused
from loyaltyctl.intake import timestamps
from loyaltyctl.model.events import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.events.keys import PublicKey, PublicKeys
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.events.event import Event

END_OF_TIME = 253402300799
"""The last second of the year 9999. A claim beyond it is a mistake: milliseconds, most likely."""

SKEW = 60.0
"""Seconds by which a token may be issued in the future: clocks differ, and the vendor's sets iat."""


class Policy(NamedTuple):
    """Requirements for the claims of a token; `leeway`, `max_age` and `skew` (the leeway of iat) are seconds.

    The vendor's events have neither issuer nor audience, so these count only where they are given.
    """

    issuer: str | None = None
    audience: str | None = None
    require_exp: bool = False
    max_age: float | None = None
    leeway: float = 0
    skew: float = SKEW


class Check(NamedTuple):
    """One check that was made."""

    name: str
    ok: bool
    detail: str


class Opened(NamedTuple):
    """A token that was looked into: its claims without the event, the event, and what the checks found.

    `verified` says whether its signature holds, None that nobody looked; `refusal` is why
    it is not to be trusted; `key` is the one of several keys that fits.
    """

    claims: JsonObject
    event: Event
    verified: bool | None
    refusal: InvalidToken | None = None
    key: PublicKey | None = None


class _Examination:
    """One token under examination, at a moment in seconds since 1970: a method a check."""

    def __init__(self, text: str, key: PublicKey | PublicKeys | None, policy: Policy, now: float) -> None:
        self.text = text
        self.policy = policy
        self.now = now
        self._key = key
        self._parts = gate.Parts(b"", b"", b"", b"")
        self.verified: bool | None = None
        self.fitting: PublicKey | None = None
        self.claims: JsonObject = {}
        self.event: Event | None = None

    def size(self) -> None:
        gate.check_size(self.text)

    def form(self) -> None:
        self._parts = gate.split(self.text)

    def header(self) -> None:
        gate.check_header(self._parts.header)

    def signature(self) -> None:
        self.fitting = None if self._key is None else self._key.fitting(self._parts)
        self.verified = self.fitting is not None
        if not self.verified:
            keys = "any of these keys" if self.has_choice else "this key"
            raise refused(Reason.BAD_SIGNATURE, f"the signature does not match {keys}")

    @property
    def has_choice(self) -> bool:
        """Whether there are several keys, so that it is worth telling which one fits."""
        return self._key is not None and len(self._key.all) > 1

    def signer(self) -> str:
        """The key that fits, as a detail tells it."""
        if self.fitting is None or not self.has_choice:
            return "made with the private half of this key"
        return f"made with the private half of {self.fitting.name} ({self.fitting.fingerprint})"

    def payload(self) -> None:
        document = gate.json_object(self._parts.payload, "payload", Reason.BAD_PAYLOAD)
        try:
            self.event = shapes.claimed(document)
        except InvalidData as error:
            raise refused(Reason.BAD_PAYLOAD, f"the payload cannot be read: {error.message}") from None
        if self.event.kind is not None and not self.event.has_body:
            raise refused(Reason.BAD_PAYLOAD, "the payload cannot be read: data.data is not a JSON object")
        self.claims = {name: value for name, value in document.items() if name != "data"}

    def payload_and_id(self) -> None:
        """The payload, and that a jti is text (RFC 7519, 4.1.7)."""
        self.payload()
        if not isinstance(self.claims.get("jti", ""), str):
            raise refused(Reason.BAD_CLAIM, "the token's jti is not text")

    def expiry(self) -> None:
        exp = self._time("exp")
        if exp is None and self.policy.require_exp:
            raise refused(Reason.NO_EXPIRY, "the token has no exp, and one is required")
        if exp is not None and self.now >= exp + self.policy.leeway:
            raise refused(
                Reason.EXPIRED,
                f"the token expired at {moment(exp)}",
                hint="Check a token of long ago as of its own time with --at TIME.",
            )

    def start(self) -> None:
        nbf = self._time("nbf")
        if nbf is not None and self.now < nbf - self.policy.leeway:
            raise refused(Reason.NOT_YET_VALID, f"the token is not valid before {moment(nbf)}", hint=_CLOCK)

    def issuer(self) -> None:
        if self.policy.issuer is not None and self.claims.get("iss") != self.policy.issuer:
            raise refused(Reason.WRONG_ISSUER, "the token's iss is not the one that is asked for")

    def audience(self) -> None:
        stated = self.claims.get("aud")
        listed = stated if isinstance(stated, list) else [stated]
        if self.policy.audience is not None and self.policy.audience not in listed:
            raise refused(Reason.WRONG_AUDIENCE, "the token's aud does not name the one that is asked for")

    def age(self) -> None:
        iat, oldest = self._time("iat"), self.policy.max_age
        if iat is not None and iat - self.now > self.policy.skew:
            raise refused(
                Reason.NOT_YET_VALID, f"the token is issued in the future, at {moment(iat)}", hint=_CLOCK
            )
        if oldest is None:
            return
        if iat is None:
            raise refused(Reason.TOO_OLD, "the token has no iat, so nobody can tell its age")
        if self.now - iat > oldest + self.policy.leeway:
            raise refused(
                Reason.TOO_OLD, f"the token was issued at {moment(iat)}, more than {oldest:g} s ago"
            )

    def _time(self, name: str) -> float | None:
        """A claim in seconds since 1970."""
        value = self.claims.get(name)
        if name not in self.claims:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= END_OF_TIME:
            raise refused(Reason.BAD_CLAIM, f"the token's {name} is not a time in seconds since 1970")
        return value

    def claim(self, name: str) -> str:
        """A claim as a detail tells it."""
        value = self.claims.get(name)
        if value is None:
            return f"it has no {name}"
        return f"{name} is {moment(value)}" if isinstance(value, int | float) else f"{name} is as asked for"

    def asked(self, wanted: object, name: str) -> str:
        """The same of a claim that counts only where it is asked for."""
        return "not asked for" if wanted is None else self.claim(name)


_CLOCK = "Check the clock of this machine, or allow for a difference with --leeway, such as --leeway 2m."


class _Step(NamedTuple):
    """One check: its name, what it does, and what is told of it once it holds."""

    name: str
    check: Callable[[_Examination], None]
    told: Callable[[_Examination], str]


_LOOKS = (
    _Step("size", _Examination.size, lambda token: f"{len(token.text):,} characters"),
    _Step("form", _Examination.form, lambda _: "three parts in canonical base64url"),
    _Step("header", _Examination.header, lambda _: "RS256, and nothing that would have to be understood"),
)
_TRUST = (
    _Step("signature", _Examination.signature, _Examination.signer),
    _Step("payload", _Examination.payload_and_id, lambda token: token.event.type if token.event else ""),
    _Step("expiry", _Examination.expiry, lambda token: token.claim("exp")),
    _Step("start", _Examination.start, lambda token: token.claim("nbf")),
    _Step("issuer", _Examination.issuer, lambda token: token.asked(token.policy.issuer, "iss")),
    _Step("audience", _Examination.audience, lambda token: token.asked(token.policy.audience, "aud")),
    _Step("age", _Examination.age, lambda token: token.asked(token.policy.max_age, "iat")),
)


def opened(text: str, key: PublicKey | PublicKeys | None, policy: Policy, now: float) -> Opened:
    """What is in a token, checked where there is a key.

    A token that fails is opened all the same, for people to look at, as long as it has
    the form of one. Raises InvalidToken where it has not.
    """
    token = _Examination(text, key, policy, now)
    for step in _LOOKS:
        step.check(token)
    refusal: InvalidToken | None = None
    try:
        if key is not None:
            for step in _TRUST:
                step.check(token)
    except InvalidToken as error:
        refusal = error
    if token.event is None:
        try:
            token.payload()
        except InvalidToken as error:
            raise (refusal or error) from None
    assert token.event  # noqa: S101 - the payload was read
    return Opened(
        token.claims, token.event, token.verified, refusal, token.fitting if token.has_choice else None
    )


def checked(
    text: str, key: PublicKey | PublicKeys, policy: Policy, now: float
) -> tuple[list[Check], InvalidToken | None]:
    """Every check that was made, and why the last of them failed, if it did."""
    token = _Examination(text, key, policy, now)
    checks: list[Check] = []
    for step in (*_LOOKS, *_TRUST):
        try:
            step.check(token)
        except InvalidToken as error:
            return [*checks, Check(step.name, ok=False, detail=error.message)], error
        checks.append(Check(step.name, ok=True, detail=step.told(token)))
    return checks, None


def moment(seconds: float) -> str:
    """A claim's time for a person: RFC 3339 in UTC."""
    return timestamps.format_utc(datetime.fromtimestamp(int(seconds), UTC), "seconds")
