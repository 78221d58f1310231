"""Benchmarks: one token against gh, and files of tokens against OpenSSL on one core."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.model.events import names, samples
from loyaltyctl.tokens.keys import PrivateKey
from loyaltyctl.tokens.signing import sign
from loyaltyctl.webhooks.event_log import EventLog
from tests.benchmarks.test_startup import gh, ours, ratio
from tests.measured import program
from tests.webhooks.event_logs import written

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["gh", "ours"]

TOKENS = 20_000
NOW = 1_790_000_000.0
KINDS = ("loyalty_earning_rule_updated", "account_updated", "account_points_updated", "program_updated")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write tokens of four types, each with its own ID, and their public key."""
    folder = tmp_path_factory.mktemp("tokens")
    key = PrivateKey.generate()
    (folder / "key.pub.pem").write_text(key.to_pem()[1])
    documents = [samples.create_sample(names.find_event_type(name), NOW) for name in KINDS]
    with (folder / "tokens.txt").open("w") as file:
        for number in range(TOKENS):
            file.write(
                sign(samples.to_claims(samples.copy_with_new_id(documents[number % len(KINDS)], number)), key)
                + "\n"
            )
    first = (folder / "tokens.txt").read_text().partition("\n")[0]
    (folder / "one.jwt").write_text(first)
    return folder


def verifies_a_second() -> float:
    """Return the RSA-2048 verifications per second of OpenSSL on one core."""
    openssl = shutil.which("openssl")
    assert openssl, "install openssl to run this"
    output = subprocess.run(
        [openssl, "speed", "-seconds", "2", "rsa2048"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"^rsa +2048 bits.* ([0-9.]+)$", output, re.MULTILINE)
    assert found, output
    return float(found[1])


@pytest.mark.parametrize("key", [False, True])
def test_the_time_of_one_token_compared_with_gh(
    *, key: bool, ours: Path, gh: Path, folder: Path, environ: dict[str, str]
) -> None:
    checking = ["--public-key", str(folder / "key.pub.pem")] if key else []
    line = [str(ours), "events", "decode", "-q", str(folder / "one.jwt"), *checking, "--at", "1790000000"]

    found = ratio(line, [str(gh), "--version"], environ | {"HOME": environ["LOYALTYCTL_DATA_DIR"]})

    print(f"\nevents decode, one token, key: {key!s:8} / gh --version     {found}   goal 2.0")  # noqa: T201 - the result


@pytest.mark.parametrize("cores", [1, len(os.sched_getaffinity(0))])
@pytest.mark.parametrize("form", ["id", "tsv", "jsonl"])
def test_the_time_of_a_file_compared_with_openssl(
    form: str, cores: int, folder: Path, environ: dict[str, str]
) -> None:
    every = os.sched_getaffinity(0)
    line = ["events", "decode", str(folder / "tokens.txt"), "--public-key", str(folder / "key.pub.pem")]
    os.sched_setaffinity(0, {*sorted(every)[:cores]})
    try:
        rounds = [
            (verifies_a_second(), program([*line, "-q", "-o", form, "--at", "1790000000"], environ))
            for _ in range(3)
        ]
    finally:
        os.sched_setaffinity(0, every)

    for openssl, run in rounds:
        rate = TOKENS / run.seconds
        share = f"{rate / openssl:5.2f} x   {rate:6,.0f} : {openssl:6,.0f} a second, {run.peak // 1024} MiB"
        print(f"\nevents decode -o {form:5} {cores} core(s) / openssl speed {share}   goal 0.4")  # noqa: T201 - the result


@pytest.mark.parametrize("dedupe", [False, True])
def test_the_time_to_open_100_mb_of_events_compared_with_reading_them(dedupe: bool, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        for number in range(42_000):
            file.write(written(f"{number}").replace(b"x.", b"x" * 1140 + b"."))
    rounds = []
    for _ in range(3):
        began = time.process_time()
        path.read_bytes()
        read = time.process_time()
        EventLog(path, once=dedupe).close()
        rounds.append((read - began, time.process_time() - read))
    plain, decode = min(rounds, key=lambda one: one[1])

    size = path.stat().st_size / 1e6
    took = f"{decode:.2f} s, {decode / plain:.0f} times a plain read"
    print(f"\nopen {size:.0f} MB of events, --dedupe: {dedupe!s:5}    {took}")  # noqa: T201 - the result
