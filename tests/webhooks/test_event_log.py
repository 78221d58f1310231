"""The event log: synced before it is acknowledged, complete lines, no duplicates."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.errors import Conflict
from loyaltyctl.webhooks.event_files import TOKEN
from loyaltyctl.webhooks.event_log import MAX_LINE, EventLog
from tests.webhooks.event_logs import Disk, ids, keep, line, together, written

if TYPE_CHECKING:
    from pathlib import Path

THREADS, EACH = 16, 25


class TestOnTheDisk:
    def test_append_returns_after_the_sync(self, path: Path, disk: Disk) -> None:
        with closing(EventLog(path, once=False)) as log:
            for number, event_id in enumerate("abc", start=1):
                assert keep(log, event_id)
                assert disk.synced[-1] == written(*"abc"[:number])
        assert len(disk.synced) == 4  # the first sync is that of the directory of a new file

    def test_a_duplicate_is_not_acknowledged_before_the_first_is_on_the_disk(
        self, path: Path, disk: Disk
    ) -> None:
        order: list[object] = []
        with closing(EventLog(path, once=True)) as log:
            disk.may_go_on.clear()
            first = together(lambda: order.append(keep(log)))
            assert disk.is_called.wait(30)
            rest = together(lambda: order.append(keep(log)), lambda: order.append(keep(log)))
            order.append("synced")
            disk.may_go_on.set()
            for thread in first + rest:
                thread.join()

        assert order[0] == "synced"
        assert sorted(order[1:], key=bool) == [False, False, True]
        assert path.read_bytes() == written("a")

    @pytest.mark.parametrize("once", [True, False])
    def test_concurrent_lines_are_written_together_once_and_whole(
        self, once: bool, path: Path, disk: Disk
    ) -> None:
        new: list[bool] = []
        with closing(EventLog(path, once=once)) as log:
            disk.may_go_on.clear()
            threads = together(
                *(lambda i=i: new.extend(keep(log, f"{i}.{n}") for n in range(EACH)) for i in range(THREADS))
            )
            assert disk.is_called.wait(30)
            disk.may_go_on.set()
            for thread in threads:
                thread.join()

        assert new == [True] * (THREADS * EACH)
        found = ids(path)
        assert sorted(found) == sorted(f"{i}.{n}" for i in range(THREADS) for n in range(EACH))
        for i in range(THREADS):  # lines of one thread keep their order
            assert [one for one in found if one.startswith(f"{i}.")] == [f"{i}.{n}" for n in range(EACH)]
        assert len(disk.synced) < THREADS * EACH

    def test_concurrent_duplicates_become_one_line(self, path: Path) -> None:
        new: list[bool] = []
        with closing(EventLog(path, once=True)) as log:
            for thread in together(*[lambda: new.extend(keep(log, f"{n}") for n in range(EACH))] * THREADS):
                thread.join()

        assert new.count(True) == EACH
        assert new.count(False) == (THREADS - 1) * EACH
        assert sorted(ids(path)) == sorted(f"{n}" for n in range(EACH))

    def test_without_a_file_events_are_only_remembered(self) -> None:
        for once in (True, False):
            with closing(EventLog(None, once=once)) as log:
                assert [keep(log, one) for one in "aab"] == [True, not once, True]


class TestOnce:
    def test_events_are_identified_by_type_and_id(self, path: Path) -> None:
        with closing(EventLog(path, once=True)) as log:
            assert keep(log, "a")
            assert not keep(log, "a")
            assert keep(log, "a", "another.type")
            assert keep(log, "b")
        assert ids(path) == ["a", "a", "b"]

    def test_without_a_key_every_event_is_new(self, path: Path) -> None:
        with closing(EventLog(path, once=True)) as log:
            assert [log.append(line(""), None) for _ in range(2)] == [True, True]
        assert len(ids(path)) == 2

    def test_without_once_every_event_is_new(self, path: Path) -> None:
        with closing(EventLog(path, once=False)) as log:
            assert [keep(log), keep(log)] == [True, True]
        assert ids(path) == ["a", "a"]

    def test_reopening_a_file_restores_its_keys(self, path: Path) -> None:
        path.write_bytes(written("a", "b", "a"))  # as after a run without --dedupe
        for is_new in (True, False):
            with closing(EventLog(path, once=True)) as log:
                assert [keep(log, one) for one in "abc"] == [False, False, is_new]
        assert ids(path) == ["a", "b", "a", "c"]
        with closing(EventLog(path, once=False)) as log:
            assert keep(log)
        assert ids(path) == ["a", "b", "a", "c", "a"]

    def test_existing_lines_without_an_id_are_accepted(self, path: Path) -> None:
        before = b'{"receivedAt":"2026-11-21T08:00:00Z","eventType":"","eventId":null,"token":"x"}\n{"token":"y"}\n'
        path.write_bytes(before)
        with closing(EventLog(path, once=True)) as log:
            assert keep(log)
        assert path.read_bytes() == before + written("a")


class TestATornTail:
    @pytest.mark.parametrize("once", [True, False])
    @pytest.mark.parametrize("whole", [b"", written("a"), written("a", "b")])
    def test_an_incomplete_line_of_a_killed_run_is_removed(
        self, whole: bytes, once: bool, path: Path
    ) -> None:
        torn = written("torn")[:-1]
        for end in range(1, len(torn)):
            path.write_bytes(whole + torn[:end])
            EventLog(path, once=once).close()
            assert path.read_bytes() == whole

        path.write_bytes(whole + torn[:-1])
        with closing(EventLog(path, once=once)) as log:
            assert keep(log, "torn")
        assert path.read_bytes() == whole + written("torn")

    @pytest.mark.parametrize("once", [True, False])
    def test_a_complete_line_without_line_end_is_kept(self, once: bool, path: Path) -> None:
        path.write_bytes(written("a", "b")[:-1])  # as some editors save it
        with closing(EventLog(path, once=once)) as log:
            assert keep(log, "c")
        assert ids(path) == ["a", "b", "c"]

    def test_a_long_incomplete_line_is_removed(self, path: Path) -> None:
        torn = json.dumps(line() | {TOKEN: "x" * (MAX_LINE // 4)}).encode()[:-2]
        path.write_bytes(written("a") + torn)
        EventLog(path, once=True).close()
        assert path.read_bytes() == written("a")

    def test_an_incomplete_line_after_many_is_removed(self, path: Path) -> None:
        whole = written("a") * (MAX_LINE // len(written("a")) + 9)
        path.write_bytes(whole + written("b")[:-9])
        EventLog(path, once=False).close()
        assert path.read_bytes() == whole


class TestTwoAtOnce:
    @pytest.mark.parametrize("once", [True, False])
    def test_a_second_process_is_rejected_without_changes(self, once: bool, path: Path) -> None:
        with closing(EventLog(path, once=once)) as first:
            keep(first, "a")
            with pytest.raises(Conflict, match="another run saves events to"):
                EventLog(path, once=once)
            assert keep(first, "b")
        with closing(EventLog(path, once=once)) as second:
            assert keep(second, "c")
        assert ids(path) == ["a", "b", "c"]

    def test_a_line_being_written_is_not_removed(self, path: Path) -> None:
        first = EventLog(path, once=False)
        with path.open("ab") as half:
            half.write(written("a")[:20])
        with pytest.raises(Conflict):
            EventLog(path, once=False)
        assert path.read_bytes() == written("a")[:20]
        first.close()
