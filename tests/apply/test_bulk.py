"""Bulk runs: each rule exactly once, whatever ends the run and wherever."""

from __future__ import annotations

import multiprocessing
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyaltyctl.api.auth import Nobody
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.rules import Rules
from loyaltyctl.api.session import Session
from loyaltyctl.apply.bulk import QUIET, BulkCreate
from loyaltyctl.apply.journal import Journal, State, path_for
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, LoyaltyError
from loyaltyctl.model.bulk import Fate
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.model.rules import content
from loyaltyctl.sandbox.app import DEFAULT_SITE, application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from tests.conftest import ImpatientClock
from tests.model.examples import golden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.bulk import ItemResult

RULE = golden("create_request")["earningRule"]
COUNT = 250  # three chunks
DRAFTS = {i: RuleDraft(RULE | {"title": f"Rule {i // 2}"}) for i in range(COUNT)}
"""Every two of them are the same rule, word for word."""


class Crash(BaseException):
    """The process is gone."""


class CrashingJournal(Journal):
    """A journal in a process that dies before or after its n-th write."""

    def __init__(self, path: Path, crash_at: int) -> None:
        super().__init__(path)
        self._left = crash_at

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Crash

    def begin(
        self, contents: Sequence[str], baseline: Iterable[str], refused: Mapping[int, JsonObject]
    ) -> None:
        self._step()
        super().begin(contents, baseline, refused)
        self._step()

    def go_on(self, contents: Sequence[str], refused: Mapping[int, JsonObject]) -> None:
        self._step()
        super().go_on(contents, refused)
        self._step()

    def sending(self, numbers: Iterable[int], now: float) -> None:
        self._step()
        super().sending(numbers, now)
        self._step()

    def record(self, results: Iterable[ItemResult]) -> None:
        self._step()
        super().record(results)
        self._step()

    def plan_again(self, numbers: Iterable[int]) -> None:
        self._step()
        super().plan_again(numbers)
        self._step()


class Site:
    """The sandbox, and the client's way to it."""

    def __init__(self, *faults: str) -> None:
        self.store = Store()
        self.clock = ImpatientClock()
        self.spoil(*faults)
        self._session = Session(
            Exchange("http://127.0.0.1", lambda _: None, self._ask),
            authorizer=Nobody(), limiter=None, clock=self.clock, listener=lambda _: None, seconds=60, retries=1,
        )  # fmt: skip
        self.rules = Rules(self._session, self.clock)

    def _ask(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def spoil(self, *faults: str) -> None:
        """Have these faults, and no others, from now on."""
        self._app = Faults(application(self.store), [Fault.parse(spec) for spec in faults])

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


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    yield one
    one.close()


EXACTLY_ONCE = sorted(str(draft.document["title"]) for draft in DRAFTS.values())


def test_every_rule_is_there_once(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        site.run(journal)

        assert journal.finished
        assert {result.fate for result in journal.results([""] * COUNT)} == {Fate.CREATED}
    assert site.titles() == EXACTLY_ONCE


def test_a_process_that_dies_at_any_step_leaves_a_run_that_can_be_finished(tmp_path: Path) -> None:
    step = 0
    died = True
    while died:
        step += 1
        one = Site()
        path = tmp_path / f"journal-{step}"
        died = False
        try:
            with CrashingJournal(path, step) as journal:
                one.run(journal)
        except Crash:
            died = True
        with Journal(path) as journal:
            one.run(journal)
        assert one.titles() == EXACTLY_ONCE, f"died at step {step}"
        one.close()

    assert step > 10


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["lost", "500", "500-after", "502", "502-after", "cut", "html", "missing-item", "repeated-item", "reordered", "429=1", "refused", "503"]), max_size=5),
    st.lists(st.integers(1, 12), max_size=4),
)  # fmt: skip
def test_faults_and_deaths_together_lose_nothing_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, faults: list[str], deaths: list[int]
) -> None:
    one = Site(*(f"{fault}@bulk-create*1" for fault in faults))
    path = tmp_path_factory.mktemp("journals") / "journal"
    for crash_at in [*deaths, *[0] * 10]:
        try:
            with CrashingJournal(path, crash_at) as journal:
                one.run(journal)
        except (Crash, LoyaltyError):
            continue
        with Journal(path) as journal:
            if journal.finished:
                break

    assert one.titles() == EXACTLY_ONCE
    one.close()


