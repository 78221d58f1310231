"""Session: performs API calls, with retries, waits and reconciliation.

perform ─► rate limit ─► headers ─► Exchange.send ─┬─► Response
   ▲                                               └─► AttemptFailed ─► retry_policy.NEXT_STEP
   └────────── wait ◄── retry ◄── reconcile ◄────────────────────┘
"""

from __future__ import annotations

from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.calls import Response
from loyaltyctl.api.error_responses import KEY_REFUSED, NOT_THE_API
from loyaltyctl.api.exchange import TIMEOUT, AttemptFailed, timeout_error
from loyaltyctl.api.hooks import Changed, Hooks, OutcomeUnknown, Reconciling, RulesSeen, Waiting
from loyaltyctl.api.methods import Content, Effect
from loyaltyctl.api.reconcile import unknown_outcome_error
from loyaltyctl.api.retry_policy import NEXT_STEP, FailureKind, NextStep, backoff
from loyaltyctl.errors import Conflict, Incomplete, LoyaltyError, NotFound, TryLater
from loyaltyctl.transport.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.calls import Call, Headers
    from loyaltyctl.api.exchange import Exchange
    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.api.rate_limiter import RateLimiter
    from loyaltyctl.api.reconcile import Reconcile
    from loyaltyctl.transport.deadline import Clock


