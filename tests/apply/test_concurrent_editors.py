"""Random runs of two editors and changes of a third person, with lost and late responses, errors and crashes.

After every run the site is checked: only deleted rules are gone, no rule exists twice, and no change of another person
is overwritten. Now and then the ledger is compared with the effects of all requests, and one run of each editor must
make the site match the file.
"""

from __future__ import annotations

import io
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from loyaltyctl.apply.history import read_history
from loyaltyctl.apply.site import QUIET_SECONDS
from loyaltyctl.contract.outputs.plans import Result
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.sample_tiers import GOLD
from loyaltyctl.sandbox.app import DEFAULT_SITE, operation_of
from loyaltyctl.sandbox.fault_effects import Reply
from loyaltyctl.sandbox.faults import Fault, Faults
from tests.apply.crashing import Crash
from tests.apply.desired import rule
from tests.apply.server import Server, assert_recorded, summarize
from tests.conftest import FakeClock
from tests.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.intake.values import JsonObject
    from tests.apply.desired import Summary
    from tests.apply.server import Effect

STEPS = scaled(300, least=100)
LONG = 1000
"""Steps of one simulation; more steps are several simulations."""
CHECK_EVERY = 50
"""Steps between two checks of the ledger and of the files."""
KINDS = ["fault"] * 8 + ["late"] * 2 + ["crash", "crash after"] + ["meddle"] * 3
TITLES = [f"Rule {i}" for i in range(10)]
TRIGGERS = ("stores/OrderPaid", "bookings/BookingConfirmed", "events/OrderConfirmed", "events/Rsvp")
SEEDED = {
    "Purchase a product": "stores/OrderPaid",
    "Book a session": "bookings/BookingConfirmed",
    "RSVP to an event": "events/Rsvp",
    "Sign up to the site": "wix_members-uou_signs_up",
    "Order a plan": "wix_pricing_plans-plan_purchased",
}
FAULTS = (
    "lost", "refused", "cut", "html", "empty", "500", "500-after", "502", "502-after", "503", "503-later", "504", "429=1",
    "429=20", "429=50", "403", "401", "missing-item", "repeated-item", "reordered", "legacy", "redirect",
)  # fmt: skip


class Line(NamedTuple):
    """A rule in the file of an editor, but for its title and trigger."""

    earn: str
    tier: str = ""
    paused: bool = False


