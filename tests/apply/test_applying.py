"""Applying a plan: whatever ends a run and wherever, the journal is true, and running again heals.

`Shop` is the sandbox with the client's way to it. It notes what every request did to the site, so
that each step of the journal can be held against what really happened.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import sqlite3
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from loyaltyctl.api.auth import Nobody
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.rules import Rules
from loyaltyctl.api.session import Session
from loyaltyctl.apply.applying import Requests, Result, Site, apply
from loyaltyctl.apply.bulk import QUIET
from loyaltyctl.apply.ledger import Ledger
from loyaltyctl.apply.past import State, all_past, past, path_for
from loyaltyctl.apply.plan_files import SavedPlan
from loyaltyctl.apply.planning import Action, creations, plan
from loyaltyctl.apply.targets import Source, Target
from loyaltyctl.errors import Conflict, Incomplete, LoyaltyError
from loyaltyctl.model import statements
from loyaltyctl.model.comparison import facts
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import AUTOMATIONS_APP
from loyaltyctl.sandbox.app import DEFAULT_SITE, application, operation_of
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.seeds import GOLD, seeds
from loyaltyctl.sandbox.spoiling import Reply
from loyaltyctl.sandbox.store import Store
from tests.conftest import PURCHASE, RSVP, SESSION, SIGN_UP, ImpatientClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeAlias
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from loyaltyctl.apply.applying import Outcome
    from loyaltyctl.apply.ledger import Answered
    from loyaltyctl.apply.past import Past, Run, Step
    from loyaltyctl.apply.planning import Change, Plan
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.problems import RuleDraft

    Told: TypeAlias = tuple[str, str, str, tuple[tuple[str | None, object, object], ...]]
    """What counts of a rule: trigger, title, status, and what each tier earns."""

TARGET = Target("shop", "http://127.0.0.1", "sandbox")
PLAN = "a7d0b3c5-2e4f-4c61-9d38-5f7b1e0c9a62"
CUSTOM = "5b8d1c9e-3f5a-4c1b-9a7d-2e4f6a8b0c1d"
OFFER = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"
NEW = 7
MANY = 101  # two chunks


class Crash(BaseException):
    """The process is gone."""


class CrashingLedger(Ledger):
    """A ledger in a process that dies before or after its n-th write."""

    def __init__(self, path: Path, crash_at: int) -> None:
        super().__init__(path)
        self._db.execute("pragma synchronous = off")  # what dies here is a process, and no disk
        self._left = crash_at

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Crash

    def begin(  # noqa: PLR0913, PLR0917 - as its parent's
        self,
        target: Target,
        command: str,
        source: str,
        now: float,
        snapshot: Iterable[EarningRule],
        changes: Sequence[Change],
    ) -> None:
        self._step()
        super().begin(target, command, source, now, snapshot, changes)
        self._step()

    def sending(self, numbers: Iterable[int], now: float) -> None:
        self._step()
        super().sending(numbers, now)
        self._step()

    def record(self, answers: Iterable[Answered]) -> None:
        self._step()
        super().record(answers)
        self._step()

    def end(self, now: float) -> None:
        self._step()
        super().end(now)
        self._step()


class Effect(NamedTuple):
    """What one request did to one rule."""

    id: str
    before: JsonObject | None
    after: JsonObject | None

    def is_of(self, step: Step) -> bool:
        """Whether it may be what `step` was to do."""
        if step.action != Action.CREATE:
            return self.id == step.id.lower() and (self.after is None) == (step.action == Action.DELETE)
        if self.before is not None or self.after is None or step.id.lower() not in ("", self.id):
            return False
        said = {field["path"]: field["new"] for field in step.fields}
        return all(self.after[name] == said[name] for name in ("title", "triggerActivityType"))

    def is_whole(self, step: Step) -> bool:
        """Whether the rule now says what `step` was to change."""
        if self.after is None:
            return True
        said = facts(EarningRule(self.after))
        return all(said.get(str(field["path"])) == field["new"] for field in step.fields)


class Shop:
    """The sandbox, the client's way to it, and what every request did there."""

    def __init__(
        self, *faults: str, seconds: float = 60, retries: int = 1, clock: ImpatientClock | None = None
    ) -> None:
        self.store = Store()
        self.clock = clock or ImpatientClock()
        self.effects: list[Effect] = []
        self.held: list[WSGIEnvironment] = []
        self.asked: Counter[str] = Counter()
        self._acts: list[tuple[str, Callable[[], object]]] = []
        self._true = application(self.store)
        self.spoil(*faults)
        self._requests = Requests(lambda _: None)
        self._session = Session(
            Exchange("http://127.0.0.1", self._requests.hear, self._ask),
            authorizer=Nobody(), limiter=None, clock=self.clock, listener=self._requests.hear, seconds=seconds, retries=retries,
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

    def spoil(self, *faults: str) -> None:
        """Have these faults, and no others, from now on."""
        self.answer_with(Faults(self.noted, [Fault.parse(spec) for spec in faults]))

    def heal(self) -> None:
        """Have no trouble any more."""
        self._acts.clear()
        self.spoil()

    def answer_with(self, app: WSGIApplication) -> None:
        """Have this application answer from now on; `noted` is the one without faults."""
        self._app = app

    def before(self, operation: str, act: Callable[[], object]) -> None:
        """Do `act` just before the next request for this operation (or any) is answered."""
        self._acts.append((operation, act))

    def hold(self, *then: str) -> None:
        """Let the next request arrive, never be answered, and be done by `release`; then have these faults.

        The fault `crash` is the end of the process.
        """

        def hold(environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
            self.held.append(environ | {"wsgi.input": io.BytesIO(environ["wsgi.input"].read())})
            if then == ("crash",):
                self.answer_with(crash)
            else:
                self.spoil(*then)
            raise ConnectionResetError

        self.answer_with(hold)

    def release(self) -> None:
        """Do what is held, long after the run that sent it."""
        while self.held:
            Reply.of(self._true, self.held.pop(0))

    def _ask(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        operation = operation_of(str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])) or ""
        self.asked[operation] += 1
        due = next((one for one in self._acts if one[0] in (operation, "")), None)
        if due:
            self._acts.remove(due)
            due[1]()
        return self._app(environ, start_response)

    def noted(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The sandbox without faults; what it does is noted."""
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
        """The rules that are there, by id."""
        with self.store.site(DEFAULT_SITE) as site:
            return {str(rule["id"]).lower(): rule for rule in site.rules()}

    def edit(self, rule_id: str, **fields: Json) -> None:
        """What somebody else changes."""
        with self.store.site(DEFAULT_SITE, writes=True) as site:
            document = site.rule(rule_id)
            assert document is not None
            revision = document["revision"]
            site.replace(document | fields | {"revision": revision and str(int(str(revision)) + 1)})

    def remove(self, rule_id: str) -> None:
        """A rule that somebody else deletes."""
        with self.store.site(DEFAULT_SITE, writes=True) as site:
            site.delete(rule_id)

    def told(self) -> list[Told]:
        """All rules."""
        return sorted(map(told, self.documents().values()))

    def site(self, ledger: Ledger) -> Site:
        """The site as the command has it, far away."""
        return Site(self.rules, TARGET, ledger, self._requests, self.clock, local=False)

    def planned(self, wanted: Sequence[EarningRule], *, prune: bool = True) -> Plan:
        """The plan as the command makes it."""
        return plan(self.rules.list(), wanted, lambda _: prune)

    def apply(self, path: Path, todo: Plan, *, stop: bool = True, crash_at: int = 0) -> list[Outcome]:
        """One run, at the end of which the journal is held against what happened."""
        with self.watched(path):
            return self.apply_unwatched(path, todo, stop=stop, crash_at=crash_at)

    def apply_unwatched(self, path: Path, todo: Plan, *, stop: bool, crash_at: int = 0) -> list[Outcome]:
        """One run, which dies at this write to the journal."""
        with CrashingLedger(path, crash_at) as ledger:
            return [*apply(self.site(ledger), todo, "apply", "rules.yaml", stop=stop)]

    @contextlib.contextmanager
    def watched(self, path: Path) -> Iterator[None]:
        """However it ends: what was done is in the journal."""
        since, runs = len(self.effects), len(past(path).runs)
        try:
            yield
        finally:
            new = past(path).runs[: len(past(path).runs) - runs]
            assert len(new) <= 1
            if new:
                assert_true(new[0], self.effects[since:])
            else:
                assert self.effects[since:] == []

    def close(self) -> None:
        self._session.close()
        self.store.close()


def crash(*_: object) -> Iterable[bytes]:
    """An application in whose presence processes die."""
    raise Crash


def told(document: JsonObject) -> Told:
    """What counts of a rule, without any help of the model."""
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


def assert_true(run: Run, effects: Iterable[Effect], others: Collection[str] = ()) -> None:
    """Hold a run's steps against what its requests did: every step says the truth, and nothing else was done.

    `others` are the rules that somebody else changed meanwhile: perhaps to what was wanted.
    """
    left = [*effects]
    for step in sorted(run.steps, key=lambda step: step.state is not State.DONE):
        mine = [effect for effect in left if effect.is_of(step)]
        left = [effect for effect in left if effect not in mine]
        if step.state is State.DONE and (mine or step.id.lower() not in others):
            assert mine, f"{step} is said to be done, and is not"
            assert mine[-1].is_whole(step), f"{step} is said to be done, and is not: {mine}"
        elif step.state in (State.PLANNED, State.FAILED):
            assert not mine, f"{step} is said not to be done, and is: {mine}"
        assert len(mine) <= 1 or step.id == SIGN_UP, f"{step} was done twice: {mine}"
    assert left == [], f"nobody planned {left}"


def rule(title: str, trigger: str, earn: str, **more: Json) -> EarningRule:
    """A rule as a file states it."""
    checked = statements.check({"title": title, "trigger": trigger, "earn": earn, **more})
    assert checked.draft is not None, checked.problems
    return EarningRule(checked.draft.document)


def wanted(new: int = NEW) -> list[EarningRule]:
    """A file that asks for each kind of change, beside those of --prune."""
    return [
        rule("Purchase a product", "stores/OrderPaid", "3 per 1"),
        rule("Sign up to the site", "wix_members-uou_signs_up", "60 points"),
        rule("RSVP to an event", "events/Rsvp", "10 points"),
        rule("Book a session", "bookings/BookingConfirmed", "100 points", tiers={GOLD: "150 points"}, status="PAUSED"),
        *(rule(f"New {i}", "events/OrderConfirmed", f"{i} points") for i in range(new)),
    ]  # fmt: skip


def made(new: int = NEW) -> list[Told]:
    """What the site is afterwards."""
    return sorted(
        [
            ("stores/OrderPaid", "Purchase a product", "ACTIVE", ((None, 3, 1),)),
            ("wix_members-uou_signs_up", "Sign up to the site", "ACTIVE", ((None, 60, None),)),
            ("events/Rsvp", "RSVP to an event", "ACTIVE", ((None, 10, None),)),
            (
                "bookings/BookingConfirmed",
                "Book a session",
                "PAUSED",
                ((GOLD, 150, None), (None, 100, None)),
            ),
            ("wix_pricing_plans-plan_purchased", "Order a plan", "PAUSED", ((None, 5, 1),)),
            (
                "wix_restaurants_orders-order_submitted",
                "Place a restaurant order (old Wix Restaurants)",
                "PAUSED",
                ((None, 1, 1),),
            ),
            (
                "restaurants-order-is-pending",
                "Place a restaurant order (new Wix Restaurants)",
                "PAUSED",
                ((None, 1, 1),),
            ),
            *(("events/OrderConfirmed", f"New {i}", "ACTIVE", ((None, i, None),)) for i in range(new)),
        ]
    )


KEPT = {PURCHASE, SIGN_UP, RSVP, SESSION, PLAN}
WRITES = ["create"] * NEW + ["update"] * 4 + ["pause", "delete", "delete"]


def assert_healed(shop: Shop, new: int = NEW) -> None:
    """The site is what is wanted: nothing is lost, nothing is doubled, and no rule was made anew."""
    assert shop.told() == made(new)
    assert shop.documents().keys() >= KEPT
    assert shop.planned(wanted(new)).writes == []


@pytest.fixture
def shop() -> Iterator[Shop]:
    one = Shop()
    yield one
    one.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site-1.sqlite3"


def saved(todo: Plan) -> Plan:
    """The plan out of a file."""
    text = SavedPlan(todo, TARGET, Source("rules.yaml"), "2026-01-01T00:00:00Z").text()
    return SavedPlan.read(text, "plan.json").plan


# A run without trouble


def test_a_plan_of_every_kind_of_change_is_carried_out(shop: Shop, path: Path) -> None:
    todo = shop.planned(wanted())

    outcomes = shop.apply(path, todo)

    assert [str(change.action) for change in todo.writes] == WRITES
    assert {outcome.result for outcome in outcomes} == {Result.DONE, Result.NOTHING}
    assert_healed(shop)
    [run] = past(path).runs
    assert run.ended is not None
    assert run.missing == []
    assert all(step.requests for step in run.steps)
    assert shop.clock.slept == []


def test_a_run_with_nothing_to_do_leaves_no_trace(shop: Shop, path: Path) -> None:
    shop.apply(path, shop.planned(wanted()))
    asked = shop.asked.copy()

    outcomes = shop.apply(path, shop.planned(wanted()))

    assert {outcome.result for outcome in outcomes} == {Result.NOTHING}
    assert shop.asked - asked == Counter(list=2)
    assert len(past(path).runs) == 1


# Dying


@pytest.mark.parametrize(
    ("new", "again"), [(NEW, "planned anew"), (NEW, "the same plan"), (MANY, "planned anew")]
)
def test_a_process_that_dies_at_any_write_leaves_a_true_journal_and_is_finished_by_another_run(
    new: int, again: str, tmp_path: Path
) -> None:
    step, died = 0, True
    while died:
        step += 1
        shop = Shop()
        path = tmp_path / f"{step}.sqlite3"
        todo = saved(shop.planned(wanted(new)))
        died = False
        try:
            shop.apply(path, todo, crash_at=step)  # watched: the journal says what was done, and nothing more
        except Crash:
            died = True
        runs = past(path).runs
        left = runs[0].missing if runs else []
        if runs and runs[0].steps:
            steps = runs[0].steps
            assert [one.action for one in steps] == [str(change.action) for change in todo.writes]
            done = sum(one.state is State.DONE for one in steps)
            assert (done, len(left)) == (len(steps) - len(left), len(steps) - done)
        in_doubt = any(one.state is State.SENDING for one in left)
        shop.clock.slept.clear()

        outcomes = shop.apply(path, todo if again == "the same plan" else shop.planned(wanted(new)))

        assert {one.result for one in outcomes} <= {Result.DONE, Result.NOTHING}, f"died at {step}"
        assert_healed(shop, new)
        assert bool(shop.clock.slept) == in_doubt
        assert all(QUIET - 5 < seconds <= QUIET for seconds in shop.clock.slept)
        shop.close()

    assert step == 1 + 2 * (2 + 2 * (7 + -(-new // 100)))


def test_a_process_that_dies_again_and_again_gets_there(shop: Shop, path: Path) -> None:
    for crash_at in [*range(3, 23), 0]:
        with contextlib.suppress(Crash):
            shop.apply(path, shop.planned(wanted(MANY)), crash_at=crash_at % 9 + 3 if crash_at else 0)

    assert_healed(shop, MANY)


def test_what_a_run_is_to_do_is_in_the_journal_as_soon_as_the_run_is(tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        shop = Shop()
        died = False
        try:
            shop.apply(tmp_path / f"{step}.sqlite3", shop.planned(wanted()), crash_at=step)
        except Crash:
            died = True
        assert all(run.steps for run in past(tmp_path / f"{step}.sqlite3").runs), f"died at {step}"
        shop.close()


@pytest.mark.parametrize("fault", ["500", "500-after", "lost", "429=1", "missing-item"])
@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
def test_a_process_that_dies_after_a_request_without_an_answer_is_finished_by_another_run(
    operation: str, fault: str, shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())
    shop.spoil(f"{fault}@{operation}")
    shop.before(operation, lambda: shop.before("", lambda: shop.answer_with(crash)))
    with contextlib.suppress(Crash):
        shop.apply(path, todo)

    shop.heal()
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


# Faults

OPERATIONS = ("list", "bulk-create", "update", "delete", "delete-automation")
KINDS = (
    "lost", "refused", "cut", "html", "empty", "not-utf8", "legacy", "body={}", 'body={"a":NaN}', "redirect", "401", "403",
    "429", "429=1", "429=date", "500", "500-after", "502", "502-after", "503", "503-later", "504", "504-after",
    "delay-after=0.01",
)  # fmt: skip
CELLS = [
    *((kind, operation) for operation in OPERATIONS for kind in KINDS),
    *((kind, "bulk-create") for kind in ("missing-item", "repeated-item", "reordered")),
]


@pytest.mark.parametrize(("kind", "operation"), CELLS)
def test_a_fault_leaves_a_true_journal_and_is_healed_by_another_run(
    kind: str, operation: str, tmp_path: Path
) -> None:
    for number, (times, stop) in enumerate([("*1", True), ("", False)]):
        shop = Shop()
        path = tmp_path / f"{number}.sqlite3"
        todo = shop.planned(wanted())
        shop.spoil(f"{kind}@{operation}{times}")
        try:
            outcomes = shop.apply(path, todo, stop=stop)
        except LoyaltyError:
            outcomes = []
        if outcomes:
            _assert_told(outcomes, past(path).runs[0], stop=stop)

        shop.heal()
        outcomes = shop.apply(path, shop.planned(wanted()))
        assert {one.result for one in outcomes} <= {Result.DONE, Result.NOTHING}
        assert_healed(shop)
        shop.close()


def _assert_told(outcomes: Sequence[Outcome], run: Run, *, stop: bool) -> None:
    """Every outcome is in the journal, and stands for what was said to be done after an error."""
    writes = [outcome for outcome in outcomes if outcome.change.is_write]
    states = {"done": State.DONE, "failed": State.FAILED, "unknown": State.UNKNOWN, "skipped": State.PLANNED}
    assert [states[outcome.result] for outcome in writes] == [step.state for step in run.steps]
    assert all(
        (one.result is Result.DONE) == (one.error is None)
        for one in writes
        if one.result is not Result.SKIPPED
    )
    assert all(isinstance(one.error, Incomplete) for one in writes if one.result is Result.UNKNOWN)
    if stop:
        first = next((i for i, one in enumerate(writes) if one.result is not Result.DONE), len(writes))
        assert {one.result for one in writes[max(first, NEW) + 1 :]} <= {Result.SKIPPED}
    else:
        assert not any(one.result is Result.SKIPPED for one in writes)


PAIRS = [
    ("lost", "403"), ("500-after", "403"), ("502-after", "403"), ("lost", "429"), ("500-after", "429"), ("lost", "500"),
    ("502-after", "500"), ("refused", "403"), ("500", "403"), ("lost", "401"), ("refused", "429=90"),
]  # fmt: skip
"""A first try and a second one."""


@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_faults_one_after_the_other_leave_a_true_journal(
    first: str, second: str, operation: str, path: Path
) -> None:
    shop = Shop(retries=2)
    todo = shop.planned(wanted())
    shop.before(operation, lambda: shop.before(operation, lambda: shop.spoil(f"{second}@{operation}")))
    shop.spoil(f"{first}@{operation}")
    shop.apply(path, todo)

    shop.heal()
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)
    shop.close()


@pytest.mark.parametrize("reading", ["403", "404", "500", "lost", 'body={"a":1}', "redirect"])
@pytest.mark.parametrize("writing", ["lost", "500-after", "502-after", "refused", "500", "missing-item"])
@pytest.mark.parametrize("operation", ["bulk-create", "update"])
def test_what_cannot_be_found_out_is_not_said_to_have_failed(
    operation: str, writing: str, reading: str, path: Path
) -> None:
    shop = Shop()
    todo = shop.planned(wanted())
    gone = ("404", "no-plain-path")
    spoilt = [f"{gone[1] if reading == gone[0] else reading}@{name}" for name in ("get", "list")]
    shop.before(operation, lambda: shop.spoil(f"{writing}@{operation}", *spoilt))
    with contextlib.suppress(LoyaltyError):
        shop.apply(path, todo, stop=False)

    shop.heal()
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)
    shop.close()


def test_an_update_of_the_field_of_the_amount_is_not_done_before_it_is(path: Path) -> None:
    shop = Shop()
    other = rule("Order a plan", "wix_pricing_plans-plan_purchased", "5 per 1", field="price.total")
    todo = shop.planned([other], prune=False)
    shop.spoil("502@update")
    [outcome] = [one for one in shop.apply(path, todo) if one.change.is_write]

    arm: Any = shop.documents()[PLAN]["conversionRate"]
    assert arm["field"] == "price.amount"
    assert outcome.result is not Result.DONE
    shop.heal()
    shop.apply(path, shop.planned([other], prune=False))
    arm = shop.documents()[PLAN]["conversionRate"]
    assert arm["field"] == "price.total"
    shop.close()


# Somebody else


def test_a_rule_that_somebody_else_changed_on_the_way_is_told_and_left_alone(shop: Shop, path: Path) -> None:
    theirs: JsonObject = {"configs": [{"moneyAmount": 1, "points": 5}]}
    shop.before("update", lambda: shop.edit(PURCHASE, conversionRate=theirs))
    todo = shop.planned([rule("Purchase a product", "stores/OrderPaid", "3 per 1")], prune=False)

    [outcome] = [one for one in shop.apply(path, todo) if one.change.is_write]

    assert outcome.result is Result.FAILED
    assert isinstance(outcome.error, Conflict)
    assert (
        outcome.error.message == '"Purchase a product" was changed by somebody else: earn 20 per 1 → 5 per 1'
    )
    assert outcome.error.reason == "INVALID_REVISION"
    assert outcome.error.http_status == 409
    assert outcome.error.request_id
    assert shop.documents()[PURCHASE]["conversionRate"] == theirs
    [step] = past(path).runs[0].missing
    assert step.problem == outcome.error.message
    shop.apply(path, shop.planned([rule("Purchase a product", "stores/OrderPaid", "3 per 1")], prune=False))
    assert told(shop.documents()[PURCHASE])[3] == ((None, 3, 1),)


CONFLICTS: list[tuple[str, str, str, str]] = [
    ("update", RSVP, "title", '"RSVP to an event" was changed by somebody else: title RSVP to an event → Theirs'),
    ("update", PURCHASE, "title", '"Purchase a product" was changed by somebody else: title Purchase a product → Theirs'),
    ("update", SESSION, "title", '"Book a session" was changed by somebody else: title Book a session → Theirs'),
    ("update", PLAN, "title", '"Order a plan" was changed by somebody else: title Order a plan → Theirs'),
    ("delete", OFFER, "title", '"Old offer" was changed by somebody else: title Old offer → Theirs'),
    ("update", RSVP, "nothing", '"RSVP to an event" was changed by somebody else'),
    ("delete", OFFER, "nothing", '"Old offer" was changed by somebody else'),
    ("update", PURCHASE, "gone", '"Purchase a product" is not there any more'),
    ("update", SESSION, "gone", '"Book a session" is not there any more'),
    ("delete", OFFER, "gone", '"Old offer" is not there any more'),
    ("delete-automation", CUSTOM, "gone", '"Follow us" is not there any more'),
]  # fmt: skip


@pytest.mark.parametrize("stop", [True, False])
@pytest.mark.parametrize(("operation", "rule_id", "what", "message"), CONFLICTS)
def test_a_conflict_ends_the_run_or_not_as_told(  # noqa: PLR0913, PLR0917 - the case, and what it is tried with
    operation: str, rule_id: str, what: str, message: str, stop: bool, shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())

    def theirs() -> None:
        if what == "gone":
            shop.remove(rule_id)
        else:
            shop.edit(rule_id, **({"title": "Theirs"} if what == "title" else {}))

    shop.before("bulk-create", theirs)
    outcomes = [one for one in shop.apply(path, todo, stop=stop) if one.change.is_write]

    [failed] = [one for one in outcomes if one.result is Result.FAILED]
    assert failed.id == rule_id
    assert isinstance(failed.error, Conflict)
    assert failed.error.message == message
    after = outcomes[outcomes.index(failed) + 1 :]
    assert {one.result for one in after} <= {Result.SKIPPED if stop else Result.DONE}
    assert past(path).runs[0].missing[0].id == rule_id
    document = shop.documents().get(rule_id)
    if what == "gone":
        assert document is None
        shop.apply(path, shop.planned(wanted()))
        assert shop.told() == made()
        return
    assert document is not None
    assert document["title"] == ("Theirs" if what == "title" else failed.change.rule.title)
    assert operation == ("delete" if rule_id == OFFER else "update")
    if what == "title" and rule_id == PLAN:
        shop.edit(PLAN, title="Order a plan")  # nobody wants it back under its name but the test
    shop.apply(path, shop.planned(wanted()))
    assert shop.told() == made()


def test_a_rule_without_a_revision_that_was_changed_since_makes_the_plan_stale(
    shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())
    shop.edit(SIGN_UP, fixedAmount={"configs": [{"points": 70}]})

    with pytest.raises(
        Conflict, match='the plan is stale: "Sign up to the site" was changed: earn 50 points → 70 points'
    ):
        shop.apply(path, todo)

    assert shop.effects == []
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


def test_all_that_makes_a_plan_stale_is_told_at_once(shop: Shop, path: Path) -> None:
    todo = saved(shop.planned(wanted()))
    shop.edit(PURCHASE, conversionRate={"configs": [{"moneyAmount": 1, "points": 5}]})
    shop.remove(SESSION)
    with shop.store.site(DEFAULT_SITE, writes=True) as site:
        site.insert(
            wanted()[4].document
            | {"id": GOLD, "revision": "1", "title": "New 0", "fixedAmount": {"configs": [{"points": 9}]}}
        )

    with pytest.raises(Conflict) as stale:
        shop.apply(path, todo)

    texts = [stale.value.message, *(detail.message for detail in stale.value.details)]
    assert stale.value.reason == "STALE_PLAN"
    assert texts == [
        'the plan is stale: "New 0" is there by now, and differs: earn 9 points → 0 points',
        '"Purchase a product" is at revision 2, the plan was made for 1 (earn 20 per 1 → 5 per 1)',
        '"Book a session" is not there any more',
    ]
    assert shop.effects == []


# What is still under way


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
def test_a_request_that_comes_through_late_is_waited_for(
    operation: str, killed: bool, shop: Shop, path: Path
) -> None:
    then = ["crash"] if killed else [f"refused@{operation}"]
    shop.before(operation, lambda: shop.hold(*then))
    with contextlib.suppress(Crash):
        shop.apply(path, shop.planned(wanted()))
    [run] = past(path).runs
    in_doubt = [step for step in run.steps if step.state in (State.SENDING, State.UNKNOWN)]
    assert {step.action for step in in_doubt} <= {
        WRITES[0] if operation == "bulk-create" else operation.partition("-")[0]
    }
    shop.clock.slept.clear()
    shop.heal()
    shop.clock.when_slept(QUIET / 2, shop.release)

    for _ in range(2):
        todo = shop.planned(wanted())  # which is made before the wait, and may be stale after it
        with contextlib.suppress(Conflict):
            shop.apply(path, todo)

    assert in_doubt
    assert QUIET - 10 < shop.clock.slept[0] <= QUIET
    assert shop.held == []
    assert_healed(shop)


@pytest.mark.parametrize("seconds", [40, 5])
def test_what_was_sent_once_more_later_is_waited_for_from_then_on(
    seconds: int, shop: Shop, path: Path
) -> None:
    shop.spoil(f"429={seconds}@bulk-create*1")
    shop.before("bulk-create", lambda: shop.before("bulk-create", lambda: shop.hold("crash")))
    with pytest.raises(Crash):
        shop.apply(path, shop.planned(wanted()))
    shop.heal()
    shop.clock.when_slept(QUIET / 2, shop.release)

    shop.apply(path, shop.planned(wanted()))

    shop.release()
    assert_healed(shop)


def test_what_was_sent_is_waited_for_although_the_clock_was_set_back(shop: Shop, path: Path) -> None:
    shop.before("bulk-create", lambda: shop.hold("crash"))
    with pytest.raises(Crash):
        shop.apply(path, shop.planned(wanted()))
    shop.heal()
    shop.clock.slept.append(-3600)
    shop.clock.when_slept(QUIET / 2, shop.release)

    shop.apply(path, shop.planned(wanted()))

    shop.release()
    assert_healed(shop)


@pytest.mark.parametrize("then", ["500", "503", "403", "429", "401", "redirect", "refused"])
@pytest.mark.parametrize("operation", ["update", "delete", "delete-automation"])
def test_what_may_still_be_under_way_is_not_said_to_have_failed(
    operation: str, then: str, shop: Shop, path: Path
) -> None:
    shop.before(operation, lambda: shop.hold(f"{then}@{operation}"))
    outcomes = shop.apply(path, shop.planned(wanted()), stop=True)
    late = {effect.id for effect in _effects_of(shop, shop.release)}

    failed = {outcome.id for outcome in outcomes if outcome.result is Result.FAILED}
    assert late
    assert not failed & late
    shop.heal()
    for _ in range(2):
        shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


def _effects_of(shop: Shop, act: Callable[[], object]) -> list[Effect]:
    before = shop.documents()
    act()
    after = shop.documents()
    ids = dict.fromkeys([*before, *after])
    return [Effect(one, before.get(one), after.get(one)) for one in ids if before.get(one) != after.get(one)]


def test_a_slow_server_is_given_up_and_found_to_have_done_it(path: Path) -> None:
    shop = Shop("delay=0.6@bulk-create*1", seconds=0.8)
    shop.apply(path, shop.planned(wanted()))
    assert past(path).runs[0].missing
    shop.clock.when_slept(QUIET / 2, lambda: time.sleep(0.7))
    slow = Shop.documents(shop)

    for _ in range(2):
        todo = plan([EarningRule(one) for one in slow.values()], wanted(), lambda _: True)
        with contextlib.suppress(Conflict):
            shop.apply_unwatched(path, todo, stop=True)
        slow = shop.documents()

    assert_healed(shop)
    shop.close()


# Two runs


def test_a_second_run_is_refused_while_the_first_one_works(shop: Shop, path: Path) -> None:
    todo = shop.planned(wanted())
    with Ledger(path) as ledger:
        steps = apply(shop.site(ledger), todo, "apply", "rules.yaml", stop=True)
        for _ in range(8):
            next(steps)
        with pytest.raises(Conflict) as second:
            Ledger(path)
        assert second.value.reason == "SITE_IN_USE"
        assert str(path) in second.value.hint
        assert _opened_elsewhere(path) == "SITE_IN_USE"
        [run] = past(path).runs
        assert run.ended is None
        assert {step.state for step in run.steps} == {State.DONE, State.PLANNED}
        list(steps)

    assert _opened_elsewhere(path) == ""
    outcomes = shop.apply(path, todo)
    assert {outcome.result for outcome in outcomes} == {Result.NOTHING}
    assert_healed(shop)


def _opened_elsewhere(path: Path) -> Any:
    context = multiprocessing.get_context("spawn")
    told_: Any = context.Queue()
    second = context.Process(target=_open, args=(path, told_))
    second.start()
    reason = told_.get(timeout=30)
    second.join()
    return reason


def _open(path: Path, told_: Any) -> None:
    try:
        with Ledger(path):
            told_.put("")
    except Conflict as conflict:
        told_.put(conflict.reason)


def test_a_plan_made_before_another_run_is_refused_where_that_wanted_something_else(
    shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())
    others = [
        rule("Purchase a product", "stores/OrderPaid", "9 per 1"),
        rule("New 3", "events/OrderConfirmed", "333 points"),
    ]
    shop.apply(path, shop.planned(others, prune=False))
    before = shop.told()

    with pytest.raises(Conflict, match="the plan is stale") as stale:
        shop.apply(path, todo)

    assert stale.value.reason == "STALE_PLAN"
    assert shop.told() == before
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


# Rules with the same name


def _twins(shop: Shop, points: int) -> tuple[str, str]:
    """Two rules with one trigger and title, as they may be on a site; the second one earns this."""
    first, second = (
        rule("Twin", "events/OrderConfirmed", f"{n} points").document | {"revision": "1"} for n in (5, points)
    )
    with shop.store.site(DEFAULT_SITE, writes=True) as site:
        site.insert(first | {"id": GOLD, "metadata": {"canBeDeleted": True}})
        site.insert(second | {"id": TARGET_TWIN, "metadata": {"canBeDeleted": True}})
    return GOLD, TARGET_TWIN


TARGET_TWIN = "2b1f0e9d-4d9c-4b7a-8f5e-4d3c2b1a7d4c"


@pytest.mark.parametrize("points", [5, 6])
def test_a_twin_that_was_deleted_comes_back(points: int, shop: Shop, path: Path) -> None:
    _, gone = _twins(shop, points)
    before = shop.rules.list()
    then = shop.told()
    shop.apply(path, shop.planned([one for one in before if one.id != gone]))
    assert len(shop.told()) == len(then) - 1

    back = shop.planned(past(path).snapshots[past(path).runs[0].id])  # what a rollback plans
    assert [str(change.action) for change in back.writes] == ["create"]
    shop.apply(path, back)

    assert shop.told() == then


@pytest.mark.parametrize("points", [5, 6])
def test_twins_of_which_one_is_there_are_both_there_after_another_run(
    points: int, shop: Shop, path: Path
) -> None:
    both = [
        EarningRule(rule("Twin", "events/OrderConfirmed", f"{n} points").document | {"id": id_})
        for n, id_ in ((5, GOLD), (points, TARGET_TWIN))
    ]
    todo = saved(shop.planned(both, prune=False))
    shop.rules.bulk_create([next(iter(_drafts(todo)))])  # as a run that came to the first one alone

    for one in (todo, shop.planned(both, prune=False)):
        with contextlib.suppress(Conflict):
            shop.apply(path, one)

    assert Counter(str(one["title"]) for one in shop.documents().values())["Twin"] == 2


def _drafts(todo: Plan) -> Iterator[RuleDraft]:
    yield from creations(todo.writes).values()


# The ledger


def test_the_ledger_keeps_the_runs_the_latest_first_and_the_rules_before_each(shop: Shop, path: Path) -> None:
    first = shop.documents()
    shop.apply(path, shop.planned(wanted()))
    second = shop.documents()
    shop.apply(path, shop.planned(wanted(2)))

    before = past(path)
    latest, earliest = before.runs
    assert [one.document for one in before.snapshots[earliest.id]] == [*first.values()]
    assert [one.document for one in before.snapshots[latest.id]] == [*second.values()]
    assert (latest.command, latest.source, latest.target) == ("apply", "rules.yaml", TARGET)
    assert latest.began >= (earliest.ended or 0)
    assert all_past(path.parent) == (before.runs, [])
    assert [step.action for step in latest.steps] == ["delete"] * 5


def test_what_a_run_and_those_after_it_created_is_known(shop: Shop, path: Path) -> None:
    there = shop.documents().keys()
    shop.apply(path, shop.planned(wanted(3)))
    middle = shop.documents().keys()
    shop.apply(path, shop.planned(wanted(5)))
    last = shop.documents().keys()

    before = past(path)
    assert before.created_since(before.runs[0].id) == last - middle
    assert before.created_since(before.runs[1].id) == last - there


def test_what_a_run_created_that_died_before_it_heard_of_it_is_known(tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        shop = Shop()
        path = tmp_path / f"{step}.sqlite3"
        there = shop.documents().keys()
        died = False
        try:
            shop.apply(path, shop.planned(wanted()), crash_at=step)
        except Crash:
            died = True
        shop.apply(path, shop.planned(wanted()))
        before = past(path)
        first = before.runs[-1].id
        made_ = shop.documents().keys() - there
        shop.apply(path, _rollback(shop, before, first))

        assert not shop.documents().keys() & made_, f"died at {step}, and rolled back"
        shop.close()


def _rollback(shop: Shop, before: Past, run_id: str) -> Plan:
    """The plan as the command makes it."""
    known = before.created_since(run_id)
    return plan(shop.rules.list(), before.snapshots[run_id], lambda one: one.id.lower() in known)


def test_the_ledger_can_be_read_while_a_run_writes_it(shop: Shop, path: Path) -> None:
    states = []
    with Ledger(path) as ledger:
        for _ in apply(shop.site(ledger), shop.planned(wanted()), "apply", "rules.yaml", stop=True):
            states.append([step.state for run in past(path).runs for step in run.steps])  # noqa: PERF401 - one after the other

    done = [[*one].count(State.DONE) for one in states]
    assert done == sorted(done)
    assert done[-1] == len(WRITES)


def test_there_is_no_past_where_there_is_no_ledger(tmp_path: Path) -> None:
    assert past(tmp_path / "none") == ([], {})
    assert all_past(tmp_path / "nowhere") == ([], [])
    assert not (tmp_path / "none").exists()


def test_a_ledger_belongs_to_a_site_on_a_server(tmp_path: Path) -> None:
    assert len({path_for(tmp_path, origin, site) for origin in "ab" for site in "cd"}) == 4
    assert path_for(tmp_path, "a", "c") == path_for(tmp_path, "a", "c")


@pytest.mark.parametrize(
    "content", [b"no database, no database, no database", b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 100]
)
def test_a_damaged_ledger_is_one_clear_error(content: bytes, path: Path) -> None:
    path.write_bytes(content)

    for use in (Ledger, past):
        with pytest.raises(LoyaltyError, match=f"the journal {path}") as damaged:
            use(path)
        assert damaged.value.reason in ("CANNOT_WRITE", "DAMAGED")
        assert damaged.value.hint
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "damage",
    [
        "update steps set state = 'lost'", "update steps set fields = '{'", "update steps set requests = 'x'",
        "update runs set snapshot = '['", "update runs set snapshot = '5'", "drop table steps", "alter table runs rename column source to origin",
    ],
)  # fmt: skip
def test_a_ledger_with_nonsense_in_it_is_one_clear_error(damage: str, shop: Shop, path: Path) -> None:
    shop.apply(path, shop.planned(wanted()))
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(damage)

    try:
        before = past(path)
    except LoyaltyError as error:
        assert str(path) in error.message  # noqa: PT017 - where it is not refused, it must be of use
    else:
        assert all(isinstance(one.document, dict) for rules in before.snapshots.values() for one in rules)
        assert all(
            isinstance(field, dict) for run in before.runs for one in run.steps for field in one.fields
        )


def test_a_ledger_that_cannot_be_made_is_one_clear_error_and_nothing_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.sqlite3").mkdir()

    for path in (tmp_path / "file" / "site.sqlite3", tmp_path / "taken.sqlite3"):
        with pytest.raises(LoyaltyError, match="cannot use the journal") as refused:
            Ledger(path)
        assert refused.value.reason == "CANNOT_WRITE"
        assert "LOYALTYCTL_DATA_DIR" in refused.value.hint


def test_a_full_disk_ends_the_run_before_anything_more_is_sent(shop: Shop, path: Path) -> None:
    todo = shop.planned(wanted(MANY))
    with shop.watched(path), CrashingLedger(path, 0) as ledger:
        steps = apply(shop.site(ledger), todo, "apply", "rules.yaml", stop=True)
        next(one for one in steps if one.change.is_write)
        pages = ledger._db.execute("pragma page_count").fetchone()[0]  # noqa: SLF001 - the disk is full from here on
        ledger._db.execute(f"pragma max_page_count = {pages}")  # noqa: SLF001 - see above
        with pytest.raises(LoyaltyError, match="cannot use the journal") as full:
            list(steps)
    assert full.value.reason == "CANNOT_WRITE"
    shop.apply(path, shop.planned(wanted(MANY)))
    assert_healed(shop, MANY)


def test_a_ledger_that_was_let_go_of_can_be_had_again_at_once(path: Path) -> None:
    for _ in range(3):
        with Ledger(path) as ledger:
            assert ledger.in_doubt_since() is None
