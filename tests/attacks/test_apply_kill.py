"""kill -9 at random moments of `rules apply --prune`, run again until it is done: the site is the file, exactly.

The file alternates between two versions of 60 rules, so that every run creates, updates, resumes, pauses and deletes.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from loyaltyctl.apply.history import read_histories
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.sandbox.app import DEFAULT_SITE
from loyaltyctl.sandbox.store import Store
from tests.scale import scaled

if TYPE_CHECKING:
    from typing import TypeAlias

    from loyaltyctl.intake.values import JsonObject
    from tests.conftest import Home

    Line: TypeAlias = tuple[str, int, str]
    """A rule of the file: title, points, status."""

KILLS = scaled(50, least=3)
RULES = 60
ARGV = [sys.executable, "-m", "loyaltyctl", "-p", "sandbox", "rules", "apply", "-f", "rules.yaml", "--prune", "-y", "-q"]  # fmt: skip


def _version(odd: int) -> list[Line]:
    """Return one of two files: a third of the rules is in both, with different points or status."""
    return [
        (f"Rule {i if i < RULES // 3 else i + RULES * odd}", i + 100 * odd * (i % 2), "PAUSED" if i % 3 == odd else "ACTIVE")
        for i in range(RULES)
    ]  # fmt: skip


def test_kills_lose_nothing_and_double_nothing(home: Home, environ: dict[str, str]) -> None:
    chance = random.Random(20261122)  # noqa: S311 - moments, not secrets
    _write(home, _version(0))
    assert _run(environ, None) == 0
    _write(home, _version(1))
    assert _run(environ, None) == 0
    work = _seconds_of_work(home)
    assert _lines(home) == sorted(_version(1))

    kills = rounds = 0
    while kills < KILLS:
        _write(home, _version(rounds % 2))
        rounds += 1
        code = -9
        while code != 0:
            # Most of the time of a process is its start: one kill in five may hit it, the others hit the changes.
            waits = chance.random() < 0.8
            moment = chance.uniform(0, work if waits else 5 * work) if kills < KILLS else None
            code = _run(environ, moment, home if waits and moment is not None else None)
            kills += code == -9
            assert code in (0, -9)
            _assert_recorded(home)
        assert _lines(home) == sorted(_version((rounds - 1) % 2))
        assert _others(home) == {"PAUSED"}

    runs, _ = read_histories(home.data / "journals")
    cut = [run for run in runs if run.ended is None]
    print(f"{kills} kills, {rounds} rounds, {len(runs)} runs in the ledger, {len(cut)} of them cut off")  # noqa: T201 - the figures, which -rP shows
    assert kills >= KILLS
    assert all(run.missing == [] for run in runs if run.ended is not None)


def _seconds_of_work(home: Home) -> float:
    """Return how long the last run worked at its changes."""
    [run, *_], _ = read_histories(home.data / "journals")
    assert run.ended is not None
    return run.ended - run.began


def _run(environ: dict[str, str], moment: float | None, home: Home | None = None) -> int:
    """Run the command, and kill it `moment` seconds after its start, or with `home` after its first write to the ledger."""
    before = home and _written(home)
    run = subprocess.Popen(ARGV, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while home and run.poll() is None and _written(home) == before:
        time.sleep(0.001)
    try:
        return run.wait(moment)
    except subprocess.TimeoutExpired:
        run.kill()
        return run.wait()


def _written(home: Home) -> set[tuple[str, int, int]]:
    """Return names, times and sizes of the WAL files: opening a ledger would disturb its writer."""
    found = set()
    for path in home.data.glob("journals/*-wal"):
        with contextlib.suppress(FileNotFoundError):
            found.add((path.name, path.stat().st_mtime_ns, path.stat().st_size))
    return found


def _write(home: Home, lines: list[Line]) -> None:
    text = "".join(
        f"  - title: {title}\n    trigger: events/Rsvp\n    earn: {points} points\n    status: {status}\n"
        for title, points, status in lines
    )
    (home.work / "rules.yaml").write_text(f"rules:\n{text}")


def _assert_recorded(home: Home) -> None:
    """Assert that the site is as the ledger records it for the last run."""
    runs, _ = read_histories(home.data / "journals")
    documents = _documents(home)
    titles = [str(document["title"]) for document in documents]
    for step in runs[0].steps if runs and not runs[0].ended else []:
        rules = [one for one in documents if one["id"] == step.id] if step.id else []
        if step.state is StepState.DONE:
            assert bool(rules) == (step.action != "delete")
        elif step.state is StepState.PLANNED and step.action == "create":
            assert step.title not in titles
        elif step.state is StepState.PLANNED:
            assert rules
        assert titles.count(step.title) <= 1


def _documents(home: Home) -> list[JsonObject]:
    store = Store(home.data / "sandbox.sqlite3")
    with store.site(DEFAULT_SITE) as site:
        documents = site.rules()
    store.close()
    return documents


def _lines(home: Home) -> list[Line]:
    """Return the rules of the site that may come from the file."""
    found = []
    for document in _documents(home):
        award: Any = document.get("fixedAmount")
        if str(document["title"]).startswith("Rule "):
            found.append(
                (str(document["title"]), int(award["configs"][0]["points"]), str(document["status"]))
            )
    return sorted(found)


def _others(home: Home) -> set[str]:
    """Return the status values of all other rules; none of them can be deleted."""
    others = [one for one in _documents(home) if not str(one["title"]).startswith("Rule ")]
    assert not any(_deletable(one) for one in others)
    return {str(one["status"]) for one in others}


def _deletable(document: JsonObject) -> bool:
    metadata: Any = document["metadata"]
    return bool(metadata["canBeDeleted"])
