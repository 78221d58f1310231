"""Verify tokens in a fixed order of checks; the payload is parsed only after the signature is verified.

    size ─ form ─ header ─ signature ─ payload ─ expiry ─ start ─ issuer ─ audience ─ age

Verification stops at the first check that fails.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.outputs.events import Check, CheckName
from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.intake import timestamps
from loyaltyctl.model.events import parsing
from loyaltyctl.tokens import parser
from loyaltyctl.tokens.reasons import Reason, invalid_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.tokens.keys import PublicKey, PublicKeys

MAX_TIME = 253402300799
"""Last second of the year 9999, the last year that Python's dates have."""

SKEW = 60.0
"""Default leeway for an iat in the future, in seconds: the clocks of Wix and of this machine may differ."""


class Policy(NamedTuple):
    """Policy for verifying a token's claims, with times in seconds.

    `skew` is how far iat may be in the future. `leeway` is for exp, nbf and `max_age`. Wix sends neither
    issuer nor audience, so they are checked only if the policy requires them.
    """

    issuer: str | None = None
    audience: str | None = None
    require_exp: bool = False
    max_age: float | None = None
    leeway: float = 0
    skew: float = SKEW


class DecodedToken(NamedTuple):
    """A decoded token: its event, its claims without the event, and the result of its verification.

    `verified` tells whether the signature is valid; it is None if there was no key. `error` is the
    error of the failed check, if any. `key` is the key that verified the signature, if there were several;
    otherwise it is None.
    """

    claims: JsonObject
    event: Event
    verified: bool | None
    error: InvalidToken | None = None
    key: PublicKey | None = None


class _Verifier:
    """Verification of one token at the time `now`, in seconds since 1970: one method per check."""

    def __init__(self, text: str, key: PublicKey | PublicKeys | None, policy: Policy, now: float) -> None:
        """Prepare the verification of a token; no check is made yet."""
        self.text = text
        self.policy = policy
        self.now = now
        self._key = key
        self._parts = parser.Parts(b"", b"", b"", b"")
        self.verified: bool | None = None
        self.signer: PublicKey | None = None
        self.claims: JsonObject = {}
        self.event: Event | None = None

    def check_size(self) -> None:
        """Verify that the token is not too long."""
        parser.check_size(self.text)

    def check_form(self) -> None:
        """Verify that the token has three parts in canonical base64url, and decode them."""
        self._parts = parser.split(self.text)

    def check_header(self) -> None:
        """Verify that the token's header has the algorithm RS256 and no unsupported members."""
        parser.check_header(self._parts.header)

    def check_signature(self) -> None:
        """Verify the token's signature with each key, and note the first key that fits."""
        self.signer = None if self._key is None else self._key.find_signer(self._parts)
        self.verified = self.signer is not None
        if not self.verified:
            keys = "any of these keys" if self.has_several_keys else "this key"
            raise invalid_token(Reason.BAD_SIGNATURE, f"the signature does not match {keys}")

    @property
    def has_several_keys(self) -> bool:
        """Return whether the token is verified with several keys."""
        return self._key is not None and len(self._key.all) > 1

    def describe_signer(self) -> str:
        """Describe the key that verified the signature; name it if there are several keys."""
        if self.signer is None or not self.has_several_keys:
            return "made with the private half of this key"
        return f"made with the private half of {self.signer.name} ({self.signer.fingerprint})"

    def parse_payload(self) -> None:
        """Parse the payload of the token to verify: its event, and its other claims."""
        document = parser.parse_object(self._parts.payload, "payload", Reason.BAD_PAYLOAD)
        try:
            self.event = parsing.parse_claims(document)
        except InvalidData as error:
            raise invalid_token(Reason.BAD_PAYLOAD, f"invalid payload: {error.message}") from None
        if self.event.kind is not None and not self.event.has_body:
            raise invalid_token(Reason.BAD_PAYLOAD, "invalid payload: data.data is not a JSON object")
        self.claims = {name: value for name, value in document.items() if name != "data"}

    def check_payload(self) -> None:
        """Verify that the token's payload contains an event, and that its jti is a string."""
        self.parse_payload()
        # RFC 7519, 4.1.7: the value of jti is a string.
        if not isinstance(self.claims.get("jti", ""), str):
            raise invalid_token(Reason.BAD_CLAIM, "the token's jti is not a string")

    def check_expiry(self) -> None:
        """Verify that the token has not expired, by its exp."""
        exp = self._time_claim("exp")
        if exp is None and self.policy.require_exp:
            raise invalid_token(Reason.NO_EXPIRY, "the token has no exp, which is required")
        # RFC 7519, 4.1.4: at the second of exp itself, a token is no longer valid.
        if exp is not None and self.now >= exp + self.policy.leeway:
            raise invalid_token(
                Reason.EXPIRED,
                f"the token expired at {format_time(exp)}",
                hint="Check a saved token as of the time it was received with --at TIME.",
            )

    def check_start(self) -> None:
        """Verify that the token's nbf, the time from which it is valid, is not in the future."""
        nbf = self._time_claim("nbf")
        if nbf is not None and self.now < nbf - self.policy.leeway:
            raise invalid_token(
                Reason.NOT_YET_VALID, f"the token is not valid before {format_time(nbf)}", hint=_CLOCK_HINT
            )

    def check_issuer(self) -> None:
        """Verify that the token's iss is the issuer that the policy requires, if any."""
        # Wix's SDK requires iss and aud in the requests to service plugins only, not in webhooks.
        if self.policy.issuer is not None and self.claims.get("iss") != self.policy.issuer:
            raise invalid_token(Reason.WRONG_ISSUER, "the token's iss is not the required one")

    def check_audience(self) -> None:
        """Verify that the token's aud contains the audience that the policy requires, if any."""
        aud = self.claims.get("aud")
        audiences = aud if isinstance(aud, list) else [aud]
        if self.policy.audience is not None and self.policy.audience not in audiences:
            raise invalid_token(Reason.WRONG_AUDIENCE, "the token's aud does not include the required one")

    def check_age(self) -> None:
        """Verify that the token's iat is neither in the future nor longer ago than the policy allows."""
        iat, max_age = self._time_claim("iat"), self.policy.max_age
        # Stricter than Wix's SDK, which accepts any iat in the future: this check reports a wrong clock.
        if iat is not None and iat - self.now > self.policy.skew:
            raise invalid_token(
                Reason.NOT_YET_VALID,
                f"the token was issued in the future, at {format_time(iat)}",
                hint=_CLOCK_HINT,
            )
        if max_age is None:
            return
        if iat is None:
            raise invalid_token(Reason.TOO_OLD, "the token has no iat, so its age is unknown")
        if self.now - iat > max_age + self.policy.leeway:
            raise invalid_token(
                Reason.TOO_OLD, f"the token was issued at {format_time(iat)}, more than {max_age:g} s ago"
            )

    def _time_claim(self, name: str) -> float | None:
        """Return a time claim to verify, such as exp, in seconds since 1970; None if the token lacks it.

        Raises InvalidToken if the claim has any other value.
        """
        value = self.claims.get(name)
        if name not in self.claims:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_TIME:
            raise invalid_token(Reason.BAD_CLAIM, f"the token's {name} is not a time in seconds since 1970")
        return value

    def describe_claim(self, name: str) -> str:
        """Describe a verified claim: `exp is 2026-01-02T03:04:05Z`, `iss matches` or `no nbf`."""
        value = self.claims.get(name)
        if value is None:
            return f"no {name}"
        # Only times are shown: other values in a payload may be personal data.
        return f"{name} is {format_time(value)}" if isinstance(value, int | float) else f"{name} matches"

    def describe_required(self, name: str, required: object) -> str:
        """Describe a verified claim that the policy may require, such as `iss matches`.

        If `required`, the policy's value for the claim, is None, the description is `not required`.
        """
        return "not required" if required is None else self.describe_claim(name)


