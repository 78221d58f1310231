"""One call from beginning to end: its tries, its waits, and the question what became of it.

perform ─► turn (rate limit) ─► headers ─► Exchange.send ─┬─► Answer
   ▲                                                      └─► Failed ─► policy.AFTER
   └──────── wait ◄── again ◄──── find_out ◄───────────────────────────────┘
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from loyaltyctl.api.auth import Nobody
from loyaltyctl.api.calls import LOOK, Answer, Call, Effect, Gives
from loyaltyctl.api.exchange import TIMEOUT, Failed, in_vain
from loyaltyctl.api.facts import Changed, Doubting, Hooks, Seen, Unresolved, Waiting
from loyaltyctl.api.failures import KEY_REFUSED, NOT_THE_API
from loyaltyctl.api.policy import AFTER, Failing, Next, backoff
from loyaltyctl.errors import Conflict, Incomplete, LoyaltyError, NotFound, TryLater
from loyaltyctl.transport.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.calls import Headers
    from loyaltyctl.api.exchange import Exchange
    from loyaltyctl.api.facts import Listener
    from loyaltyctl.api.limiter import Limiter
    from loyaltyctl.transport.deadline import Clock

UNAUTHORIZED = 401


class FindOut(Protocol):
    """Asks the site whether a call took effect.

    Returns its answer if it did and None if it surely did not; raises where nobody can tell.
    """

    def __call__(self, failed: Failed, deadline: Deadline, /) -> Answer | None: ...


class Sender(Protocol):
    """Interface for performing calls: a Session, or its dry run."""

    def perform(
        self, call: Call, find_out: FindOut | None = None, deadline: Deadline | None = None
    ) -> Answer: ...


class Session:
    """Performs calls for one caller on one origin."""

    def __init__(  # noqa: PLR0913 - the parts a call needs, each made elsewhere and given by name
        self,
        exchange: Exchange,
        *,
        authorizer: Authorizer,
        limiter: Limiter | None,
        clock: Clock,
        hooks: Sequence[Listener],
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
        self, call: Call, find_out: FindOut | None = None, deadline: Deadline | None = None
    ) -> Answer:
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
                self._notify(Unresolved(call.what, call.effect.value, rule_id, error.request_id))
            raise
        if call.shows_rules:
            self._notify(Seen(answer.rules(), whole=call.gives is Gives.RULES and not call.query))
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
        self, call: Call, authorizer: Authorizer, find_out: FindOut | None, deadline: Deadline
    ) -> Answer:
        doubtful = renewed = False
        for attempt in count(1):
            headers = authorizer.headers(lambda ask: self._perform(ask, Nobody(), None, deadline))
            try:
                return self._send(call, headers, deadline, last=attempt > self._retries)
            except Failed as failed:
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
                return Answer({})
            step = AFTER[call.effect][how]
            if doubtful and call.effect is Effect.UPDATE and isinstance(error, Conflict):
                step = Next.FIND_OUT  # the earlier try may be the one that it conflicts with
            if step is Next.FIND_OUT:
                answer = self._find_out(call, find_out, Failed(how, error, failure.wait), deadline)
                if answer is not None:
                    return answer
            # What a broken server did has been found out; what was lost may still be under way.
            doubtful = doubtful or how is Failing.LOST or (how is Failing.BROKEN and step is Next.AGAIN)
            stops = step is Next.STOP or attempt > self._retries
            if stops or not self._waited(attempt, failure, deadline):
                in_doubt = doubtful and call.effect is not Effect.READ and not isinstance(error, Conflict)
                raise unknown(call.what, error, call.look) if in_doubt else error
        raise AssertionError  # count() has no end

    def _send(self, call: Call, headers: Headers, deadline: Deadline, *, last: bool) -> Answer:
        if self._limiter:
            deadline.extend(self._limiter.turn())
        left = deadline.remaining()
        if left <= 0:
            raise Failed(Failing.UNSENT, TryLater(f"could not {call.what}: no time is left", code=TIMEOUT))
        # What may come after this try, another one or a look at the site, needs time too.
        return self._exchange.send(call, headers, left if last and call.effect is Effect.READ else left / 2)

    def _whole(self, call: Call, failure: Failed, attempt: int) -> LoyaltyError:
        """Return the error of the last try; a timeout is that of the whole call, with its tries."""
        tries = attempt - 1 if failure.how is Failing.UNSENT else attempt
        if failure.error.reason != TIMEOUT or not tries:
            return failure.error
        return in_vain(call, f"{self._seconds:g} s, in {tries} {'try' if tries == 1 else 'tries'}")

    def _find_out(
        self, call: Call, find_out: FindOut | None, failure: Failed, deadline: Deadline
    ) -> Answer | None:
        if find_out is None:
            raise unknown(call.what, failure.error, call.look)
        self._notify(Doubting(call.what))
        try:
            return find_out(failure, deadline)
        except (Conflict, Incomplete):
            raise
        except LoyaltyError:
            raise unknown(call.what, failure.error, call.look) from None

    def _waited(self, attempt: int, failure: Failed, deadline: Deadline) -> bool:
        """Wait before the next try; False where there is no time for it."""
        left = deadline.remaining()
        # A wait of our own choosing must not use up the time of the try that it is for.
        seconds = min(backoff(attempt), left / 2) if failure.wait is None else failure.wait
        if seconds >= left:
            return False
        self._notify(Waiting(seconds, failure.error.message))
        self.clock.sleep(seconds)
        return True


def unknown(what: str, cause: LoyaltyError, look: str = LOOK) -> Incomplete:
    """The end of a write of which nobody can tell whether it took effect; `look` says how to find out."""
    return Incomplete(
        f"it is not known whether this took effect: {what} ({cause.message})",
        code="OUTCOME_UNKNOWN",
        hint=f"{look}. Where the change is missing, run this again.",
        http_status=cause.http_status,
        request_id=cause.request_id,
    )
