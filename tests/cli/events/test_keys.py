"""Public keys of events commands, and `events keygen`."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.tokens.keys import PrivateKey
from tests.cli.events.tokens import KEYED, Pair, rewritten
from tests.tokens.keys import parse_public

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


# The key that signatures are checked with


def test_a_key_is_taken_from_a_flag_the_environment_or_the_profile(
    run: Run, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    token = sign()
    ours, others = pairs["test"].public, pairs["other"].public

    def state(line: str = "", **env: str) -> str:
        named = {f"LOYALTYCTL_{name}": value for name, value in env.items()}
        return str(
            run(f"{line} events decode - --json", stdin=token, env=named, code=None).json()["signature"]
        )

    assert state() == "unchecked"
    assert state(PUBLIC_KEY=ours) == "verified"
    assert state(PUBLIC_KEY_FILE="test.pub.pem") == "verified"
    assert state(PUBLIC_KEY="", PUBLIC_KEY_FILE="") == "unchecked"
    assert state(PUBLIC_KEY=others) == "invalid"
    flagged = run(f"events decode - {KEYED} --json", stdin=token, env={"LOYALTYCTL_PUBLIC_KEY": others})
    assert flagged.json()["signature"] == "verified"
    run("-p shop config set public-key-file test.pub.pem")
    assert state() == "unchecked"
    assert state("-p shop") == "verified"
    assert state(PROFILE="shop") == "verified"
    assert state("-p shop", PUBLIC_KEY=others) == "verified"
    assert state(PROFILE="shop", PUBLIC_KEY=others) == "invalid"
    run("-p shop config unset public-key-file")
    run(["-p", "shop", "config", "set", "public-key", "--", others])
    assert state("-p shop") == "invalid"
    assert state("-p shop", PUBLIC_KEY_FILE="test.pub.pem") == "invalid"
    assert state(PROFILE="shop", PUBLIC_KEY_FILE="test.pub.pem") == "verified"
    run("config set profile shop")
    assert state() == "invalid"


def test_a_stored_key_file_is_found_from_every_directory(run: Run, work: Path, sign: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    token = sign()
    run("-p shop config set public-key-file test.pub.pem")
    (work / "below").mkdir()
    monkeypatch.chdir(work / "below")

    assert run("-p shop events decode - --json", stdin=token).json()["signature"] == "verified"


def test_two_keys_of_equal_precedence_are_an_error(run: Run, pairs: dict[str, Pair]) -> None:
    both = {"LOYALTYCTL_PUBLIC_KEY": pairs["test"].public, "LOYALTYCTL_PUBLIC_KEY_FILE": "test.pub.pem"}

    ended = run("events decode - --json", stdin="a.b.c", env=both, code=2)

    assert "both a public key and a file with one are given" in ended.error()["message"]


@pytest.mark.parametrize("shape", ["pem", "one line", "base64 of the PEM", "DER", "quotes", "spaces"])
def test_a_key_is_read_in_every_format(
    shape: str, run: Run, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    public = pairs["test"].public
    spelled = {
        "pem": public,
        "one line": public.replace("\n", "\\n"),
        "base64 of the PEM": b64encode(public.encode()).decode(),
        "DER": "".join(public.splitlines()[1:-1]),
        "quotes": f'"{public}"',
        "spaces": f"\n\n  {public}\n\n",
    }[shape]

    ended = run("events verify - --json", stdin=sign(), env={"LOYALTYCTL_PUBLIC_KEY": spelled})

    assert ended.json()["valid"] is True


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("hello", "is not a key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be read as a public key"),
        ("{private}", "is a private key"),
        ("{private}{public}", "is a private key"),
        ("{public}{private}", "is a private key"),
        ("-----BEGIN PUBLIC KEY-----\n" * 17, "holds more than 16 keys"),
    ],
)
def test_an_invalid_key_is_rejected_before_any_check(
    content: str, message: str, run: Run, work: Path, pairs: dict[str, Pair]
) -> None:
    (work / "wrong.pem").write_text(content.format(**pairs["test"]._asdict()))

    for line in ("events decode - --public-key wrong.pem", "events verify - --public-key wrong.pem"):
        ended = run(line, stdin="a.b.c", code=6)
        assert f"wrong.pem {message}" in ended.err
        assert ended.out == ""
    missing = run("events decode - --public-key nothing.pem", stdin="a.b.c", code=2)
    assert 'cannot read "nothing.pem"' in missing.err


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_pasted_key_is_stored_without_its_quotes(
    quote: str, run: Run, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    public = pairs["test"].public
    for spelled in (public, public.replace("\n", "\\n"), b64encode(public.encode()).decode()):
        run(["-p", "shop", "config", "set", "public-key", "--", f"{quote}{spelled}{quote}"])
        assert quote not in run("-p shop config get public-key").out
        assert run("-p shop events decode - --json", stdin=sign()).json()["signature"] == "verified"


# Several keys


def several(pairs: dict[str, Pair], work: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Options and environments that give both public keys."""
    both = "".join(pair.public for pair in pairs.values())
    (work / "both.pem").write_text(both)
    return {
        "the option twice": (["--public-key", "test.pub.pem", "--public-key", "other.pub.pem"], {}),
        "the other order": (["--public-key", "other.pub.pem", "--public-key", "test.pub.pem"], {}),
        "one file": (["--public-key", "both.pem"], {}),
        "a variable": ([], {"LOYALTYCTL_PUBLIC_KEY": both}),
        "a file of a variable": ([], {"LOYALTYCTL_PUBLIC_KEY_FILE": "both.pem"}),
        "one of them twice": (["--public-key", "both.pem", "--public-key", "other.pub.pem"], {}),
    }