_CLOCK_HINT = "Check this machine's clock, or allow a difference with --leeway, such as --leeway 2m."


class _CheckStep(NamedTuple):
    """One check of the verification: its name, and the function that makes it.

    `detail` returns the text to print after the name if the token passes, such as `no nbf`.
    """

    name: CheckName
    check: Callable[[_Verifier], None]
    detail: Callable[[_Verifier], str]


_FORM_CHECKS = (
    _CheckStep("size", _Verifier.check_size, lambda token: f"{len(token.text):,} characters"),
    _CheckStep("form", _Verifier.check_form, lambda _: "three parts in canonical base64url"),
    _CheckStep("header", _Verifier.check_header, lambda _: "RS256, and no unsupported members"),
)
_TRUST_CHECKS = (
    _CheckStep("signature", _Verifier.check_signature, _Verifier.describe_signer),
    _CheckStep("payload", _Verifier.check_payload, lambda token: token.event.type if token.event else ""),
    _CheckStep("expiry", _Verifier.check_expiry, lambda token: token.describe_claim("exp")),
    _CheckStep("start", _Verifier.check_start, lambda token: token.describe_claim("nbf")),
    _CheckStep(
        "issuer", _Verifier.check_issuer, lambda token: token.describe_required("iss", token.policy.issuer)
    ),
    _CheckStep(
        "audience",
        _Verifier.check_audience,
        lambda token: token.describe_required("aud", token.policy.audience),
    ),
    _CheckStep(
        "age", _Verifier.check_age, lambda token: token.describe_required("iat", token.policy.max_age)
    ),
)


def decode(text: str, key: PublicKey | PublicKeys | None, policy: Policy, now: float) -> DecodedToken:
    """Decode a token, and verify it if a key is given.

    A token that fails the check of its signature or of a claim is decoded all the same: users want to inspect
    it. The result then has the error. Raises InvalidToken for an invalid size, form, header or payload.
    """
    token = _Verifier(text, key, policy, now)
    for step in _FORM_CHECKS:
        step.check(token)
    failure: InvalidToken | None = None
    try:
        if key is not None:
            for step in _TRUST_CHECKS:
                step.check(token)
    except InvalidToken as error:
        failure = error
    if token.event is None:
        try:
            token.parse_payload()
        except InvalidToken as error:
            raise (failure or error) from None
    assert token.event  # noqa: S101 - parse_payload sets it
    return DecodedToken(
        token.claims, token.event, token.verified, failure, token.signer if token.has_several_keys else None
    )


def verify(
    text: str, key: PublicKey | PublicKeys, policy: Policy, now: float
) -> tuple[list[Check], InvalidToken | None]:
    """Verify a token; return the checks in order, up to the first that fails, and the error of that check.

    The error is None if all checks pass.
    """
    token = _Verifier(text, key, policy, now)
    checks: list[Check] = []
    for step in (*_FORM_CHECKS, *_TRUST_CHECKS):
        try:
            step.check(token)
        except InvalidToken as error:
            return [*checks, Check(step.name, ok=False, detail=error.message)], error
        checks.append(Check(step.name, ok=True, detail=step.detail(token)))
    return checks, None


def format_time(seconds: float) -> str:
    """Format the time of a claim, such as exp, for messages of the verification: RFC 3339 in UTC."""
    return timestamps.format_utc(datetime.fromtimestamp(int(seconds), UTC), "seconds")
