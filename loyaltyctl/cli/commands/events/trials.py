"""Trials of an endpoint: send tokens, and compare its responses with those of a correct endpoint.

`events send` and `events replay` share them.
"""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs import events
from loyaltyctl.contract.outputs.events import Trial
from loyaltyctl.errors import Difference, TryLater
from loyaltyctl.model.events.catalog import DELIVERY_TIMEOUT
from loyaltyctl.render.views import GREEN, RED, Column, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.transport.interface import ConnectionFailure
    from loyaltyctl.webhooks.delivery import Delivery

_SUCCESS_STATUSES = range(200, 300)
_REJECTION_STATUSES = range(400, 500)
_ACCEPT = f"respond with 200 within {DELIVERY_TIMEOUT} s"

EXPECTED = {
    Trial.GENUINE: _ACCEPT,
    Trial.DUPLICATE: f"{_ACCEPT}, and do nothing a second time",
    Trial.TAMPER: "reject it (4xx): the signature is of another payload",
    Trial.EXPIRED: "reject it (4xx): it expired an hour ago",
    Trial.WRONG_KEY: "reject it (4xx): it is signed with another key",
}

_GENUINE_TRIALS = (Trial.GENUINE, Trial.DUPLICATE)
"""Trials whose event a correct endpoint accepts."""


class Attempt(NamedTuple):
    """One attempt of a trial: the delivery of one token to the endpoint."""

    trial: Trial
    delivery: Delivery

    @property
    def right(self) -> bool:
        """Return whether the response is right: a correct endpoint would give it in this trial."""
        if self.trial in _GENUINE_TRIALS:
            return self.delivery.accepted
        return self.delivery.status in _REJECTION_STATUSES

    @property
    def verdict(self) -> str:
        """Return the result of the trial on one line: `right`, `WRONG: …` or `no response`."""
        if self.delivery.status is None:
            return "no response"
        if self.right:
            return "right"
        why = f". {self.explanation}" if self.explanation else ""
        return f"WRONG: should {EXPECTED[self.trial]}{why}"

    @property
    def explanation(self) -> str:
        """Explain why the response to a trial is wrong.

        Returns "" if the response is right or missing. Returns "" also if the text in EXPECTED, which follows
        "WRONG: should", needs no explanation.
        """
        status = self.delivery.status
        if self.delivery.redirect:
            return f"It {self.delivery.redirect}"
        if status is None or self.right:
            return ""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            decision = "accepted" if self.trial in _GENUINE_TRIALS else "rejected"
            # Wix retries up to 12 times over 47 hours.
            failed = f"{status} means that the endpoint failed, not that it {decision} the event"
            return f"{failed}: Wix sends the event again"
        if self.trial in _GENUINE_TRIALS:
            return f"It took {self.delivery.seconds:.2f} s" if status == HTTPStatus.OK else ""
        return f"{status} does not reject it" if status not in _SUCCESS_STATUSES else f"{status} accepts it"

    @property
    def output(self) -> events.Attempt:
        """Return the JSON of a trial: the expected response and the actual one."""
        delivery = self.delivery
        return events.Attempt(
            sent=self.trial,
            status=delivery.status,
            milliseconds=round(delivery.seconds * 1000),
            body=delivery.body,
            right=self.right,
            should=EXPECTED[self.trial],
            problem=delivery.problem or OMITTED,
            redirects_to=delivery.redirects_to or OMITTED,
            explanation=self.explanation or OMITTED,
        )


class _CountedAttempts:
    """Iterator over the attempts of all trials, which counts wrong and missing responses."""

    def __init__(self, attempts: Iterable[Attempt]) -> None:
        """Set all counts of the trials to 0."""
        self._attempts = attempts
        self.sent = self.unreached = self.wrong = 0
        self.failure: ConnectionFailure | None = None
        self.redirect = ""

    def __iter__(self) -> Iterator[Attempt]:
        """Yield the attempts of the trials, each after counting it."""
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
    output=lambda attempt: attempt.output,
    id=lambda attempt: attempt.trial,
    output_type=events.Attempt,
)


def send_all(ctx: Context, url: str, tokens: Iterable[tuple[Trial, str]]) -> None:
    """Run trials: send tokens to an endpoint one after the other, and show its responses.

    Raises TryLater if any response is missing, otherwise Difference if any is wrong.
    """
    from loyaltyctl.intake.redaction import without_login
    from loyaltyctl.webhooks.delivery import WebhookEndpoint

    with closing(WebhookEndpoint(url, ctx.settings.timeout)) as endpoint:
        attempts = _CountedAttempts(Attempt(trial, endpoint.post(token)) for trial, token in tokens)
        ctx.output.show_stream(attempts, ATTEMPT)
    if attempts.failure:
        some = "" if attempts.sent == 1 else f" to {attempts.unreached:,} of {attempts.sent:,}"
        raise TryLater(
            f"no response from {without_login(url)}{some}: {attempts.failure.text}",
            code=attempts.failure.code,
            hint=attempts.failure.hint,
        )
    if attempts.wrong:
        raise Difference(
            f"{attempts.wrong:,} of {attempts.sent:,} responses are not those of a correct endpoint",
            code="ENDPOINT_WRONG",
            hint=f"It {attempts.redirect}: pass that address to --to." if attempts.redirect else "",
        )
