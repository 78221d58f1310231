"""One call from beginning to end: its tries, its waits, and the question what became of it.

perform ─► turn (rate limit) ─► headers ─► Exchange.send ─┬─► Response
   ▲                                                      └─► AttemptFailed ─► retry_policy.AFTER
   └──────── wait ◄── again ◄──── find_out ◄───────────────────────────────┘
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.calls import LOOK, Call, Effect, Gives, Response
from loyaltyctl.api.error_responses import KEY_REFUSED, NOT_THE_API
from loyaltyctl.api.exchange import TIMEOUT, AttemptFailed, in_vain
from loyaltyctl.api.hooks import Changed, Hooks, OutcomeUnknown, Reconciling, RulesSeen, Waiting
from loyaltyctl.api.retry_policy import AFTER, FailureKind, NextStep, backoff
from loyaltyctl.errors import Conflict, Incomplete, LoyaltyError, NotFound, TryLater
from loyaltyctl.transport.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.calls import Headers
    from loyaltyctl.api.exchange import Exchange
    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.api.rate_limiter import RateLimiter
    from loyaltyctl.transport.deadline import Clock

UNAUTHORIZED = 401


class Reconcile(Protocol):
    """Asks the site whether a call took effect.

    Returns its answer if it did and None if it surely did not; raises where nobody can tell.
    """

    def __call__(self, failed: AttemptFailed, deadline: Deadline, /) -> Response | None: ...


class Sender(Protocol):
    """Interface for performing calls: a Session, or its dry run."""

    def perform(
        self, call: Call, find_out: Reconcile | None = None, deadline: Deadline | None = None
    ) -> Response: ...


class Session:
    """Performs calls for one caller on one origin."""

    def __init__(  # noqa: PLR0913 - the parts a call needs, each made elsewhere and given by name
        self,
        exchange: Exchange,
        *,
        authorizer: Authorizer,
        limiter: RateLimiter | None,
        clock: Clock,
        hooks: Sequence[Hook],
        seconds: float,
        retries: int,
        remedy: str = "",
    ) -> None:
        """Take the parts of a call; `remedy` says what to do where the server refuses the caller.

        The notifications of the session go to each of the `hooks`; `exchange` and `limiter` have their own.
        """
        self.clock = clock
        self._exchange = exchange
        self._authorizer = authorizer
        self._limiter = limiter
        self._notify = Hooks(hooks)
        self._seconds = seconds
        self._retries = retries
        self._remedy = remedy

    def perform(
        self, call: Call, find_out: Reconcile | None = None, deadline: Deadline | None = None
    ) -> Response:
        """The answer to `call`. Raises the error that its last try amounts to.

        `find_out` tells what became of a write whose answer was lost; without it, such a
        write ends as Incomplete. All tries and looks happen within `deadline`.
        """
        deadline = deadline or Deadline(self.clock, self._seconds)
        try:
            answer = self._perform(call, self._authorizer, find_out, deadline)
        except Incomplete as error:
            if call.effect is not Effect.READ:
                rule_id = call.about[0] if call.about else ""
                self._notify(OutcomeUnknown(call.what, call.effect.value, rule_id, error.request_id))
            raise
        if call.shows_rules:
            self._notify(RulesSeen(answer.rules(), whole=call.gives is Gives.RULES and not call.query))
        if call.effect is not Effect.READ:
            rule_id = call.about[0] if call.about else answer.rule_id
            self._notify(Changed(call.what, call.effect.value, rule_id, answer.request_id))
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()
        if self._limiter:
            self._limiter.close()

    def _perform(
        self, call: Call, authorizer: Authorizer, find_out: Reconcile | None, deadline: Deadline
    ) -> Response:
        doubtful = renewed = False
        for attempt in count(1):
            headers = authorizer.headers(lambda ask: self._perform(ask, Anonymous(), None, deadline))
            try:
                return self._send(call, headers, deadline, last=attempt > self._retries)
            except AttemptFailed as failed:
                failure = failed
            error, how = self._whole(call, failure, attempt), failure.how
            if error.http_status == UNAUTHORIZED and not renewed and authorizer.renew():
                renewed = True
                continue
            if error.hint == KEY_REFUSED:
                error.hint = f"{error.hint} {self._remedy}".rstrip()
            # A web page with a 404 is not the API's: it proves nothing about the rule.
            is_gone = isinstance(error, NotFound) and error.hint != NOT_THE_API
            if doubtful and call.effect is Effect.DELETE and is_gone:
                return Response({})
            step = AFTER[call.effect][how]
            if doubtful and call.effect is Effect.UPDATE and isinstance(error, Conflict):
                step = NextStep.FIND_OUT  # the earlier try may be the one that it conflicts with
            if step is NextStep.FIND_OUT:
                answer = self._find_out(call, find_out, AttemptFailed(how, error, failure.wait), deadline)
                if answer is not None:
                    return answer
            # What a broken server did has been found out; what was lost may still be under way.
            doubtful = (
                doubtful or how is FailureKind.LOST or (how is FailureKind.BROKEN and step is NextStep.AGAIN)
            )
            stops = step is NextStep.STOP or attempt > self._retries
            if stops or not self._waited(attempt, failure, deadline):
                in_doubt = doubtful and call.effect is not Effect.READ and not isinstance(error, Conflict)
                raise outcome_unknown(call.what, error, call.look) if in_doubt else error
        raise AssertionError  # count() has no end

    def _send(self, call: Call, headers: Headers, deadline: Deadline, *, last: bool) -> Response:
        if self._limiter:
            deadline.extend(self._limiter.turn())
        left = deadline.remaining()
        if left <= 0:
            raise AttemptFailed(
                FailureKind.UNSENT, TryLater(f"could not {call.what}: no time is left", code=TIMEOUT)
            )
        # What may come after this try, another one or a look at the site, needs time too.
        return self._exchange.send(call, headers, left if last and call.effect is Effect.READ else left / 2)

    def _whole(self, call: Call, failure: AttemptFailed, attempt: int) -> LoyaltyError:
        """Return the error of the last try; a timeout is that of the whole call, with its tries."""
        tries = attempt - 1 if failure.how is FailureKind.UNSENT else attempt
        if failure.error.reason != TIMEOUT or not tries:
            return failure.error
        return in_vain(call, f"{self._seconds:g} s, in {tries} {'try' if tries == 1 else 'tries'}")

    def _find_out(
        self, call: Call, find_out: Reconcile | None, failure: AttemptFailed, deadline: Deadline
    ) -> Response | None:
        if find_out is None:
            raise outcome_unknown(call.what, failure.error, call.look)
        self._notify(Reconciling(call.what))
        try:
            return find_out(failure, deadline)
        except (Conflict, Incomplete):
            raise
        except LoyaltyError:
            raise outcome_unknown(call.what, failure.error, call.look) from None

    def _waited(self, attempt: int, failure: AttemptFailed, deadline: Deadline) -> bool:
        """Wait before the next try; False where there is no time for it."""
        left = deadline.remaining()
        # A wait of our own choosing must not use up the time of the try that it is for.
        seconds = min(backoff(attempt), left / 2) if failure.wait is None else failure.wait
        if seconds >= left:
            return False
        self._notify(Waiting(seconds, failure.error.message))
        self.clock.sleep(seconds)
        return True


def outcome_unknown(what: str, cause: LoyaltyError, look: str = LOOK) -> Incomplete:
    """The end of a write of which nobody can tell whether it took effect; `look` says how to find out."""
    return Incomplete(
        f"it is not known whether this took effect: {what} ({cause.message})",
        code="OUTCOME_UNKNOWN",
        hint=f"{look}. Where the change is missing, run this again.",
        http_status=cause.http_status,
        request_id=cause.request_id,
    )
