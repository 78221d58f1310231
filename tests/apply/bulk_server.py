"""A server for bulk creations: the sandbox with faults, and a run as the command makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.rules import Rules
from loyaltyctl.api.session import Session
from loyaltyctl.apply.bulk_create import BulkCreate
from loyaltyctl.apply.locks import creation_lock
from loyaltyctl.apply.plan import Change
from loyaltyctl.apply.site import Requests, Site
from loyaltyctl.apply.targets import Target
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.sandbox.app import DEFAULT_SITE, Application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from tests.apply.crashing import CrashingLedger
from tests.conftest import FakeClock
from tests.model.examples import golden

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.intake.values import JsonObject

COMMAND = "rules bulk-create"
SOURCE = "/rules.csv"
COUNT = 250  # three chunks


def creation(**fields: Any) -> Change:
    """The creation of a rule."""
    rule: JsonObject = golden("create_request")["earningRule"]
    return Change(Action.CREATE, None, rule | fields)


CHANGES = [creation(title=f"Rule {i // 2}") for i in range(COUNT)]
"""Every two of them are the same rule, word for word."""
EXACTLY_ONCE = sorted(change.rule.title for change in CHANGES)
REFUSED_HERE = Change(Action.CREATE, None, {"title": ""}, problem="title: must not be empty")
REFUSED_BY_THE_API = Change(Action.CREATE, None, {"title": "refused by the API"})


class BulkServer:
    """The sandbox, with a client for it."""

    def __init__(self, *faults: str) -> None:
        self.store = Store()
        self.clock = FakeClock()
        self.requests = Requests()
        self.set_faults(*faults)
        hooks = [self.requests]
        self._session = Session(
            Exchange.in_process("http://127.0.0.1", self.requests, self._respond),
            authorizer=Anonymous(), limiter=None, clock=self.clock, hooks=hooks, seconds=60, retries=1,
        )  # fmt: skip
        self.rules = Rules(self._session, self.clock)

    def _respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def set_faults(self, *faults: str) -> None:
        """Replace the faults of the server."""
        self._app = Faults(Application(self.store), [Fault.parse(spec) for spec in faults])

    def titles(self) -> list[str]:
        """The titles of the rules that were created, sorted."""
        with self.store.site(DEFAULT_SITE) as site:
            titles = [str(rule["title"]) for rule in site.rules()]
        return sorted(title for title in titles if title.startswith("Rule "))

    def open(self, path: Path, crash_at: int = 0) -> Ledger:
        """Open the ledger of a run, whose process dies at this write."""
        return CrashingLedger(path, crash_at, creation_lock(path, SOURCE))

    def start(self, ledger: Ledger, changes: Sequence[Change] = CHANGES, *, stop: bool = True) -> BulkCreate:
        """Begin a run, or resume the last one."""
        site = Site(
            self.rules,
            Target("server", "http://127.0.0.1", "sandbox"),
            ledger,
            self.requests,
            self.clock,
            local=False,
            notify=lambda _: None,
        )
        if ledger.reopen(COMMAND, SOURCE):
            return BulkCreate.resume(site, changes, stop=stop)
        return BulkCreate.begin(site, changes, COMMAND, SOURCE, stop=stop)

    def run(self, path: Path, changes: Sequence[Change] = CHANGES, *, stop: bool = True, crash_at: int = 0) -> BulkCreate:  # fmt: skip
        """Begin or resume a run, and finish it. Raises the error that ended it early."""
        with self.open(path, crash_at) as ledger:
            return finish(self.start(ledger, changes, stop=stop))

    def close(self) -> None:
        self._session.close()
        self.store.close()


def finish(run: BulkCreate) -> BulkCreate:
    """Run to the end. Raises the error that ended it early."""
    for _ in run.run():
        pass
    run.end()
    if run.ended_by:
        raise run.ended_by
    return run
