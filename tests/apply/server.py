"""A server that plans are applied to: the sandbox, with faults, delays and a record of what requests did.

The record is compared with the ledger after each run.
"""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.rules import Rules
from loyaltyctl.api.session import Session
from loyaltyctl.apply.execute import apply
from loyaltyctl.apply.history import read_history
from loyaltyctl.apply.locks import site_lock
from loyaltyctl.apply.plan import plan
from loyaltyctl.apply.plan_files import SavedPlan
from loyaltyctl.apply.site import Requests, Site
from loyaltyctl.apply.targets import Source, Target
from loyaltyctl.contract.outputs.plans import Action, StepState
from loyaltyctl.model.rule_content import rule_content
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import AUTOMATIONS_APP
from loyaltyctl.sandbox.app import DEFAULT_SITE, Application, operation_of
from loyaltyctl.sandbox.fault_effects import Reply
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.seeds import seeds
from loyaltyctl.sandbox.store import Store
from tests.apply.crashing import Crash, CrashingLedger
from tests.apply.desired import NEW, Summary, after_apply, desired
from tests.conftest import PURCHASE, RSVP, SESSION, SIGN_UP, FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from loyaltyctl.apply.execute import ChangeResult
    from loyaltyctl.apply.history import Run, Step
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.apply.plan import Plan
    from loyaltyctl.intake.values import Json, JsonObject

TARGET = Target("server", "http://127.0.0.1", "sandbox")
PLAN = "a7d0b3c5-2e4f-4c61-9d38-5f7b1e0c9a62"
CUSTOM = "5b8d1c9e-3f5a-4c1b-9a7d-2e4f6a8b0c1d"
OFFER = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"


class Effect(NamedTuple):
    """Effect of one request on one rule."""

    id: str
    before: JsonObject | None
    after: JsonObject | None

    def is_of(self, step: Step) -> bool:
        """Return whether it may be the effect of `step`."""
        if step.action != Action.CREATE:
            return self.id == step.id.lower() and (self.after is None) == (step.action == Action.DELETE)
        if self.before is not None or self.after is None or step.id.lower() not in ("", self.id):
            return False
        values = {field["path"]: field["new"] for field in step.fields}
        return all(self.after[name] == values[name] for name in ("title", "triggerActivityType"))

    def is_whole(self, step: Step) -> bool:
        """Return whether the rule has all values that `step` was to set."""
        if self.after is None:
            return True
        values = rule_content(EarningRule(self.after))
        return all(values.get(str(field["path"])) == field["new"] for field in step.fields)


