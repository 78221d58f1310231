"""`events verify`: a line per check up to the first failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.events.tokens import CHECKS, KEYED, headed, rewritten

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


def test_every_check_has_a_line(run: Run, sign: Callable[..., str]) -> None:
    token = sign("tier_deleted", "claims.iss=wix.com", "claims.aud=my-app", "claims.nbf=5")
    line = f"events verify - {KEYED} --issuer wix.com --audience my-app --require-exp --max-age 2h"

    rows = [row.split("\t") for row in run(line, stdin=token).out.splitlines()]
    document = run(f"{line} --json", stdin=token).json()

    assert [(row[0], row[1]) for row in rows] == [(name, "ok") for name in CHECKS]
    assert document == {
        "valid": True,
        "checks": [{"name": row[0], "ok": True, "detail": row[2]} for row in rows],
    }
    assert rows[4][2] == "wix.loyalty.v1.tier_deleted"
    assert rows[6][2] == "nbf is 1970-01-01T00:00:05Z"
    assert run(f"{line} -o id", stdin=token).out.split() == CHECKS


@pytest.mark.parametrize(
    ("changes", "options", "reason", "last"),
    [
        (("claims.exp=1700000000",), "", "EXPIRED", "expiry"),
        (("claims.exp=1700000000",), "--at 1700000000", "EXPIRED", "expiry"),
        (("claims.iat=1600000000", "claims.exp=1700000000"), "--at 1699999999", None, "age"),
        (("claims.iat=1600000000", "claims.exp=1700000000"), "--at 1700000009 --leeway 10s", None, "age"),
        (("claims.exp=1700000000",), "--at 1700000010 --leeway 10s", "EXPIRED", "expiry"),
        (("claims.iat=1600000000", "claims.exp=1700000000"), "--at 2023-11-14T22:13:19Z", None, "age"),
        (("claims={}",), "", None, "age"),
        (("claims={}",), "--require-exp", "NO_EXPIRY", "expiry"),
        (("claims={}",), "--max-age 2h", "TOO_OLD", "age"),
        (('claims={"exp":"soon"}',), "", "BAD_CLAIM", "expiry"),
        (("claims.exp=1700000000000",), "", "BAD_CLAIM", "expiry"),
        (('claims={"nbf":true}',), "", "BAD_CLAIM", "start"),
        (("claims.nbf=1700000000",), "--at 1699999999", "NOT_YET_VALID", "start"),
        (("claims.iat=1600000000", "claims.nbf=1700000000"), "--at 1699999999 --leeway 1s", None, "age"),
        (("claims.nbf=1700000000",), "", None, "age"),
        ((), "--issuer wix.com", "WRONG_ISSUER", "issuer"),
        (("claims.iss=wix.com",), "--issuer Wix.com", "WRONG_ISSUER", "issuer"),
        (("claims.iss=wix.com",), "--issuer wix.com", None, "age"),
        ((), "--audience app", "WRONG_AUDIENCE", "audience"),
        (('claims={"aud":["app","b"]}',), "--audience app", None, "age"),
        (('claims={"aud":["apple"]}',), "--audience app", "WRONG_AUDIENCE", "audience"),
        (("claims.aud=apple",), "--audience app", "WRONG_AUDIENCE", "audience"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1700000060", None, "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1700000061", "TOO_OLD", "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1699999940", None, "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1699999939", "NOT_YET_VALID", "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--at 1699999940", None, "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--at 1699999939", "NOT_YET_VALID", "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--at 1699999939 --leeway 61s", None, "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--at 1699999999 --leeway 0s", "NOT_YET_VALID", "age"),
        (("claims.exp=1700000000",), "--at 1699999999", "NOT_YET_VALID", "age"),
        (('claims={"jti":5}',), "", "BAD_CLAIM", "payload"),
        (('claims={"jti":"5"}',), "", None, "age"),
    ],
)  # fmt: skip
def test_each_claim_is_checked_as_required(  # noqa: PLR0913, PLR0917 - one case of the table
    changes: tuple[str, ...], options: str, reason: str | None, last: str, run: Run, sign: Callable[..., str]
) -> None:
    ended = run(
        f"events verify - {KEYED} {options} --json",
        stdin=sign("tier_updated", *changes),
        code=9 if reason else 0,
    )

    document = ended.json()
    assert (document["valid"], document.get("reason")) == (reason is None, reason)
    assert [check["name"] for check in document["checks"]] == CHECKS[: CHECKS.index(last) + 1]
    assert [check["ok"] for check in document["checks"]][-1] is (reason is None)
    if reason:
        assert (ended.error()["code"], ended.error()["exitCode"]) == (reason, 9)


def test_a_token_outside_its_time_gets_a_hint(run: Run, sign: Callable[..., str]) -> None:
    expired, early = sign("tier_updated", "claims.exp=1700000000"), sign("tier_updated", "claims={}")
    issued_later = sign("tier_updated", "claims.iat=4000000000", "claims.exp=4000000001")
    not_before = sign("tier_updated", "claims.nbf=4000000000")

    for command in ("verify", "decode"):
        for options in ("", "--json"):
            line = f"events {command} - {KEYED} {options}"
            assert "--at TIME" in run(line, stdin=expired, code=9).err
            for token in (issued_later, not_before):
                output = run(line, stdin=token, code=9).err
                assert "this machine's clock" in output
                assert "--leeway" in output
            assert "--leeway" not in run(line, stdin=early).err
            many = run(line, stdin=f"{early}\n{expired}\n{issued_later}", code=9).err
            assert "--at TIME" in many  # the hint of the first failure


@pytest.mark.parametrize("text", ["20500101", "2050", "0", "2030010112", "20500101120000", "1726488399000", "2050-01-01", "999999999d"])  # fmt: skip
def test_an_invalid_time_is_rejected_before_any_check(text: str, run: Run, sign: Callable[..., str]) -> None:
    token = sign("tier_updated", "claims.iat=1600000000", "claims.exp=1700000000")

    for line in ("verify - --at", "decode - --at", "decode - --since"):
        ended = run(f"events {line} {text} {KEYED} --json", stdin=token, code=2)
        assert "takes a time" in ended.error()["message"]
        assert ended.out == ""


def test_the_time_of_the_check_is_shown(run: Run, sign: Callable[..., str]) -> None:
    token = sign("tier_updated", "claims.iat=1600000000", "claims.exp=1700000000")

    for command in ("verify", "decode"):
        for text in ("1650000000", "2022-04-15T07:20:00+02:00"):
            for how in ("", "--json", "-o table"):
                ended = run(f"events {command} - {KEYED} --at {text} {how}", stdin=token)
                assert ended.err == "times are checked as of 2022-04-15T05:20:00.000Z\n"
    assert run(f"events verify - {KEYED} --at 1650000000 -q", stdin=token).err == ""
    ended = run(f"events decode - {KEYED} --at 1650000000 --since 1640995200", stdin=token)
    assert "events since 2022-01-01T00:00:00.000Z\n" in ended.err


@pytest.mark.parametrize(
    ("spoil", "reason", "last"),
    [
        (lambda token: token + "A" * 1_100_000, "TOO_LARGE", "size"),
        (lambda token: token.replace(".", "", 1), "MALFORMED", "form"),
        (lambda token: token + "=", "MALFORMED", "form"),
        (lambda token: headed(token, alg="none"), "ALGORITHM_NOT_ALLOWED", "header"),
        (lambda token: headed(token, alg="RS256", crit=["x"]), "BAD_HEADER", "header"),
        (lambda token: rewritten(token, iat=1), "BAD_SIGNATURE", "signature"),
        (lambda token: headed(token, alg="RS256"), "BAD_SIGNATURE", "signature"),
    ],
)
def test_the_first_check_that_fails_is_the_last_line(
    spoil: Callable[[str], str], reason: str, last: str, run: Run, sign: Callable[..., str]
) -> None:
    ended = run(f"events verify - {KEYED}", stdin=spoil(sign()), code=9)

    rows = [row.split("\t") for row in ended.out.splitlines()]
    assert [row[0] for row in rows] == CHECKS[: CHECKS.index(last) + 1]
    assert rows[-1][1] == f"FAILED {reason}"
    assert [row[1] for row in rows[:-1]] == ["ok"] * (len(rows) - 1)
    assert ended.err.startswith("error: the token is not trusted: ")


def test_each_of_several_tokens_has_a_verdict(run: Run, work: Path, sign: Callable[..., str]) -> None:
    good, bad = sign(), sign(key="other")
    for folder, token in (("a", good), ("b", bad)):
        (work / folder).mkdir()
        (work / folder / "t.jwt").write_text(token)
    (work / "t.jwt").write_text(good)

    for line in ("a/t.jwt b/t.jwt", "b/t.jwt a/t.jwt", "t.jwt b/t.jwt t.jwt"):
        verdicts = run(f"events verify {line} {KEYED} --json", code=9).json()
        assert [one["valid"] for one in verdicts] == [not name.startswith("b/") for name in line.split()]
    rows = run(f"events verify a/t.jwt b/t.jwt {KEYED}", code=9).out.splitlines()
    assert {row.split("\t")[0] for row in rows} == {"a/t.jwt line 1", "b/t.jwt line 1"}


def test_json_without_a_signature_is_not_valid(run: Run) -> None:
    ended = run(f"events verify - {KEYED} --json", stdin='{"entityFqdn":"a","slug":"b"}', code=9)

    assert ended.json() == {
        "valid": False,
        "reason": "MALFORMED",
        "checks": [{"name": "form", "ok": False, "detail": "this is JSON, not a token: it has no signature"}],
    }


def test_without_a_key_nothing_is_verified(run: Run, sign: Callable[..., str]) -> None:
    ended = run("events verify - --json", stdin=sign(), code=2)

    assert ended.out == ""
    assert "--public-key FILE" in ended.error()["hint"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("decode", "missing argument"),
        ("decode - -", "can be given only once"),
        ("decode nothing.jwt", 'cannot read "nothing.jwt"'),
        ("decode . ", 'cannot read "."'),
        ("decode - --at now", '--at takes a time, got "now"'),
        ("decode - --at 2026-01-01T00:00:00", "--at takes a time"),
        ("decode - --since tomorrow", "--since takes a time"),
        ("decode - --since 99999999999999999d", "--since takes a time"),
        ("decode - --max-age 5", "--max-age takes a duration"),
        ("decode - --leeway=-5s", "--leeway takes a duration"),
        ("decode - --type 'x y'", 'unknown event type "x y"'),
        ("decode - --type=", 'unknown event type ""'),
        ("sign --key test.pem --type AppInstalled", 'unknown event type "AppInstalled"'),
        ("send --key test.pem --to http://127.0.0.1:1 --type AppInstalled", 'unknown event type "AppInstalled"'),
        ("decode - --type coupon_created", "can be wix.loyalty.v1.coupon_created or wix.ecommerce"),
        ("decode - --handler wixLoyalty_onProgamUpdated", "did you mean wixLoyalty_onProgramUpdated?"),
        ("verify - --max-age 5", "--max-age takes a duration"),
        ("explain", "missing argument"),
        ("keygen", "missing option"),
        ("sign --type tier_updated", "missing option"),
        ("sign --key test.pem", "give either --type"),
        ("sign --key test.pem --type tier_updated -f x.json", "give either --type"),
        ("sign --key test.pem --type tier_updated --from-rule x", "--from-rule takes types of earning rule events only"),
        ("sign --key test.pem --type tier_updated --set entity.requiredPoints", "--set takes PATH=VALUE"),
        ("sign --key test.pem --type tier_updated --set entity.nothing=1", "has no field"),
        ("sign --key nothing.pem --type tier_updated", 'cannot read "nothing.pem"'),
        ("send --key test.pem --type tier_updated", "missing option"),
        ("send --key test.pem --type tier_updated --to localhost:3000", "invalid endpoint URL"),
        ("send --key test.pem --type tier_updated --to ftp://x/", "invalid endpoint URL"),
        ("send --key test.pem --type tier_updated --to http://127.0.0.1:1 --repeat 0", "0 is not in the range"),
        ("send --key test.pem --type tier_updated --to http://127.0.0.1:1 --dry-run", "no such option: --dry-run"),
        ("replay x.jwt --to http://127.0.0.1:1 --resign", "--resign and --key require each other"),
        ("replay x.jwt --to http://127.0.0.1:1 --key test.pem", "--resign and --key require each other"),
    ],
)  # fmt: skip
def test_invalid_arguments_are_usage_errors(line: str, message: str, run: Run) -> None:
    for how in ("", " --json"):
        ended = run(f"events {line}{how}", code=2)

        assert message.lower() in (ended.error()["message"] if how else ended.err).lower()
        assert ended.out == ""