@pytest.mark.parametrize(
    "fault",
    [
        "lost",
        "500-after",
        "502-after",
        "cut",
        "missing-item",
        "repeated-item",
        "reordered",
        "500*1",
        "503*1",
        "429=1*1",
    ],
)
def test_a_run_survives_what_can_be_found_out(fault: str, tmp_path: Path) -> None:
    kind, star, times = fault.partition("*")
    one = Site(f"{kind}@bulk-create{star}{times}")
    with Journal(tmp_path / "j") as journal:
        one.run(journal)

    assert one.titles() == EXACTLY_ONCE
    one.close()


@pytest.mark.parametrize("fault", ["refused*1", "502*1", "504*1"])
def test_what_may_still_be_under_way_ends_the_run_until_it_is_resumed(fault: str, tmp_path: Path) -> None:
    kind, _, times = fault.partition("*")
    one = Site(f"{kind}@bulk-create*{times}")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(Incomplete) as unknown:
            one.run(journal)
        assert "--resume" in unknown.value.hint
        assert len(journal.numbers(State.SENDING)) == 100
        one.run(journal)

    assert sum(one.clock.slept) >= QUIET - 1
    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_server_that_always_fails_ends_the_run_and_doubles_nothing(tmp_path: Path) -> None:
    one = Site("500@bulk-create")
    with Journal(tmp_path / "j") as journal, pytest.raises(Incomplete):
        one.run(journal)

    assert one.titles() == []
    one.close()


def test_a_chunk_that_is_refused_as_a_whole_stays_planned(tmp_path: Path) -> None:
    one = Site("403@bulk-create*1")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(LoyaltyError, match="403"):
            one.run(journal)
        assert len(journal.numbers(State.PLANNED)) == COUNT
        one.run(journal)

    assert one.titles() == EXACTLY_ONCE
    one.close()


@pytest.mark.parametrize(("stop", "created"), [(True, 99), (False, 249)])
def test_a_failed_item_ends_the_run_or_not_as_told(
    stop: bool, created: int, site: Site, tmp_path: Path
) -> None:
    drafts = {**DRAFTS, 7: RuleDraft({"title": "refused by the API"})}
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(site.rules, journal, drafts, site.clock, stop=stop)
        run.begin({})
        list(run.run())
        results = journal.results([""] * COUNT)

        assert [result.index for result in results if result.fate is Fate.FAILED] == [7]
        assert results[7].problem.startswith("INVALID_ARGUMENT: earningRule.")
        assert sum(result.fate is Fate.CREATED for result in results) == created
        assert results[-1].fate is (Fate.UNSENT if stop else Fate.CREATED)