class Server:
    """The sandbox with a client for it; `effects` are those of all requests so far."""

    def __init__(
        self, *faults: str, seconds: float = 60, retries: int = 1, clock: FakeClock | None = None
    ) -> None:
        self.store = Store()
        self.clock = clock or FakeClock()
        self.effects: list[Effect] = []
        self.held: list[WSGIEnvironment] = []
        self.operations: Counter[str] = Counter()
        self._acts: list[tuple[str, Callable[[], object]]] = []
        self._true = Application(self.store)
        self.set_faults(*faults)
        self._requests = Requests()
        self._session = Session(
            Exchange.in_process("http://127.0.0.1", self._requests, self._respond),
            authorizer=Anonymous(), limiter=None, clock=self.clock, hooks=[self._requests], seconds=seconds, retries=retries,
        )  # fmt: skip
        self.rules = Rules(self._session, self.clock)
        extra = [
            r for r in seeds() if r["triggerActivityType"] in ("stores/OrderPaid", "wix_members-uou_signs_up")
        ]
        with self.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert(extra[0] | {"id": OFFER, "title": "Old offer"})
            site.insert(
                extra[1]
                | {
                    "id": CUSTOM,
                    "title": "Follow us",
                    "metadata": {"canBeDeleted": True},
                    "triggerActivityType": "social-media-channel_followed",
                    "triggerAppId": AUTOMATIONS_APP,
                }
            )

    def set_faults(self, *faults: str) -> None:
        """Replace the faults of the server."""
        self.use_app(Faults(self.recording_app, [Fault.parse(spec) for spec in faults]))

    def clear_faults(self) -> None:
        """Respond without faults from now on."""
        self._acts.clear()
        self.set_faults()

    def use_app(self, app: WSGIApplication) -> None:
        """Respond by this application from now on; `recording_app` has no faults."""
        self._app = app

    def on_next(self, operation: str, act: Callable[[], object]) -> None:
        """Call `act` just before the next request for this operation (empty: any) is processed."""
        self._acts.append((operation, act))

    def hold_next(self, *then: str) -> None:
        """Hold the next request until `release`, without a response; then have these faults.

        The fault `crash` ends the process.
        """

        def hold(environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
            self.held.append(environ | {"wsgi.input": io.BytesIO(environ["wsgi.input"].read())})
            if then == ("crash",):
                self.use_app(crash)
            else:
                self.set_faults(*then)
            raise ConnectionResetError

        self.use_app(hold)

    def release(self) -> None:
        """Process the held requests, long after the run that sent them."""
        while self.held:
            Reply.of(self._true, self.held.pop(0))

    def _respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        operation = operation_of(str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])) or ""
        self.operations[operation] += 1
        due = next((one for one in self._acts if one[0] in (operation, "")), None)
        if due:
            self._acts.remove(due)
            due[1]()
        return self._app(environ, start_response)

    def recording_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The sandbox without faults, which records the effects of requests."""
        if environ["REQUEST_METHOD"] == "GET":
            return self._true(environ, start_response)
        before = self.documents()
        answer = self._true(environ, start_response)
        after = self.documents()
        self.effects += [
            Effect(rule_id, before.get(rule_id), after.get(rule_id))
            for rule_id in dict.fromkeys([*before, *after])
            if before.get(rule_id) != after.get(rule_id)
        ]
        return answer

    def documents(self) -> dict[str, JsonObject]:
        """Return the rules of the site, by id."""
        with self.store.site(DEFAULT_SITE) as site:
            return {str(rule["id"]).lower(): rule for rule in site.rules()}

    def edit(self, rule_id: str, **fields: Json) -> None:
        """Change a rule, as somebody else would."""
        with self.store.site(DEFAULT_SITE, writes=True) as site:
            document = site.rule(rule_id)
            assert document is not None
            revision = document["revision"]
            site.replace(document | fields | {"revision": revision and str(int(str(revision)) + 1)})

    def remove(self, rule_id: str) -> None:
        """Delete a rule, as somebody else would."""
        with self.store.site(DEFAULT_SITE, writes=True) as site:
            site.delete(rule_id)

    def summaries(self) -> list[Summary]:
        """Summarize all rules."""
        return sorted(map(summarize, self.documents().values()))

    def site(self, ledger: Ledger) -> Site:
        """Return the site as the command opens it, on a remote server."""
        return Site(
            self.rules, TARGET, ledger, self._requests, self.clock, local=False, notify=lambda _: None
        )

    def plan(self, rules: Sequence[EarningRule], *, prune: bool = True) -> Plan:
        """Plan as the command does."""
        return plan(self.rules.list(), rules, lambda _: prune)

    def apply(self, path: Path, todo: Plan, *, stop: bool = True, crash_at: int = 0) -> list[ChangeResult]:
        """Apply a plan, and compare the ledger with the effects."""
        with self.checked(path):
            return self.apply_unchecked(path, todo, stop=stop, crash_at=crash_at)

    def apply_unchecked(self, path: Path, todo: Plan, *, stop: bool, crash_at: int = 0) -> list[ChangeResult]:
        """Apply a plan in a process that dies at this write to the ledger."""
        with CrashingLedger(path, crash_at, site_lock(path)) as ledger:
            return [*apply(self.site(ledger), todo, "apply", "rules.yaml", stop=stop)]

    @contextlib.contextmanager
    def checked(self, path: Path) -> Iterator[None]:
        """Compare the ledger with the effects of the block, however it ends."""
        since, runs = len(self.effects), len(read_history(path).runs)
        try:
            yield
        finally:
            new = read_history(path).runs[: len(read_history(path).runs) - runs]
            assert len(new) <= 1
            if new:
                assert_recorded(new[0], self.effects[since:])
            else:
                assert self.effects[since:] == []

    def close(self) -> None:
        self._session.close()
        self.store.close()


def crash(*_: object) -> Iterable[bytes]:
    """Die: an application that ends the process of its client."""
    raise Crash


def summarize(document: JsonObject) -> Summary:
    """Summarize a rule, without the model."""
    arm: Any = document.get("fixedAmount") or document.get("conversionRate") or {}
    earns = [
        (one.get("tierId") or None, one.get("points"), one.get("moneyAmount"))
        for one in arm.get("configs", [])
    ]
    return (
        str(document["triggerActivityType"]),
        str(document["title"]),
        str(document["status"]),
        tuple(sorted(earns, key=str)),
    )


def assert_recorded(run: Run, effects: Iterable[Effect], others: Collection[str] = ()) -> None:
    """Assert that the steps of a run record all effects of its requests, and nothing else.

    `others` are the rules that somebody else changed meanwhile, perhaps to what was desired.
    """
    left = [*effects]
    for step in sorted(run.steps, key=lambda step: step.state is not StepState.DONE):
        mine = [effect for effect in left if effect.is_of(step)]
        left = [effect for effect in left if effect not in mine]
        if step.state is StepState.DONE and (mine or step.id.lower() not in others):
            assert mine, f"{step} is recorded as done, and is not"
            assert mine[-1].is_whole(step), f"{step} is recorded as done, and is not: {mine}"
        elif step.state in (StepState.PLANNED, StepState.FAILED):
            assert not mine, f"{step} is recorded as not done, and is: {mine}"
        assert len(mine) <= 1 or step.id == SIGN_UP, f"{step} was done twice: {mine}"
    assert left == [], f"no step for {left}"


KEPT = {PURCHASE, SIGN_UP, RSVP, SESSION, PLAN}


def assert_as_desired(server: Server, new: int = NEW) -> None:
    """Assert that the site has each desired rule once, and the seeded rules with their ids."""
    assert server.summaries() == after_apply(new)
    assert server.documents().keys() >= KEPT
    assert server.plan(desired(new)).writes == []


def saved(todo: Plan) -> Plan:
    """Return the plan after a round trip through a file."""
    text = SavedPlan(todo, TARGET, Source("rules.yaml"), "2026-01-01T00:00:00Z").text()
    return SavedPlan.read(text, "plan.json").plan
