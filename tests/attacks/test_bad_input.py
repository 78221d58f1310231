"""Invalid input of every kind to the real program: one error, a documented exit code, no traceback, no output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.runtime.exit_codes import ExitCode
from tests.conftest import KEY, NO_RULE, PURCHASE, SITE
from tests.render.hostile import HOSTILE_TEXTS
from tests.scale import sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import Home

EMPTY = (b"{}", b'{"earningRule": {"earningRule": {}}}')
"""Valid changes of a rule that are not valid rules."""
GOOD = {"title": "A", "trigger": "events/Rsvp", "points": 1}


class Case(NamedTuple):
    """A command line with its stdin, environment and expected exit codes."""

    argv: list[str | bytes]
    stdin: bytes = b""
    env: Mapping[str, str] = MappingProxyType({})
    codes: tuple[int, ...] = (2,)


def _commands() -> list[list[str]]:
    return [list(node.words[1:]) for node in command_tree().walk() if not node.is_group]


def wrong_options() -> Iterator[Case]:
    """Yield every command with invalid options."""
    for words in _commands():
        for wrong in (
            ["--nope"], ["-Z"], ["--output", "xml"], ["-o"], ["--json=yes"], ["--timeout", "abc"], ["--timeout", "-1"], ["--retries", "99"],
            ["--color", "sometimes"], ["--profile", "a b"], ["--profile", "../x"], ["--site-id", "x"], ["--json", "-o", "csv"], ["--", "--nope", "x", "y", "z"],
        ):  # fmt: skip
            needs_a_key = words[0] == "rules" and wrong[0] == "--"
            yield Case([*words, *wrong], codes=(2, 4) if needs_a_key else (2,))
    for words in (["rules"], ["auth"], ["config"], ["sandbox"], ["nothing"], ["rules", "nothing"], ["-p"], ["--nope"], ["rules", "--nope", "list"], ["", "x"], [" "], ["rules", ""]):  # fmt: skip
        yield Case([*words])


def wrong_arguments() -> Iterator[Case]:
    """Yield invalid and hostile arguments and values of options."""
    sandbox = ["-p", "sandbox", "rules"]
    for rule_id in (
        "x",
        "",
        "rules",
        "../..",
        f"{PURCHASE}/..",
        f"{PURCHASE} ",
        "%2e",
        "١" * 36,
        "-" * 36,
        "a" * 100_000,
    ):
        for command in ("get", "pause", "resume", "delete", "update"):
            extra = ["--title", "x"] if command == "update" else ["-y"]
            yield Case(
                [*sandbox, command, "--", rule_id]
                if command == "get"
                else [*sandbox, command, *extra, "--", rule_id]
            )
    for option, value in (
        ("--points", "x"), ("--points", "-1"), ("--points", "1.5"), ("--points", "1e3"), ("--points", "1_0"), ("--points", "٣"), ("--points", "9" * 400), ("--points", ""),
        ("--per", "0"), ("--per", "-1"), ("--per", "NaN"), ("--per", "0x1"), ("--per", " "), ("--tier", "gold=1"), ("--tier", "=1"), ("--tier", "x"), ("--tier", f"{SITE}=x"), ("--tier", f"{SITE}=1/0"),
        ("--title", ""), ("--title", "x" * 51), ("--title", "x" * 100_000), ("--trigger", ""), ("--trigger", "x"), ("--trigger", "birthday"), ("--trigger", "x" * 1000), ("--file", "nothing.json"), ("--file", "."),
    ):  # fmt: skip
        yield Case(
            [
                *sandbox,
                "create",
                "--title",
                "A",
                "--trigger",
                "stores/OrderPaid",
                "--points",
                "1",
                option,
                value,
            ]
        )
    for argv in (
        ["create"], ["create", "--title", "A"], ["create-custom"], ["create-custom", "--type", "X"], ["update", PURCHASE], ["update"], ["get"], ["delete"], ["pause"], ["bulk-create"],
        ["delete", PURCHASE], ["update", PURCHASE, "--title", "x", "--revision", "x"], ["update", PURCHASE, "--status", "maybe"], ["list", "--limit", "-1"], ["list", "--limit", "x"], ["list", "--sort", "x:y"],
        ["list", "--sort", "nothing"], ["list", "--kind", "x"], ["list", "--method", "x"], ["list", "--status", "x"], ["list", "--fields", ","], ["list", "--fields", "nothing"], ["list", "--query", "["],
        ["list", "--query", "abs(@)"], ["list", "-o", "csv", "--query", "[]"], ["list", "-f", "x"], ["list", "--revision", "1"], ["bulk-create", "-f", "-", "--on-error", "x"], ["create", b"--title", b"\xff\xfe", "--trigger", "events/Rsvp", "--points", "1"],
    ):  # fmt: skip
        yield Case([*sandbox, *argv])
    for argv, codes in (
        (["config", "get", "x"], (3,)), (["config", "set", "x", "y"], (3,)), (["config", "set", "output", "x"], (2,)), (["config", "set", "timeout", "x"], (2,)), (["config", "set", "base-url", "x", "-p", "a"], (2,)),
        (["auth", "switch", "x"], (3,)), (["auth", "switch", "a b"], (3,)), (["auth", "login"], (2,)), (["auth", "status"], (4,)), (["rules", "list"], (4,)), (["-p", "nobody", "rules", "list"], (3,)),
        (["sandbox", "serve", "--port", "99999"], (2,)), (["sandbox", "serve", "--port", "x"], (2,)), (["sandbox", "serve", "--host", "256.1.1.1"], (2,)), (["sandbox", "serve", "--fault", "x"], (2,)), (["sandbox", "serve", "--fault", "lost@x"], (2,)),
        (["sandbox", "serve", "--fault", "delay=x"], (2,)), (["sandbox", "serve", "--rate-limit", "0"], (2,)), (["sandbox", "reset"], (2,)), (["sandbox", "serve", "--db", "/dev/null/x"], (1,)),
    ):  # fmt: skip
        yield Case([*argv], codes=codes)
    for argv in (
        ["list", b"--trigger", b"\xff"], ["list", b"--trigger-app", b"\xff"], ["list", "--fields", "fixedAmount.configs.²"], ["list", "--sort", "fixedAmount.configs.²"], ["list", "--fields", f"fixedAmount.configs.{'9' * 5000}"],
        ["list", "--query", "ceil(`1e400`)"], ["list", "--query", "nothing(@)"], ["create", "--title", "A", "--trigger", "events/Rsvp", "--points", "1", "--tier", f"{SITE}=1", "--tier", f"{SITE}=2"],
        ["update", PURCHASE, "--points", "1", "--query", "nothing(@)"],
    ):  # fmt: skip
        yield Case([*sandbox, *argv])
    yield Case(["sandbox", "serve", b"--host", b"\xff"])
    yield Case(["sandbox", "serve", "--host", ""])
    yield Case(["sandbox", "serve", "--fault", f"lost*{'9' * 5000}"])
    yield Case(["config", "set", "profile", "nobody"], codes=(3,))
    yield Case(["auth", "login", "--api-key-stdin", "--site-id", SITE, "--account-id", SITE], KEY.encode())
    for text in HOSTILE_TEXTS[::3]:
        printable = (
            text.encode("utf-8", "surrogateescape")
            if not any(0xD800 <= ord(c) < 0xDC80 or (ord(c) > 0xDCFF and ord(c) < 0xE000) for c in text)
            else b"x"
        )
        yield Case([*sandbox, "get", b"--", printable.replace(b"\0", b"")])


def wrong_files() -> Iterator[Case]:
    """Yield files on stdin with no rule, half a rule, or a decompression bomb."""
    texts: list[bytes] = [
        b"", b" ", b"\n\n", b"hello", b"5", b"null", b'"x"', b"true", b"[", b"{", b"{}", b"[[]]", b"[5]", b"[null]", b'{"a":1', b'{"a":1,}', b"{'a':1}", b'{"title":"A","title":"B"}', b'{"title":NaN}', b'{"points":1e999}',
        b'{"points":' + b"9" * 50 + b"}", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe{\0}\0", b"\xef\xbb\xbf", b'{"title":"\xe9"}', b'"\0"', b"\x1f\x8b\x08\0", b"PK\x03\x04", b"\x28\xb5\x2f\xfd",
        b"a: &x [1]\nb: *x", b"a: !!python/object/apply:os.system [id]", b"a: 1\na: 2", b"- a\nb: c", b"a: [", b"? [x]\n: y", b"a: *nobody", b"%YAML 9\n---\na", b"a: 1\n---\nb: 2", b"- " * 10_000, b"title,points\nA", b"title;points\nA;1",
        b"title,,x\n1,2,3", b"title,title\n1,2", b'title\n"A', b"title\tpoints\nA\t1\t2", b"title,trigger,points\nA,events/Rsvp,x", b'{"earningRules": 5}', b'{"earningRule": []}', b'{"earningRules": [5]}', b'{"earningRule": {"earningRule": {}}}', b"<html></html>", b"\x89PNG\r\n", b"%PDF-1.7", b'- title: "\\UFFFFFFFF"', b'"' + b'\\"' * 1_000_000,
    ]  # fmt: skip
    changes: list[dict[str, Any]] = [
        {"title": ""}, {"title": None}, {"title": 5}, {"title": []}, {"title": "x" * 51}, {"title": "\ud800"}, {"trigger": ""}, {"trigger": 5}, {"trigger": "x"}, {"trigger": "restaurants-order-is-pending"}, {"points": -1}, {"points": 1.5}, {"points": "x"}, {"points": True}, {"points": []}, {"points": 10**18},
        {"per": 1}, {"per": 0}, {"tiers": 5}, {"tiers": "x"}, {"tiers": [{}]}, {"tiers": f"{SITE}=1 {SITE.upper()}=2"}, {"status": "active"}, {"status": 1}, {"sourceAppId": "x"}, {"sourceAppId": NO_RULE}, {"triggerAppId": NO_RULE}, {"fixedAmount": {}}, {"conversionRate": 5}, {"pointss": 1}, {"tittle": "x"}, {"unheard": "\ud800"}, {"revision": 1.5},
    ]  # fmt: skip
    texts += [json.dumps({**GOOD, **change}).encode() for change in changes]
    arms: list[Any] = [
        5, [], {}, {"configs": 5}, {"configs": []}, {"configs": [5]}, {"configs": [{}]}, {"configs": [{"points": -1}]}, {"configs": [{"points": 1}, {"points": 2}]}, {"configs": [{"points": 1, "tierId": "x"}]}, {"configs": [{"points": 1, "tierId": 5}]}, {"configs": [{"points": 1, "moneyAmount": 1}]}, {"configs": [{"points": 1}] * 30},
    ]  # fmt: skip
    texts += [
        json.dumps({"title": "A", "trigger": "events/Rsvp", "fixedAmount": arm}).encode() for arm in arms
    ]
    for text in texts:
        for command in (["create"], ["bulk-create"]):
            # An object without rules in it is no list, and a list of none is nothing to do.
            yield Case(["-p", "sandbox", "rules", *command, "-f", "-"], text, codes=(6,))
        if b"[[]]" not in text:
            yield Case(
                ["-p", "sandbox", "rules", "update", PURCHASE, "-f", "-"],
                text,
                codes=(0,) if text in EMPTY else (2, 6),
            )


def wrong_environments() -> Iterator[Case]:
    """Yield variables with invalid values."""
    credentials = {
        "LOYALTYCTL_API_KEY": KEY,
        "LOYALTYCTL_SITE_ID": SITE,
        "LOYALTYCTL_BASE_URL": "http://127.0.0.1:1",
        "LOYALTYCTL_RETRIES": "0",
    }
    for name, value, codes in (
        ("LOYALTYCTL_OUTPUT", "xml", (2,)), ("LOYALTYCTL_TIMEOUT", "x", (2,)), ("LOYALTYCTL_TIMEOUT", "0", (2,)), ("LOYALTYCTL_RETRIES", "-1", (2,)), ("LOYALTYCTL_SITE_ID", "x", (2,)), ("LOYALTYCTL_SITE_ID", f"{SITE}\n", (2,)), ("LOYALTYCTL_ACCOUNT_ID", NO_RULE, (2,)),
        ("LOYALTYCTL_BASE_URL", "x", (2,)), ("LOYALTYCTL_BASE_URL", "http://example.com", (2,)), ("LOYALTYCTL_BASE_URL", "https://u:p@x", (2,)), ("LOYALTYCTL_BASE_URL", "file:///etc/passwd", (2,)), ("LOYALTYCTL_PROFILE", "a b", (2,)), ("LOYALTYCTL_PROFILE", "x" * 1000, (2,)),
        ("LOYALTYCTL_API_KEY", "a b", (6,)), ("LOYALTYCTL_API_KEY", "a\nb", (6,)), ("LOYALTYCTL_API_KEY", "ümlaut", (6,)), ("LOYALTYCTL_API_KEY", "\x1b[2J", (6,)), ("LOYALTYCTL_CONFIG_DIR", "/dev/null", (7,)), ("LOYALTYCTL_CONFIG_DIR", "/proc/nothing", (7,)), ("LOYALTYCTL_DATA_DIR", "/dev/null", (7,)),
        ("LOYALTYCTL_API_KEY", "fine", (7,)),
    ):  # fmt: skip
        yield Case(["rules", "list"], env={**credentials, name: value}, codes=codes)
    for partial in (
        {"LOYALTYCTL_APP_ID": "x"},
        {"LOYALTYCTL_APP_SECRET": "x"},
        {"LOYALTYCTL_INSTANCE_ID": "x"},
        {"LOYALTYCTL_API_KEY_FILE": "/nothing"},
    ):
        yield Case(["rules", "list"], env=partial)
    yield Case(["rules", "list"], env={"LOYALTYCTL_API_KEY": KEY})
    for surroundings in (
        {"SSL_CERT_FILE": "/nothing"},
        {"SSL_CERT_FILE": "/etc/passwd"},
        {"HTTPS_PROXY": "ftp://x"},
        {"ALL_PROXY": "socks5://127.0.0.1:1"},
    ):
        yield Case(
            ["rules", "list"],
            env={**credentials, **surroundings, "LOYALTYCTL_BASE_URL": "https://127.0.0.1:1"},
        )
    for host in ("a..b", ".", "...", f"{'x' * 64}.com", "xn--a", "xn--zzzzzzzz99999"):
        yield Case(["rules", "list"], env={**credentials, "LOYALTYCTL_BASE_URL": f"https://{host}"})
    yield Case(["-p", "sandbox", "rules", "get", "x"], env={"COLUMNS": "9" * 5000})
    yield Case(["-p", "sandbox", "rules", "list"], env={"LOYALTYCTL_DATA_DIR": "/dev/null"}, codes=(1,))
    yield Case(["config", "set", "output", "json"], env={"LOYALTYCTL_CONFIG_DIR": "/dev/null"}, codes=(1,))


FAMILIES = {
    "options": wrong_options,
    "arguments": wrong_arguments,
    "files": wrong_files,
    "environments": wrong_environments,
}


def test_there_are_at_least_five_hundred_cases() -> None:
    assert sum(len(list(family())) for family in FAMILIES.values()) >= 500


@pytest.mark.parametrize("family", FAMILIES)
def test_bad_input_ends_with_one_error(family: str, environ: dict[str, str], home: Home) -> None:
    del home
    cases = sample([*FAMILIES[family]()], least=20)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [
            complaint for complaint in pool.map(lambda case: _problem(case, environ), cases) if complaint
        ]

    assert not complaints, "\n".join(complaints)


def _problem(case: Case, environ: dict[str, str]) -> str:
    """Return the problems in the output of a case; empty if there are none."""
    ended = subprocess.run(
        [sys.executable, "-m", "loyaltyctl", *case.argv], input=case.stdin, capture_output=True, env={**environ, **case.env}, timeout=60, check=False
    )  # fmt: skip
    err = ended.stderr.decode(errors="replace")
    wrong = [
        f"exit {ended.returncode}" if ended.returncode not in case.codes else "",
        "undocumented exit code" if ended.returncode not in [*ExitCode] else "",
        "traceback" if "Traceback" in err or "defect" in err else "",
        "says nothing" if not err.strip() and ended.returncode else "",
        "output" if ended.stdout and ended.returncode else "",
        "escape" if "\x1b" in err else "",
        "very long" if len(err) > 20_000 else "",
    ]
    problem = "; ".join(filter(None, wrong))
    return f"{problem}: {str(case)[:300]} → {err[:300]}" if problem else ""
