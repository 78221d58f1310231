"""Malformed order files: each is a clear error with its place, in bounded time, or is read correctly."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import measured
from tests.orders.malformed import CASES
from tests.orders.order_cases import GOOD, HEADER, Case, csv_file

if TYPE_CHECKING:
    from tests.conftest import Home, Run

RULES = '{"title": "Purchase", "trigger": "stores/OrderPaid", "points": 2, "per": 1}'
"""The rule gives two points per 1 spent, so an order of 10 earns 20."""
SECONDS = 30
"""Bound of processor time, which does not depend on other work on the machine; the longest case takes 5."""


def test_there_are_at_least_200_cases_with_different_names() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.sampled
def test_an_order_file_is_read_correctly_or_refused_with_a_message(case: Case, run: Run, home: Home) -> None:
    file = home.work / f"orders{case.suffix}"
    file.write_bytes(case.data)
    (home.work / "rules.json").write_text(RULES)
    dated = ["--by", "month"] if case.name.startswith("date ") else []
    line = ["points", "backtest", str(file), "-f", "rules.json", "--json", *dated]
    began = time.process_time()

    ended = run(line, code=None)

    assert time.process_time() - began < SECONDS
    if case.points is not None and not case.message:
        assert ended.code == 0, ended.err
        assert ended.json()["points"] == case.points
        assert bool(ended.json()["notes"]) == bool(case.note), ended.json()["notes"]
        assert case.note in "\n".join(ended.json()["notes"])
        return
    error = ended.error()
    message = "\n".join([error["message"], *(": ".join(one.values()) for one in error.get("details", ()))])
    assert ended.code == error["exitCode"] == 6, message
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert "DEFECT" not in message
    assert case.message in message
    assert len(error.get("details", ())) <= 20
    if case.skipped is None:
        return

    tolerant = run([*line, "--skip-bad-rows"])

    assert tolerant.json()["skipped"] == case.skipped
    left_out = tolerant.json()["leftOut"]
    assert sum(one["count"] for one in left_out) == case.skipped
    assert [len(one["lines"]) for one in left_out] == [min(one["count"], 5) for one in left_out]
    assert [one["reason"] for one in left_out] == [case.reason]
    assert left_out[0]["where"] == [f"{file} line {line}" for line in left_out[0]["lines"]]
    assert left_out[0]["where"][0] in message
    assert tolerant.json()["orders"] + case.skipped == len(
        [row for row in case.data.split(b"\n")[1 if case.suffix == ".csv" else 0 :] if row.strip()]
    )


def test_an_order_with_several_faults_is_counted_once(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    (home.work / "orders.csv").write_bytes(csv_file(GOOD, "2,never,,x,EUR"))

    ended = run("points backtest orders.csv -f rules.json --by month", code=6)

    assert ended.err.splitlines()[0] == "error: one order cannot be counted; nothing was calculated"
    assert ended.err.count("orders.csv line 3") == 3


def test_a_quote_that_is_never_closed_is_an_error_even_if_bad_rows_are_skipped(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    rows = [GOOD.replace("1,", f"{i},", 1) for i in range(100)]
    (home.work / "orders.csv").write_bytes(csv_file(*rows[:50], '50,2025-01-02,,"10.00,USD', *rows[51:]))

    ended = run("points backtest orders.csv -f rules.json --skip-bad-rows", code=6)

    assert ended.err.splitlines()[:2] == [
        "error: the orders cannot be read to their end; nothing was calculated",
        "  orders.csv line 52: a quote that opens in this row is never closed",
    ]


def test_damage_after_good_lines_is_located(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    rows = [GOOD.replace("1,", f"{i},", 1) for i in range(60_000)]
    whole = gzip.compress(csv_file(*rows), mtime=0)
    (home.work / "orders.csv.gz").write_bytes(whole[:-2000])

    ended = run("points backtest orders.csv.gz -f rules.json", code=6)

    [place] = [line for line in ended.err.splitlines() if "gzip data is damaged" in line]
    assert 40_000 < int(place.partition(" line ")[2].partition(":")[0]) < 60_000


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing.csv", "no such file"),
        ("*.parquet", "no such file"),
        (".", "is a folder"),
        ("/dev/zero", "is not a regular file"),
        ("/dev/null", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("", "is empty"),
        ("a" * 5000, "file name too long"),
        ("a\0b", "has a NUL character"),
        ("https://127.0.0.1:9/orders.csv", "no such file"),
        ("s3://bucket/orders.parquet", "no such file"),
    ],
)
def test_a_path_that_is_not_a_regular_file_is_a_usage_error(
    path: str, message: str, run: Run, home: Home
) -> None:
    (home.work / "rules.json").write_text(RULES)
    os.mkfifo(home.work / "pipe")

    ended = run(["points", "backtest", path, "-f", "rules.json"], code=2)

    assert message in ended.err


@pytest.mark.parametrize(
    "name",
    [
        "a'b.csv",
        'a"b.csv',
        "a[1].csv",
        "a*.csv",
        "a b;--.csv",
        "ü\u202e.csv",
        "-n.csv",
        "{a,b}.csv",
        "a?.csv",
        "%41.csv",
    ],
)
def test_special_characters_in_a_file_name_are_taken_literally(name: str, run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    (home.work / name).write_bytes(csv_file(GOOD))
    (home.work / "ab.csv").write_bytes(csv_file(*[GOOD.replace("10.00", "77.00")]))

    ended = run(["points", "backtest", "-f", "rules.json", "--json", "--", name])

    assert ended.json()["points"] == 20


@pytest.mark.linux
def test_a_gzip_bomb_takes_little_memory(environ: dict[str, str], home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    rows = "".join(f"{i},2025-01-02,,1.00,USD\n" for i in range(1000)) * 10
    packed = gzip.compress(f"{HEADER}\n".encode()) + gzip.compress(rows.encode()) * 300
    (home.work / "bomb.csv.gz").write_bytes(packed)
    line = "points backtest bomb.csv.gz -f rules.json --json --order-id-column none"

    ended = measured.program(line.split(), environ)

    assert json.loads(ended.out)["orders"] == 3_000_000
    assert ended.peak <= 350 * 1024


@pytest.mark.linux
def test_ctrl_c_during_the_scan_ends_it(environ: dict[str, str], home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    rows = "".join(f"{i},2025-01-02,,1.00,USD\n" for i in range(10_000))
    (home.work / "orders.csv.gz").write_bytes(
        gzip.compress(f"{HEADER}\n".encode()) + gzip.compress(rows.encode()) * 5000
    )
    line = ["points", "backtest", "orders.csv.gz", "-f", "rules.json", "--order-id-column", "none"]
    running = subprocess.Popen(
        [sys.executable, "-m", "loyaltyctl", *line], env=environ, stderr=subprocess.PIPE
    )

    end = time.monotonic() + SECONDS
    while _bytes_read(running.pid) < 40_000_000:  # the libraries are smaller than 20 MB
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=SECONDS)

    assert (running.returncode, stderr) == (130, b"interrupted\n")


def _bytes_read(pid: int) -> int:
    """Return how many bytes a process has read so far."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar:"))