def test_a_failed_item_is_tried_again_by_a_resumed_run(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(
            site.rules, journal, {**DRAFTS, 7: RuleDraft({"title": "x"})}, site.clock, stop=False
        )
        run.begin({})
        list(run.run())
        site.run(journal)

        assert journal.finished
    assert site.titles() == EXACTLY_ONCE


def test_items_refused_before_sending_are_not_sent(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(site.rules, journal, {i: DRAFTS[i] for i in range(1, COUNT)}, site.clock, stop=False)
        run.begin({0: "title: must not be empty"})
        list(run.run())

        assert journal.results([""] * COUNT)[0].problem == "INVALID_DATA: title: must not be empty"
    assert len(site.titles()) == COUNT - 1


def test_a_second_run_on_the_same_journal_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"):
        context = multiprocessing.get_context("spawn")
        refused = context.Queue()
        second = context.Process(target=_open, args=(tmp_path / "j", refused))
        second.start()
        second.join()

        assert refused.get() == "JOURNAL_IN_USE"
        with pytest.raises(Conflict):
            Journal(tmp_path / "j")
    Journal(tmp_path / "j").__exit__()


def _open(path: Path, refused: Any) -> None:
    try:
        Journal(path)
    except Conflict as conflict:
        refused.put(conflict.reason)


def test_a_full_disk_stops_the_run_before_anything_is_sent(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(site.rules, journal, DRAFTS, site.clock, stop=True)
        run.begin({})
        steps = run.run()
        next(steps)
        pages = journal._db.execute("pragma page_count").fetchone()[0]  # noqa: SLF001 - the disk is full from here on
        journal._db.execute(f"pragma max_page_count = {pages}")  # noqa: SLF001 - see above
        with pytest.raises(LoyaltyError, match="cannot write the journal") as full:
            list(steps)
        assert "--resume" in full.value.hint
        journal._db.execute("pragma max_page_count = 1000000")  # noqa: SLF001 - there is room again
        site.run(journal)

    assert site.titles() == EXACTLY_ONCE


@pytest.mark.parametrize(
    "content", [b"no database, no database, no database", b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 100]
)
def test_a_damaged_journal_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(content)

    with pytest.raises(InvalidData, match=r"the journal .* is damaged"):
        Journal(tmp_path / "j")


@pytest.mark.parametrize("change", ["state = 'lost'", "result = '{'"])
def test_a_journal_with_nonsense_in_it_is_an_error(change: str, site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        site.run(journal)
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute(f"update items set {change}")  # noqa: S608 - the text of a parameter above
    db.close()

    with Journal(tmp_path / "j") as journal, pytest.raises(InvalidData, match="is damaged"):
        journal.results([""] * COUNT)


def test_a_site_that_cannot_be_read_is_sent_nothing_again(tmp_path: Path) -> None:
    one = Site("500@bulk-create")
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(one.rules, journal, DRAFTS, one.clock, stop=True)
        run.begin({})
        one.spoil("500@list", "500-after@bulk-create*1")
        with pytest.raises(Incomplete) as lost:
            finish(run)

        assert "--resume" in lost.value.hint
        assert len(journal.numbers(State.SENDING)) == 100
    one.close()


def test_what_an_answer_leaves_out_stays_unknown_while_the_site_cannot_be_read(tmp_path: Path) -> None:
    one = Site()
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(one.rules, journal, DRAFTS, one.clock, stop=True)
        run.begin({})
        one.spoil("500@list", "missing-item@bulk-create")
        list(run.run())

        assert [result.index for result in journal.results([""] * COUNT) if result.fate is Fate.UNKNOWN] == [
            99
        ]
        one.spoil()
        one.run(journal)
    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_request_that_comes_through_late_is_waited_for(tmp_path: Path) -> None:
    one = Site("refused@bulk-create*1")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(Incomplete):
            one.run(journal)
        one.clock.when_slept(QUIET / 2, lambda: one.rules.bulk_create([DRAFTS[i] for i in range(100)]))
        one.run(journal)

    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_file_that_was_corrected_finds_what_is_done(site: Site, tmp_path: Path) -> None:
    some = {i: DRAFTS[i] for i in range(1, 5)} | {5: RuleDraft(RULE | {"title": "Rule later"})}
    with Journal(tmp_path / "j") as journal:
        first = BulkCreate(site.rules, journal, some, site.clock, stop=False)
        first.begin({0: "title: must not be empty"})
        finish(first)
        site.run(journal)

        assert journal.finished
        assert len(journal.results([""] * COUNT)) == COUNT

        again = BulkCreate(site.rules, journal, some, site.clock, stop=False)
        again.resume({0: "title: must not be empty"}, QUIET)
        finish(again)
    assert site.titles() == sorted([*EXACTLY_ONCE, "Rule later"])


def test_what_may_be_there_is_kept_in_mind_while_the_file_lacks_it(tmp_path: Path) -> None:
    one = Site("504-after@bulk-create*1")
    fewer = {i: DRAFTS[i] for i in range(50)}
    with Journal(tmp_path / "j") as journal:
        one.spoil("504-after@bulk-create*1", "500@list")
        run = BulkCreate(
            one.rules, journal, fewer | {50: RuleDraft(RULE | {"title": "Rule x"})}, one.clock, stop=True
        )
        journal.begin([content(draft.document) for draft in run._drafts.values()], [], {})  # noqa: SLF001 - what begin does, but for the list
        with pytest.raises(Incomplete):
            finish(run)
        one.spoil()
        for drafts in (fewer, fewer | {50: RuleDraft(RULE | {"title": "Rule x"})}):
            run = BulkCreate(one.rules, journal, drafts, one.clock, stop=True)
            run.resume({}, QUIET)
            finish(run)

    assert one.titles().count("Rule x") == 1
    assert len(one.titles()) == 51
    one.close()


def test_a_journal_belongs_to_its_input_its_server_and_its_site(tmp_path: Path) -> None:
    targets = [("a", "b"), ("a", "c"), ("d", "b")]
    paths = {path_for(tmp_path, target, source) for target in targets for source in ("/a.csv", "/b.csv", "-")}

    assert len(paths) == 9
    assert path_for(tmp_path, ("a", "b"), "-") in paths


def test_the_journal_survives_in_a_file_of_sqlite(tmp_path: Path, site: Site) -> None:
    with Journal(tmp_path / "j") as journal:
        site.run(journal)

    with sqlite3.connect(tmp_path / "j") as db:
        assert db.execute(
            "select count(*), count(distinct id) from items where state = 'created'"
        ).fetchall() == [(COUNT, COUNT)]
    db.close()