class Session:
    """Session: performs API calls on one server with one authorization."""

    def __init__(  # noqa: PLR0913 - the parts of a call, each made elsewhere and given by name
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
        """Compose a session of its parts.

        `seconds` is the time limit of a call with all its retries. `remedy` is a hint for the user if the API
        rejects the credentials. `hooks` receive the notifications of the session itself, not those of the
        exchange and the limiter.
        """
        self._clock = clock
        self._exchange = exchange
        self._authorizer = authorizer
        self._limiter = limiter
        self._notify = Hooks(hooks)
        self._seconds = seconds
        self._retries = retries
        self._remedy = remedy

    def perform(
        self, call: Call, reconcile: Reconcile | None = None, deadline: Deadline | None = None
    ) -> Response:
        """Perform an API call in this session, with its retries. Raises the error of the last attempt.

        If the response of a write is lost, `reconcile` finds out whether the write took effect. Without
        `reconcile`, such a write raises Incomplete. All attempts and the reads of `reconcile` end at
        `deadline`.
        """
        deadline = deadline or Deadline(self._clock, self._seconds)
        try:
            response = self._perform_with_retries(call, self._authorizer, reconcile, deadline)
        except Incomplete as error:
            if call.effect is not Effect.READ:
                rule_id = call.ids[0] if call.ids else ""
                self._notify(OutcomeUnknown(call.what, call.effect.value, rule_id, error.request_id))
            raise
        resource = call.method.resource
        if resource and call.shows_rules:
            is_whole = call.method.content is Content.MANY and not call.query
            self._notify(RulesSeen(resource.entities(response.body), whole=is_whole))
        if call.effect is not Effect.READ:
            rule_id = call.ids[0] if call.ids else (resource.entity_id(response.body) if resource else "")
            self._notify(Changed(call.what, call.effect.value, rule_id, response.request_id))
        return response

    def close(self) -> None:
        """Close the session: its connections, and the file of its rate limiter."""
        self._exchange.close()
        if self._limiter:
            self._limiter.close()

    def _perform_with_retries(
        self, call: Call, authorizer: Authorizer, reconcile: Reconcile | None, deadline: Deadline
    ) -> Response:
        """Attempt a call in this session until it succeeds, or until the retry policy ends it."""
        # An earlier attempt is in doubt if it may have taken effect.
        in_doubt = renewed = False
        for attempt in count(1):
            try:
                headers = authorizer.headers(
                    lambda sign_in: self._perform_with_retries(sign_in, Anonymous(), None, deadline)
                )
                return self._attempt_call(call, headers, deadline, is_last=attempt > self._retries)
            except AttemptFailed as failed:
                failure = failed
            except LoyaltyError as unsent:  # there is no access token, or a hook failed
                raise _error_of_call(call, unsent, in_doubt=in_doubt) from None
            error, kind = self._error_of_attempt(call, failure, attempt), failure.kind
            if error.http_status == HTTPStatus.UNAUTHORIZED and not renewed and authorizer.renew():
                renewed = True
                continue
            # A web page with a 404 is not the API's: it proves nothing about the rule.
            is_gone = isinstance(error, NotFound) and error.hint != NOT_THE_API
            if in_doubt and call.effect is Effect.DELETE and is_gone:
                return Response({})
            step = NEXT_STEP[call.effect][kind]
            if in_doubt and call.effect is Effect.UPDATE and isinstance(error, Conflict):
                step = NextStep.RECONCILE  # the conflict may be with the earlier attempt
            if step is NextStep.RECONCILE:
                response = self._reconcile_write(
                    call, reconcile, AttemptFailed(kind, error, failure.retry_after), deadline
                )
                if response is not None:
                    return response
            # After BROKEN, reconciling settles the outcome; after LOST, the request may still be in progress.
            in_doubt = (
                in_doubt
                or kind is FailureKind.LOST
                or (kind is FailureKind.BROKEN and step is NextStep.RETRY)
            )
            stops = step is NextStep.STOP or attempt > self._retries
            if stops or not self._wait_for_retry(attempt, failure, deadline):
                raise _error_of_call(call, error, in_doubt=in_doubt)
        raise AssertionError  # count() has no end

    def _attempt_call(self, call: Call, headers: Headers, deadline: Deadline, *, is_last: bool) -> Response:
        """Make one attempt of this session at a call, within the rate limit.

        Another attempt may follow unless `is_last`, so this one gets only a part of the time left.
        """
        if self._limiter:
            # --timeout limits the time that the server takes, without this wait.
            deadline.extend(self._limiter.acquire())
        left = deadline.remaining()
        if left <= 0:
            raise AttemptFailed(
                FailureKind.UNSENT, TryLater(f"could not {call.what}: no time is left", code=TIMEOUT)
            )
        # Another attempt or a reconciling read after this attempt needs time too.
        timeout = left if is_last and call.effect is Effect.READ else left / 2
        return self._exchange.send(call, headers, timeout)

    def _error_of_attempt(self, call: Call, failure: AttemptFailed, attempt: int) -> LoyaltyError:
        """Return the error of this session for a failed attempt.

        The message of a timeout names the time limit of the whole call, and the number of attempts. If the
        credentials were refused, the hint ends with the session's `remedy`.
        """
        if failure.error.hint == KEY_REFUSED:
            failure.error.hint = f"{KEY_REFUSED} {self._remedy}".rstrip()
        attempts = attempt - 1 if failure.kind is FailureKind.UNSENT else attempt
        if failure.error.reason != TIMEOUT or not attempts:
            return failure.error
        tries = f"{attempts} {'try' if attempts == 1 else 'tries'}"
        return timeout_error(call, f"{self._seconds:g} s, in {tries}")

    def _reconcile_write(
        self, call: Call, reconcile: Reconcile | None, failure: AttemptFailed, deadline: Deadline
    ) -> Response | None:
        """Reconcile a write of this session; return its response, or None if it did not take effect.

        Raises Incomplete if it is unknown whether the write took effect.
        """
        if reconcile is None:
            raise unknown_outcome_error(call.what, failure.error, call.check)
        self._notify(Reconciling(call.what))
        try:
            return reconcile(failure, deadline)
        except (Conflict, Incomplete):
            raise
        except LoyaltyError:
            raise unknown_outcome_error(call.what, failure.error, call.check) from None

    def _wait_for_retry(self, attempt: int, failure: AttemptFailed, deadline: Deadline) -> bool:
        """Wait before the session retries a call, and return True.

        Return False without a wait if the deadline leaves no time for the retry.
        """
        left = deadline.remaining()
        # A backoff must not use up the time of the attempt that follows it.
        seconds = min(backoff(attempt), left / 2) if failure.retry_after is None else failure.retry_after
        if seconds >= left:
            return False
        self._notify(Waiting(seconds, failure.error.message))
        self._clock.sleep(seconds)
        return True


def _error_of_call(call: Call, error: LoyaltyError, *, in_doubt: bool) -> LoyaltyError:
    """Return the error that a session raises for a call: `error`, or Incomplete for a write in doubt.

    A write is in doubt if one of its attempts may have taken effect.
    """
    is_unknown = in_doubt and call.effect is not Effect.READ and not isinstance(error, Conflict)
    return unknown_outcome_error(call.what, error, call.check) if is_unknown else error
