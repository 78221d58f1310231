"""Work in several processes has the results of one, in the same order."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.model.events import names, samples
from loyaltyctl.tokens.signing import Defect, sign, sign_defective
from tests.tokens.keys import NOW, pair

if TYPE_CHECKING:
    from tests.conftest import Home

HEAD = """
import os
from loyaltyctl.errors import InvalidData
from loyaltyctl.webhooks.parallel import CHUNK, map_chunks
"""
"""Each test runs in a process of its own: forking needs one without threads."""


def run_program(script: str) -> str:
    """Run a program; return its output."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", HEAD + script], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.parametrize("number", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_results_come_in_the_order_of_the_chunks(number: int, count: int) -> None:
    script = f"""
found = map_chunks(lambda: range({count}), lambda some: [2 * one for one in some], {number})
print([one for some in found for one in some] == [2 * one for one in range({count})])
"""
    assert run_program(script) == "True\n"


@pytest.mark.parametrize("where", ["make", "work"])
def test_an_error_is_raised_complete_after_the_earlier_results(where: str) -> None:
    script = f"""
def things():
    for one in range(1000):
        if one == 200 and {where!r} == "make":
            raise InvalidData("it is no good", hint="Mend it.")
        yield one

def work(some):
    if 200 in some and {where!r} == "work":
        raise InvalidData("it is no good", hint="Mend it.")
    return len(some)

done = 0
try:
    for count in map_chunks(things, work, 2):
        done += count
except InvalidData as error:
    print(done, error.message, error.hint, error.reason)
"""
    assert run_program(script) == "192 it is no good Mend it. INVALID_DATA\n"


def test_closing_the_iterator_stops_the_processes() -> None:
    script = """
found = map_chunks(lambda: iter(int, 1), lambda some: "x" * 100_000, 3)
next(found)
found.close()
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("no child processes")
"""
    assert run_program(script) == "no child processes\n"


@pytest.mark.parametrize("form", ["id", "tsv", "jsonl"])
def test_a_large_file_is_decoded_like_a_stream(form: str, home: Home, environ: dict[str, str]) -> None:
    key = pair()
    documents = [
        samples.create_sample(names.find_event_type(name), NOW)
        for name in ("account_updated", "tier_deleted")
    ]
    lines = [sign(samples.to_claims(samples.copy_with_new_id(documents[n % 2], n)), key) for n in range(700)]
    lines[300] = sign_defective(samples.to_claims(documents[0]), key, Defect.TAMPER, NOW)
    lines[400] = "no.token"
    lines[500] = ""
    (home.work / "events.txt").write_text("\n".join(lines) + "\n")
    (home.work / "key.pem").write_text(key.to_pem()[1])
    line = f"events decode {{}} --public-key key.pem --at {int(NOW)} --type account_updated -o {form}"

    def decoded(file: str, stdin: str) -> tuple[int, str, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "loyaltyctl", *line.format(file).split()],
            cwd=home.work, env=environ, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return ended.returncode, ended.stdout, ended.stderr.replace("standard input", "events.txt")

    alone = decoded("-", (home.work / "events.txt").read_text())

    assert (home.work / "events.txt").stat().st_size > 1024 * 1024
    assert alone[0] == 9
    assert "2 of 699" in alone[2]
    assert decoded("events.txt", "") == alone
