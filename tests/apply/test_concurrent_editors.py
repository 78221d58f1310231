"""A storm: two editors with a file each, a third hand on the site, lost answers, late ones, errors and deaths.

After every run its journal is held against what its requests did (tests/apply/shops.py), and the site
against what may be there: nothing is lost that nobody deleted, nothing is doubled, nothing of others is overwritten.
After the storm, one run heals.
"""

from __future__ import annotations

import io
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from loyaltyctl.apply.history import read_history
from loyaltyctl.apply.site import QUIET
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
from tests.conftest import ImpatientClock
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
"""Steps of one storm; more are several of them."""
STORM = 50
"""Steps between two calms, in which everything is held against the journal and the files."""
KINDS = ["fault"] * 8 + ["late"] * 2 + ["death", "death after"] + ["meddle"] * 3
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


class Wish(NamedTuple):
    """What an editor's file says of a rule."""

    earn: str
    tier: str = ""
    paused: bool = False


class Editor:
    """Somebody with a file of rules: title and trigger to what is wanted."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.wishes: dict[tuple[str, str], Wish] = {}
        for _ in range(4):
            self.edit()

    def edit(self) -> None:
        """Change the file in one place."""
        chance = self._chance
        act = chance.choice(["add", "add", "seeded", "remove", "retitle", "change", "change", "pause"])
        old = chance.choice([*self.wishes]) if self.wishes else None
        if act == "add" or old is None:
            trigger = chance.choice(TRIGGERS)
            self.wishes[chance.choice(TITLES), trigger] = self._wish(trigger)
        elif act == "seeded":
            title, trigger = chance.choice([*SEEDED.items()])
            self.wishes[title, trigger] = self._wish(trigger)
        elif act == "remove":
            del self.wishes[old]
        elif act == "retitle" and old[0] not in SEEDED:
            self.wishes[chance.choice(TITLES), old[1]] = self.wishes.pop(old)
        elif act == "change":
            self.wishes[old] = self._wish(old[1])
        else:
            self.wishes[old] = self.wishes[old]._replace(paused=not self.wishes[old].paused)

    def file(self) -> list[EarningRule]:
        """The rules that are wanted."""
        return [self._rule(*key) for key in self.wishes]

    def _rule(self, title: str, trigger: str) -> EarningRule:
        wish = self.wishes[title, trigger]
        more: JsonObject = {"tiers": {GOLD: wish.tier}} if wish.tier else {}
        more |= {"status": "PAUSED"} if wish.paused else {}
        return rule(title, trigger, wish.earn, **more)

    def summaries(self) -> list[Summary]:
        """The same, as `Server.told` has it."""
        return sorted(
            (
                trigger,
                title,
                "PAUSED" if wish.paused else "ACTIVE",
                tuple(sorted([(None, *_numbers(wish.earn)), *([(GOLD, *_numbers(wish.tier))] if wish.tier else [])], key=str)),
            )
            for (title, trigger), wish in self.wishes.items()
        )  # fmt: skip

    def _wish(self, trigger: str) -> Wish:
        chance = self._chance
        fixed = trigger in ("bookings/BookingConfirmed", "events/Rsvp", "wix_members-uou_signs_up")
        by_rate = not fixed and chance.random() < 0.5
        earn, tier = (
            f"{chance.randrange(6)}" + (f" per {chance.randrange(1, 3)}" if by_rate else " points")
            for _ in "ab"
        )
        return Wish(earn, tier if chance.random() < 0.3 else "", chance.random() < 0.2)  # fmt: skip


def _numbers(earn: str) -> tuple[int, int | None]:
    points, per, money = earn.partition(" per ")
    return int(points.partition(" ")[0]), int(money) if per else None


class Weather(ImpatientClock):
    """What comes between the client and the site, and the time in which late requests are done."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.roughness = 0.0
        self.happened: Counter[str] = Counter()
        self.arrived = 0
        self.run = 0
        self.done: defaultdict[int, list[Effect]] = defaultdict(list)
        """What the requests of each run did, however late."""
        self._late: list[tuple[float, int, WSGIEnvironment]] = []
        self._chance = chance

    def come_between(self, server: Server, meddle: Callable[[], object]) -> None:
        """Have all requests go through this; `meddle` is what somebody else does at times."""
        self._shop, self._meddle = server, meddle
        server.use_app(self)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chance = self._chance
        self._arrive(self.time())
        if chance.random() >= self.roughness:
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
            self._late.append((self.time() + chance.uniform(0, QUIET - 1), self.run, kept))
            raise ConnectionResetError
        if kind == "death after":
            Reply.of(self._through, environ)
        if kind.startswith("death"):
            raise Crash
        self._meddle()
        return self._through(environ, start_response)

    def sleep(self, seconds: float, /) -> None:
        self._arrive(self.time() + seconds)
        super().sleep(seconds)

    def _through(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        since = len(self._shop.effects)
        answer = self._shop.recording_app(environ, start_response)
        self.done[self.run] += self._shop.effects[since:]
        return answer

    def _arrive(self, now: float) -> None:
        """Do what is due by now."""
        due = [one for one in self._late if one[0] <= now]
        self._late = [one for one in self._late if one[0] > now]
        current = self.run
        for _, self.run, environ in due:
            Reply.of(self._through, environ)
            self.arrived += 1
        self.run = current


class Storm:
    """Everything that happens, and what may be there after it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a storm that can be had again
        self.folder = folder
        self.weather = Weather(self.chance)
        self.server = Server(retries=2, clock=self.weather)
        self.weather.come_between(self.server, self.meddle)
        self.editors = [Editor(self.chance), Editor(self.chance)]
        self.counted: Counter[str] = Counter()
        self._fresh = 0
        self._anew()

    def _anew(self) -> None:
        """Begin another journal: an old one takes long to read."""
        self.path = self.folder / f"site-{self._fresh}.sqlite3"
        self.weather.run = 0
        self.weather.done.clear()
        self._meddled: defaultdict[int, set[str]] = defaultdict(set)

    def step(self) -> None:
        """An edit, a hand on the site, or a run."""
        act = self.chance.choice(["edit"] * 3 + ["meddle"] + ["run"] * 6)
        if act == "edit":
            self.chance.choice(self.editors).edit()
        elif act == "meddle":
            self.meddle()
        else:
            self.run()
        self.counted[act] += 1

    def meddle(self) -> None:
        """What a third person does on the site: to a rule that is there, or with a title nobody else has."""
        chance, server = self.chance, self.server
        documents = server.documents()
        act = chance.choice(["status", "points", "retitle", "delete", "create"])
        self._fresh += 1
        if act == "create":
            document = rule(f"Theirs {self._fresh}", "events/Rsvp", "1 points").document
            with server.store.site(DEFAULT_SITE, writes=True) as site:
                new = f"00000000-0000-4000-8000-{self._fresh:012d}"
                site.insert(document | {"id": new, "revision": "1", "metadata": {"canBeDeleted": True}})
            self._meddled[self.weather.run].add(new)
            return
        rule_id = chance.choice([*documents])
        document = documents[rule_id]
        self._meddled[self.weather.run].add(rule_id)
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
        """An editor applies a file, in any weather; then everything is looked at."""
        chance, server, weather = self.chance, self.server, self.weather
        editor, prune, stop = chance.choice(self.editors), chance.random() < 0.3, chance.random() < 0.5
        crash_at = chance.randrange(1, 25) if chance.random() < 0.3 else 0
        before, since, arrived = server.documents(), len(server.effects), weather.arrived
        weather.run = number = len(read_history(self.path).runs) + 1
        self._meddled[number].clear()
        weather.roughness = chance.choice([0.0, 0.2, 0.6])
        try:
            todo = server.plan(editor.file(), prune=prune)
            if chance.random() < 0.1:
                self.meddle()
            outcomes = server.apply_unchecked(self.path, todo, stop=stop, crash_at=crash_at)
            results = {one.result for one in outcomes} - {Result.NOTHING}
            ended = "some not done" if results - {Result.DONE} else "all done"
        except Crash:
            ended = "died"
        except LoyaltyError as error:
            ended = error.reason
        weather.roughness = 0.0
        assert ended != "SITE_IN_USE"
        self.counted[ended] += 1
        self._look(before, since, self._meddled[number])
        if ended == "all done" and not self._meddled[number] and weather.arrived == arrived:
            left = server.plan(editor.file(), prune=prune)
            assert (left.writes, left.problems) == ([], [])

    def _look(self, before: dict[str, JsonObject], since: int, meddled: set[str]) -> None:
        """Hold the site against what was there: what nobody touched is as it was, and nothing is there twice."""
        there = self.server.documents()
        touched = {effect.id for effect in self.server.effects[since:]} | meddled
        assert all(there.get(one) == document for one, document in before.items() if one not in touched)
        assert there.keys() <= before.keys() | touched
        keys = Counter(Key.of(EarningRule(document)) for document in there.values())
        assert [key for key, times in keys.items() if times > 1] == []

    def calm(self) -> None:
        """All is still: the journal was true, and a run of each editor, in either order, makes the site the file."""
        self.weather.sleep(QUIET)
        for number, run in enumerate(reversed(read_history(self.path).runs), start=1):
            assert_recorded(run, self.weather.done[number], self._meddled[number])
            self.counted.update(step.state.value for step in run.steps)
        for editor in self.chance.sample(self.editors, 2):
            self.weather.run += 1
            outcomes = self.server.apply(self.path, self.server.plan(editor.file()))
            assert {one.result for one in outcomes} <= {Result.DONE, Result.NOTHING}
            self._assert_is(editor)
            assert self.server.plan(editor.file()).writes == []
        self._anew()

    def _assert_is(self, editor: Editor) -> None:
        """The site is the file, but for what cannot be deleted, which is paused."""
        mine: list[JsonObject] = []
        others: list[JsonObject] = []
        for document in self.server.documents().values():
            key = (str(document["title"]), str(document["triggerActivityType"]))
            (mine if key in editor.wishes else others).append(document)
        assert sorted(map(summarize, mine)) == editor.summaries()
        assert not any(EarningRule(one).deletable or one["status"] == "ACTIVE" for one in others)


@pytest.mark.parametrize("seed", range(-(-STEPS // LONG)))
def test_two_editors_in_a_storm_lose_nothing_and_double_nothing(seed: int, tmp_path: Path) -> None:
    storm = Storm(seed, tmp_path)
    steps = min(STEPS, LONG)
    for step in range(steps):
        try:
            storm.step()
            if step % STORM == STORM - 1 or step == steps - 1:
                storm.calm()
        except AssertionError as error:
            error.add_note(f"seed {seed}, step {step}")
            raise

    print(f"seed {seed}: {dict(storm.counted)} {dict(storm.weather.happened)}")  # noqa: T201 - the figures, which -rP shows
    storm.server.close()
