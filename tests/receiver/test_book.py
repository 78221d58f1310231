"""The file of received events: on the disk before it is acknowledged, whole lines, each once, and nobody else's."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.errors import Conflict, InvalidData
from loyaltyctl.receiver.book import ID, MAX_LINE, RECEIVED, TOKEN, TYPE, Book

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.intake.values import Json

THREADS, EACH = 16, 25
TYPE_A = "wix.loyalty.v1.account_updated"


def line(event_id: str = "a", kind: str = TYPE_A) -> dict[str, Json]:
    return {RECEIVED: "2026-11-21T08:00:00.000Z", TYPE: kind, ID: event_id, TOKEN: f"x.{event_id}.y"}


def keep(book: Book, event_id: str = "a", kind: str = TYPE_A) -> bool:
    return book.keep(line(event_id, kind), (kind, event_id))


def written(*event_ids: str) -> bytes:
    return b"".join(json.dumps(line(one), separators=(",", ":")).encode() + b"\n" for one in event_ids)


def ids(path: Path) -> list[str]:
    data = path.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(text)[ID] for text in data.splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


class Disk:
    """Stands for fsync: says when it is called, and may be made slow or broken."""

    def __init__(self, path: Path, sync: Callable[[int], None]) -> None:
        self._path = path
        self._sync = sync
        self.synced: list[bytes] = []
        self.is_called = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.error: OSError | None = None

    def __call__(self, file: int) -> None:
        self.is_called.set()
        assert self.may_go_on.wait(30)
        if self.error is not None:
            raise self.error
        self._sync(file)
        self.synced.append(self._path.read_bytes())


@pytest.fixture
def disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(path, os.fsync)
    monkeypatch.setattr(os, "fsync", disk)
    return disk


def together(*works: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


class TestOnTheDisk:
    def test_a_line_is_synced_before_it_is_kept(self, path: Path, disk: Disk) -> None:
        with closing(Book(path, once=False)) as book:
            for number, event_id in enumerate("abc", start=1):
                assert keep(book, event_id)
                assert disk.synced[-1] == written(*"abc"[:number])
        assert len(disk.synced) == 4  # the folder of a new file is the first

    def test_a_duplicate_is_not_acknowledged_before_the_first_is_on_the_disk(
        self, path: Path, disk: Disk
    ) -> None:
        order: list[object] = []
        with closing(Book(path, once=True)) as book:
            disk.may_go_on.clear()
            first = together(lambda: order.append(keep(book)))
            assert disk.is_called.wait(30)
            rest = together(lambda: order.append(keep(book)), lambda: order.append(keep(book)))
            order.append("synced")
            disk.may_go_on.set()
            for thread in first + rest:
                thread.join()

        assert order[0] == "synced"
        assert sorted(order[1:], key=bool) == [False, False, True]
        assert path.read_bytes() == written("a")

    @pytest.mark.parametrize("once", [True, False])
    def test_many_at_once_are_written_together_each_once_and_whole(
        self, once: bool, path: Path, disk: Disk
    ) -> None:
        new: list[bool] = []
        with closing(Book(path, once=once)) as book:
            disk.may_go_on.clear()
            threads = together(
                *(lambda i=i: new.extend(keep(book, f"{i}.{n}") for n in range(EACH)) for i in range(THREADS))
            )
            assert disk.is_called.wait(30)
            disk.may_go_on.set()
            for thread in threads:
                thread.join()

        assert new == [True] * (THREADS * EACH)
        found = ids(path)
        assert sorted(found) == sorted(f"{i}.{n}" for i in range(THREADS) for n in range(EACH))
        for i in range(THREADS):  # what came one after the other stands so
            assert [one for one in found if one.startswith(f"{i}.")] == [f"{i}.{n}" for n in range(EACH)]
        assert len(disk.synced) < THREADS * EACH

    def test_the_same_from_many_at_once_is_one_line(self, path: Path) -> None:
        new: list[bool] = []
        with closing(Book(path, once=True)) as book:
            for thread in together(*[lambda: new.extend(keep(book, f"{n}") for n in range(EACH))] * THREADS):
                thread.join()

        assert new.count(True) == EACH
        assert new.count(False) == (THREADS - 1) * EACH
        assert sorted(ids(path)) == sorted(f"{n}" for n in range(EACH))

    def test_without_a_file_events_are_only_remembered(self) -> None:
        for once in (True, False):
            with closing(Book(None, once=once)) as book:
                assert [keep(book, one) for one in "aab"] == [True, not once, True]


class TestOnce:
    def test_an_event_is_known_by_its_type_and_id(self, path: Path) -> None:
        with closing(Book(path, once=True)) as book:
            assert keep(book, "a")
            assert not keep(book, "a")
            assert keep(book, "a", "another.type")
            assert keep(book, "b")
        assert ids(path) == ["a", "a", "b"]

    def test_without_a_key_each_is_new(self, path: Path) -> None:
        with closing(Book(path, once=True)) as book:
            assert [book.keep(line(""), None) for _ in range(2)] == [True, True]
        assert len(ids(path)) == 2

    def test_without_once_each_is_new(self, path: Path) -> None:
        with closing(Book(path, once=False)) as book:
            assert [keep(book), keep(book)] == [True, True]
        assert ids(path) == ["a", "a"]

    def test_a_file_that_is_opened_again_knows_what_it_has(self, path: Path) -> None:
        path.write_bytes(written("a", "b", "a"))  # as it may be after a run without --dedupe
        for is_new in (True, False):
            with closing(Book(path, once=True)) as book:
                assert [keep(book, one) for one in "abc"] == [False, False, is_new]
        assert ids(path) == ["a", "b", "a", "c"]
        with closing(Book(path, once=False)) as book:
            assert keep(book)
        assert ids(path) == ["a", "b", "a", "c", "a"]

    def test_lines_without_an_id_are_taken_as_they_are(self, path: Path) -> None:
        before = b'{"receivedAt":"2026-11-21T08:00:00Z","eventType":"","eventId":null,"token":"x"}\n{"token":"y"}\n'
        path.write_bytes(before)
        with closing(Book(path, once=True)) as book:
            assert keep(book)
        assert path.read_bytes() == before + written("a")


class TestATornTail:
    @pytest.mark.parametrize("once", [True, False])
    @pytest.mark.parametrize("whole", [b"", written("a"), written("a", "b")])
    def test_what_a_kill_left_of_a_line_is_cut(self, whole: bytes, once: bool, path: Path) -> None:
        torn = written("torn")[:-1]
        for end in range(1, len(torn)):
            path.write_bytes(whole + torn[:end])
            Book(path, once=once).close()
            assert path.read_bytes() == whole

        path.write_bytes(whole + torn[:-1])
        with closing(Book(path, once=once)) as book:
            assert keep(book, "torn")
        assert path.read_bytes() == whole + written("torn")

    @pytest.mark.parametrize("once", [True, False])
    def test_a_whole_line_without_its_end_is_no_torn_one(self, once: bool, path: Path) -> None:
        path.write_bytes(written("a", "b")[:-1])  # as an editor may leave it
        with closing(Book(path, once=once)) as book:
            assert keep(book, "c")
        assert ids(path) == ["a", "b", "c"]

    def test_a_long_one_is_cut_too(self, path: Path) -> None:
        torn = json.dumps(line() | {TOKEN: "x" * (MAX_LINE // 4)}).encode()[:-2]
        path.write_bytes(written("a") + torn)
        Book(path, once=True).close()
        assert path.read_bytes() == written("a")

    def test_so_is_one_behind_much(self, path: Path) -> None:
        whole = written("a") * (MAX_LINE // len(written("a")) + 9)
        path.write_bytes(whole + written("b")[:-9])
        Book(path, once=False).close()
        assert path.read_bytes() == whole


OTHERS = {
    "text": b"my notes",
    "text with a line end": b"my notes\n",
    "text and a brace": b"my notes\n{",
    "another JSONL": b'{"a":1}\n{"b":2}\n',
    "another JSONL without an end": b'{"a":1}\n{"b":2}',
    "another one and a brace": b'{"a":1}\n{"b":2}\n{',
    "a document": b'[\n {"token": "x"}\n]\n',
    "a document without an end": b'[{"receivedAt":"x"}]',
    "an empty line": b"\n",
    "an empty line between": written("a") + b"\n" + written("b"),
    "one line of something else": written("a") + b"something else\n" + written("b"),
    "something else at the end": written("a") + b"something else",
    "bytes": b"\x00\xff\xfe\x01" * 99,
    "packed": b"\x1f\x8b\x08\x00" + b"\x00" * 50,
    "UTF-16": '{"token":"x"}\n'.encode("utf-16"),
    "a number": b"12\n",
    "twice the same member": b'{"token":"x","token":"y"}\n',
    "deep": b'{"token":' + b"[" * 999 + b"]" * 999 + b"}\n",
    "a very long line": b"x" * (MAX_LINE + 99),
    "a very long line of ours, almost": b'{"receivedAt"' + b"x" * (MAX_LINE + 99),
}
HALFWAY_DOWN = {"twice the same member"}
"""What only a reader of every member finds, which it takes --dedupe to be."""


def others(*, once: bool) -> list[object]:
    """Files of others."""
    return [
        pytest.param(once, data, id=f"{name}, {'once' if once else 'more than once'}")
        for name, data in OTHERS.items()
        if once or name not in HALFWAY_DOWN
    ]


def refusal(path: Path, *, once: bool) -> str:
    """What is said of a file that is not taken."""
    try:
        Book(path, once=once).close()
    except (InvalidData, OSError) as error:
        return str(error)
    return ""


class TestFilesOfOthers:
    @pytest.mark.parametrize(("once", "data"), [*others(once=True), *others(once=False)])
    def test_they_are_refused_and_left_as_they_are(self, once: bool, data: bytes, path: Path) -> None:
        path.write_bytes(data)
        said = refusal(path, once=once)
        assert path.read_bytes() == data
        assert str(path) in said

    def test_a_refusal_is_one_of_data(self, path: Path) -> None:
        path.write_bytes(b"my notes")
        with pytest.raises(InvalidData, match=r"events\.jsonl line 1 is not an event that was saved"):
            Book(path, once=False)

    def test_a_refusal_lets_go_of_the_file(self, path: Path) -> None:
        path.write_bytes(b"my notes")
        claimed = True
        try:
            Book(path, once=True)
        except InvalidData:
            claimed = is_claimed(path)
        assert not claimed

    def test_a_device_is_no_file_to_save_in(self) -> None:
        assert "/dev/null" in refusal(Path("/dev/null"), once=True)

    def test_nor_is_a_pipe(self, path: Path) -> None:
        os.mkfifo(path)
        assert str(path) in refusal(path, once=True)

    def test_an_empty_file_is_taken(self, path: Path) -> None:
        path.touch()
        with closing(Book(path, once=True)) as book:
            assert keep(book)
        assert path.read_bytes() == written("a")

    def test_a_link_is_followed(self, path: Path, tmp_path: Path) -> None:
        path.symlink_to(tmp_path / "real.jsonl")
        with closing(Book(path, once=True)) as book:
            assert keep(book)
        assert ids(tmp_path / "real.jsonl") == ["a"]


def is_claimed(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


class TestTwoAtOnce:
    @pytest.mark.parametrize("once", [True, False])
    def test_the_second_is_refused_and_harms_nothing(self, once: bool, path: Path) -> None:
        with closing(Book(path, once=once)) as first:
            keep(first, "a")
            with pytest.raises(Conflict, match="another run saves events to"):
                Book(path, once=once)
            assert keep(first, "b")
        with closing(Book(path, once=once)) as second:
            assert keep(second, "c")
        assert ids(path) == ["a", "b", "c"]

    def test_a_line_that_is_under_way_is_not_cut(self, path: Path) -> None:
        first = Book(path, once=False)
        with path.open("ab") as half:
            half.write(written("a")[:20])
        with pytest.raises(Conflict):
            Book(path, once=False)
        assert path.read_bytes() == written("a")[:20]
        first.close()


class TestDiskErrors:
    def test_what_cannot_be_synced_is_neither_kept_nor_remembered(self, path: Path, disk: Disk) -> None:
        with closing(Book(path, once=True)) as book:
            assert keep(book, "a")
            disk.error = OSError(errno.EIO, "Input/output error")
            for _ in range(2):
                with pytest.raises(OSError, match="Input/output error"):
                    keep(book, "b")
                assert path.read_bytes() == written("a")
            disk.error = None
            assert [keep(book, one) for one in "abb"] == [False, True, False]
        assert path.read_bytes() == written("a", "b")

    def test_all_who_waited_for_it_are_told(self, path: Path, disk: Disk) -> None:
        told: list[str] = []

        def try_to_keep(event_id: str) -> None:
            with pytest.raises(OSError, match="Input/output error"):
                keep(book, event_id)
            told.append(event_id)

        with closing(Book(path, once=True)) as book:
            disk.error = OSError(errno.EIO, "Input/output error")
            disk.may_go_on.clear()
            threads = together(*(lambda one=one: try_to_keep(one) for one in "aaabbb"))
            assert disk.is_called.wait(30)
            disk.may_go_on.set()
            for thread in threads:
                thread.join()
            assert sorted(told) == [*"aaabbb"]
            disk.error = None
            assert [keep(book, one) for one in "ab"] == [True, True]
        assert path.read_bytes() == written("a", "b")

    def test_half_a_line_on_a_full_disk_is_taken_back(self, path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-c", _FULL_DISK, str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )

        assert ended.stderr == ""
        assert ended.stdout.split() == ["27", "whole", "27", "whole", "True", "False", "whole"]
        assert ids(path) == ["a", "b"]


_FULL_DISK = """
import resource, sys
from pathlib import Path
from loyaltyctl.receiver.book import Book

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def tell():
    print("whole" if path.read_bytes() == expected else path.read_bytes())

def line(one):
    return {"receivedAt": "x", "eventType": "t", "eventId": one, "token": "x" * 200}

path = Path(sys.argv[1])
book = Book(path, once=True)
book.keep(line("a"), ("t", "a"))
expected = path.read_bytes()
for room in (0, 100):
    limit(len(expected) + room)
    try:
        book.keep(line("b"), ("t", "b"))
    except OSError as error:
        print(error.errno)
    tell()
limit(resource.RLIM_INFINITY)
print(book.keep(line("b"), ("t", "b")), book.keep(line("b"), ("t", "b")))
expected += expected.replace(b'"a"', b'"b"')
tell()
"""
