"""Many creations on the sandbox, and the client that sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.rules import Rules
from loyaltyctl.api.session import Session
from loyaltyctl.apply.bulk_create import QUIET, BulkCreate
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.sandbox.app import DEFAULT_SITE, Application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from tests.conftest import ImpatientClock
from tests.model.examples import golden

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.apply.journal import Journal

RULE = golden("create_request")["earningRule"]
COUNT = 250  # three chunks
DRAFTS = {i: RuleDraft(RULE | {"title": f"Rule {i // 2}"}) for i in range(COUNT)}
"""Every two of them are the same rule, word for word."""


class Site:
    """The sandbox, and the client's way to it."""

    def __init__(self, *faults: str) -> None:
        self.store = Store()
        self.clock = ImpatientClock()
        self.spoil(*faults)
        self._session = Session(
            Exchange.in_process("http://127.0.0.1", lambda _: None, self._ask),
            authorizer=Anonymous(), limiter=None, clock=self.clock, hooks=[], seconds=60, retries=1,
        )  # fmt: skip
        self.rules = Rules(self._session, self.clock)

    def _ask(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def spoil(self, *faults: str) -> None:
        """Have these faults, and no others, from now on."""
        self._app = Faults(Application(self.store), [Fault.parse(spec) for spec in faults])

    def titles(self) -> list[Any]:
        with self.store.site(DEFAULT_SITE) as site:
            return sorted(
                str(rule["title"]) for rule in site.rules() if str(rule["title"]).startswith("Rule ")
            )

    def run(self, journal: Journal, *, stop: bool = True) -> None:
        """What the command does: begin, or resume what was begun."""
        run = BulkCreate(self.rules, journal, DRAFTS, self.clock, stop=stop)
        if journal.begun:
            run.resume({}, QUIET)
        else:
            run.begin({})
        finish(run)

    def close(self) -> None:
        self._session.close()
        self.store.close()


def finish(run: BulkCreate) -> None:
    """Run to the end; raises what ended it."""
    for _ in run.run():
        pass
    if run.ended_by:
        raise run.ended_by


EXACTLY_ONCE = sorted(str(draft.document["title"]) for draft in DRAFTS.values())