def test_each_token_is_checked_with_every_key_and_the_signer_is_shown(
    run: Run, work: Path, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    tokens = "\n".join((sign(), sign(key="other"), sign(), rewritten(sign(), iat=1)))
    prints = [parse_public(pairs[name].public, "it").fingerprint for name in ("test", "other")]
    for options, env in several(pairs, work).values():
        line = ["events", "decode", "-", *options, "--json"]
        read = run(line, stdin=tokens, env=env, code=9).json()
        assert [one["signature"] for one in read] == ["verified", "verified", "verified", "invalid"]
        assert [one["key"]["fingerprint"] for one in read[:3]] == [prints[0], prints[1], prints[0]]
        assert "key" not in read[3]

        checks = run(["events", "verify", "-", *options], stdin=tokens, env=env, code=9).out
        details = [row.split("\t")[3] for row in checks.splitlines() if "\tsignature\t" in row]
        for detail, print_ in zip(details, [prints[0], prints[1], prints[0]], strict=False):
            assert print_ in detail
        assert details[3] == "the signature does not match any of these keys"
    shown = run("events decode - --public-key test.pub.pem --public-key other.pub.pem -o table", stdin=sign(key="other"))  # fmt: skip
    assert f"other.pub.pem ({prints[1]})" in shown.out


def test_a_single_key_is_not_shown(run: Run, sign: Callable[..., str]) -> None:
    twice = "--public-key test.pub.pem --public-key test.pub.pem"
    for keys in (KEYED, twice):
        assert "key" not in run(f"events decode - {keys} --json", stdin=sign()).json()
        assert "of this key" in run(f"events verify - {keys}", stdin=sign()).out


def test_one_invalid_key_is_an_error(run: Run, work: Path, sign: Callable[..., str]) -> None:
    (work / "wrong.pem").write_text("hello")

    ended = run(f"events decode - {KEYED} --public-key wrong.pem", stdin=sign(), code=6)
    assert "wrong.pem is not a key" in ended.err
    assert run(f"events decode x {KEYED} --public-key nothing.pem", code=2).out == ""
    assert run("events decode x --public-key - --public-key -", code=2).out == ""


# keygen


def test_keygen_generates_a_matching_pair(run: Run, work: Path) -> None:
    ended = run("events keygen --out made --json")

    assert ended.json() == {"private": "made.pem", "public": "made.pub.pem"}
    modes = [stat.S_IMODE((work / name).stat().st_mode) for name in ("made.pem", "made.pub.pem")]
    assert modes == [0o600, 0o644]
    token = run("events sign --type tier_created --key made.pem").out
    assert run("events verify - --public-key made.pub.pem --json", stdin=token).json()["valid"] is True
    assert PrivateKey.parse((work / "made.pem").read_text(), "it").rsa.key_size == 2048
    assert parse_public((work / "made.pub.pem").read_text(), "it").rsa.public_numbers().e == 65537


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_private_key_is_readable_by_its_owner_only(umask: int, run: Run, work: Path) -> None:
    before = os.umask(umask)
    try:
        run("events keygen --out made")
    finally:
        os.umask(before)

    assert stat.S_IMODE((work / "made.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("there", ["made.pem", "made.pub.pem"])
@pytest.mark.parametrize("how", ["file", "link", "loose link", "folder"])
def test_keygen_overwrites_nothing_and_follows_no_link(there: str, how: str, run: Run, work: Path) -> None:
    (work / "precious").write_text("precious")
    match how:
        case "file":
            (work / there).write_text("precious")
        case "link":
            (work / there).symlink_to("precious")
        case "loose link":
            (work / there).symlink_to("elsewhere")
        case _:
            (work / there).mkdir()

    ended = run("events keygen --out made --json", code=5)

    assert f"{there} already exists" in ended.error()["message"]
    assert ended.error()["code"] == "EXISTS"
    assert (work / "precious").read_text() == "precious"
    assert not (work / "elsewhere").exists()
    assert [path.name for path in work.glob("made*")] == [there]


def test_a_missing_directory_is_an_error(run: Run) -> None:
    assert "no/such.pem" in run("events keygen --out no/such", code=1).err