class Editor:
    """Editor of a rules file; its lines are stored by title and trigger."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.lines: dict[tuple[str, str], Line] = {}
        for _ in range(4):
            self.edit()

    def edit(self) -> None:
        """Make one change to the file."""
        chance = self._chance
        act = chance.choice(["add", "add", "seeded", "remove", "retitle", "change", "change", "pause"])
        old = chance.choice([*self.lines]) if self.lines else None
        if act == "add" or old is None:
            trigger = chance.choice(TRIGGERS)
            self.lines[chance.choice(TITLES), trigger] = self._line(trigger)
        elif act == "seeded":
            title, trigger = chance.choice([*SEEDED.items()])
            self.lines[title, trigger] = self._line(trigger)
        elif act == "remove":
            del self.lines[old]
        elif act == "retitle" and old[0] not in SEEDED:
            self.lines[chance.choice(TITLES), old[1]] = self.lines.pop(old)
        elif act == "change":
            self.lines[old] = self._line(old[1])
        else:
            self.lines[old] = self.lines[old]._replace(paused=not self.lines[old].paused)

    def file(self) -> list[EarningRule]:
        """Return the desired rules."""
        return [self._rule(*key) for key in self.lines]

    def _rule(self, title: str, trigger: str) -> EarningRule:
        line = self.lines[title, trigger]
        more: JsonObject = {"tiers": {GOLD: line.tier}} if line.tier else {}
        more |= {"status": "PAUSED"} if line.paused else {}
        return rule(title, trigger, line.earn, **more)

    def summaries(self) -> list[Summary]:
        """Return the summaries of the desired rules."""
        return sorted(
            (
                trigger,
                title,
                "PAUSED" if line.paused else "ACTIVE",
                tuple(sorted([(None, *_numbers(line.earn)), *([(GOLD, *_numbers(line.tier))] if line.tier else [])], key=str)),
            )
            for (title, trigger), line in self.lines.items()
        )  # fmt: skip

    def _line(self, trigger: str) -> Line:
        chance = self._chance
        fixed = trigger in ("bookings/BookingConfirmed", "events/Rsvp", "wix_members-uou_signs_up")
        by_rate = not fixed and chance.random() < 0.5
        earn, tier = (
            f"{chance.randrange(6)}" + (f" per {chance.randrange(1, 3)}" if by_rate else " points")
            for _ in "ab"
        )
        return Line(earn, tier if chance.random() < 0.3 else "", chance.random() < 0.2)  # fmt: skip


def _numbers(earn: str) -> tuple[int, int | None]:
    points, per, money = earn.partition(" per ")
    return int(points.partition(" ")[0]), int(money) if per else None


class FaultyNetwork(FakeClock):
    """Faults between client and server, and a clock on which late requests arrive."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.fault_rate = 0.0
        self.happened: Counter[str] = Counter()
        self.arrived = 0
        self.run = 0
        self.done: defaultdict[int, list[Effect]] = defaultdict(list)
        """Effects of the requests of each run, however late."""
        self._late: list[tuple[float, int, WSGIEnvironment]] = []
        self._chance = chance

    def install(self, server: Server, meddle: Callable[[], object]) -> None:
        """Pass all requests of a server through this; `meddle` makes a change of somebody else."""
        self._server, self._meddle = server, meddle
        server.use_app(self)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chance = self._chance
        self._arrive(self.time())
        if chance.random() >= self.fault_rate:
            return self._through(environ, start_response)
        writes = environ["REQUEST_METHOD"] != "GET"
        kind = chance.choice(KINDS) if writes else "fault"
        self.happened[kind] += 1
        if kind == "fault":
            operation = operation_of(str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"]))
            fault = Fault.parse(f"{chance.choice(FAULTS)}@{operation}")
            return Faults(self._through, [fault])(environ, start_response)
        if kind == "late":
            kept = environ | {"wsgi.input": io.BytesIO(environ["wsgi.input"].read())}
            self._late.append((self.time() + chance.uniform(0, QUIET_SECONDS - 1), self.run, kept))
            raise ConnectionResetError
        if kind == "crash after":
            Reply.of(self._through, environ)
        if kind.startswith("crash"):
            raise Crash
        self._meddle()
        return self._through(environ, start_response)

    def sleep(self, seconds: float, /) -> None:
        self._arrive(self.time() + seconds)
        super().sleep(seconds)

    def _through(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        since = len(self._server.effects)
        answer = self._server.recording_app(environ, start_response)
        self.done[self.run] += self._server.effects[since:]
        return answer

    def _arrive(self, now: float) -> None:
        """Process the late requests that are due."""
        due = [one for one in self._late if one[0] <= now]
        self._late = [one for one in self._late if one[0] > now]
        current = self.run
        for _, self.run, environ in due:
            Reply.of(self._through, environ)
            self.arrived += 1
        self.run = current


class Simulation:
    """Simulation of runs, edits and changes by others, with the checks after each."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a simulation that can be repeated
        self.folder = folder
        self.network = FaultyNetwork(self.chance)
        self.server = Server(retries=2, clock=self.network)
        self.network.install(self.server, self.meddle)
        self.editors = [Editor(self.chance), Editor(self.chance)]
        self.counted: Counter[str] = Counter()
        self._fresh = 0
        self._new_ledger()

    def _new_ledger(self) -> None:
        """Begin another ledger: a long one takes long to read."""
        self.path = self.folder / f"site-{self._fresh}.sqlite3"
        self.network.run = 0
        self.network.done.clear()
        self._meddled: defaultdict[int, set[str]] = defaultdict(set)

    def step(self) -> None:
        """Make an edit, a change of somebody else, or a run."""
        act = self.chance.choice(["edit"] * 3 + ["meddle"] + ["run"] * 6)
        if act == "edit":
            self.chance.choice(self.editors).edit()
        elif act == "meddle":
            self.meddle()
        else:
            self.run()
        self.counted[act] += 1

    def meddle(self) -> None:
        """Change a rule of the site, or create one with a title that nobody else uses."""
        chance, server = self.chance, self.server
        documents = server.documents()
        act = chance.choice(["status", "points", "retitle", "delete", "create"])
        self._fresh += 1
        if act == "create":
            document = rule(f"Theirs {self._fresh}", "events/Rsvp", "1 points").document
            with server.store.site(DEFAULT_SITE, writes=True) as site:
                new = f"00000000-0000-4000-8000-{self._fresh:012d}"
                site.insert(document | {"id": new, "revision": "1", "metadata": {"canBeDeleted": True}})
            self._meddled[self.network.run].add(new)
            return
        rule_id = chance.choice([*documents])
        document = documents[rule_id]
        self._meddled[self.network.run].add(rule_id)
        seeded = document["title"] in SEEDED
        if act == "delete" and not seeded and EarningRule(document).deletable:
            server.remove(rule_id)
        elif act == "points":
            arm = "fixedAmount" if document.get("fixedAmount") else "conversionRate"
            award: Any = document[arm]
            configs = [one | {"points": chance.randrange(6)} for one in award["configs"]]
            server.edit(rule_id, **{arm: award | {"configs": configs}})
        elif act == "retitle" and not seeded:
            server.edit(rule_id, title=f"Theirs {self._fresh}")
        else:
            server.edit(rule_id, status=chance.choice(["ACTIVE", "PAUSED"]))

    def run(self) -> None:
        """Apply the file of an editor, with any number of faults, and check the site."""
        chance, server, network = self.chance, self.server, self.network
        editor, prune, stop = chance.choice(self.editors), chance.random() < 0.3, chance.random() < 0.5
        crash_at = chance.randrange(1, 25) if chance.random() < 0.3 else 0
        before, since, arrived = server.documents(), len(server.effects), network.arrived
        network.run = number = len(read_history(self.path).runs) + 1
        self._meddled[number].clear()
        network.fault_rate = chance.choice([0.0, 0.2, 0.6])
        try:
            todo = server.plan(editor.file(), prune=prune)
            if chance.random() < 0.1:
                self.meddle()
            run_results = server.apply_unchecked(self.path, todo, stop=stop, crash_at=crash_at)
            results = {one.result for one in run_results} - {Result.NOTHING}
            ended = "some not done" if results - {Result.DONE} else "all done"
        except Crash:
            ended = "crashed"
        except LoyaltyError as error:
            ended = error.reason
        network.fault_rate = 0.0
        assert ended != "SITE_IN_USE"
        self.counted[ended] += 1
        self._check(before, since, self._meddled[number])
        if ended == "all done" and not self._meddled[number] and network.arrived == arrived:
            left = server.plan(editor.file(), prune=prune)
            assert (left.writes, left.problems) == ([], [])

    def _check(self, before: dict[str, JsonObject], since: int, meddled: set[str]) -> None:
        """Check that rules without edits are unchanged, and that no rule exists twice."""
        current = self.server.documents()
        touched = {effect.id for effect in self.server.effects[since:]} | meddled
        assert all(current.get(one) == document for one, document in before.items() if one not in touched)
        assert current.keys() <= before.keys() | touched
        keys = Counter(Key.of(EarningRule(document)) for document in current.values())
        assert [key for key, times in keys.items() if times > 1] == []

    def check_all(self) -> None:
        """Check the ledger, and that a run of each editor, in either order, makes the site match the file."""
        self.network.sleep(QUIET_SECONDS)
        for number, run in enumerate(reversed(read_history(self.path).runs), start=1):
            assert_recorded(run, self.network.done[number], self._meddled[number])
            self.counted.update(step.state.value for step in run.steps)
        for editor in self.chance.sample(self.editors, 2):
            self.network.run += 1
            run_results = self.server.apply(self.path, self.server.plan(editor.file()))
            assert {one.result for one in run_results} <= {Result.DONE, Result.NOTHING}
            self._assert_is(editor)
            assert self.server.plan(editor.file()).writes == []
        self._new_ledger()

    def _assert_is(self, editor: Editor) -> None:
        """Assert that the site matches the file; rules that cannot be deleted are paused."""
        mine: list[JsonObject] = []
        others: list[JsonObject] = []
        for document in self.server.documents().values():
            key = (str(document["title"]), str(document["triggerActivityType"]))
            (mine if key in editor.lines else others).append(document)
        assert sorted(map(summarize, mine)) == editor.summaries()
        assert not any(EarningRule(one).deletable or one["status"] == "ACTIVE" for one in others)


@pytest.mark.parametrize("seed", range(-(-STEPS // LONG)))
def test_concurrent_editors_lose_nothing_and_double_nothing(seed: int, tmp_path: Path) -> None:
    simulation = Simulation(seed, tmp_path)
    steps = min(STEPS, LONG)
    for step in range(steps):
        try:
            simulation.step()
            if step % CHECK_EVERY == CHECK_EVERY - 1 or step == steps - 1:
                simulation.check_all()
        except AssertionError as error:
            error.add_note(f"seed {seed}, step {step}")
            raise

    print(f"seed {seed}: {dict(simulation.counted)} {dict(simulation.network.happened)}")  # noqa: T201 - the figures, which -rP shows
    simulation.server.close()
