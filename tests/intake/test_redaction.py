"""Redaction of keys and tokens; ids, times and words stay readable."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.intake.redaction import masked_if_secret, redacted, redacted_url, secrets_in, without_login
from tests.conftest import KEY, SITE

KEYS = st.from_regex(r"(IST\.|eyJ)[A-Za-z0-9_-]{12,80}(\.[A-Za-z0-9_-]{8,40}){0,2}", fullmatch=True)


@given(st.text(alphabet="abc xyz:,\"'(=/", max_size=20), KEYS, st.text(alphabet=" ,\"')/:", max_size=5))
def test_a_key_is_redacted_anywhere_in_a_text(before: str, key: str, after: str) -> None:
    shown = redacted(f"{before} {key}{after}")

    assert key not in shown
    assert key[6:] not in shown
    assert shown.startswith(before)


@pytest.mark.parametrize("end", ["\n", "\\n", "\\r\\n", " "])
@pytest.mark.parametrize("label", ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_a_private_key_is_redacted_and_a_public_one_is_not(label: str, end: str) -> None:
    key = end.join((f"-----BEGIN {label}-----", "MIIEvQIBADANBgkq", "c0mpl/ete+==", f"-----END {label}-----"))

    assert redacted(f'got "{key}", and more') == f'got "-----BEGIN {label}-----…", and more'
    assert redacted(f"x={key[:54]}") == f"x=-----BEGIN {label}-----…"
    public = key.replace(label, "PUBLIC KEY")
    assert redacted(public) == public


@pytest.mark.parametrize(
    "text",
    ["the list. Then", "exist.something", "", "eyJ", "IST.", "Ist. es", "OrderConfirmed", f"site {SITE}"],
)
def test_ordinary_text_is_not_redacted(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text", ["x", "soon", "JSON", SITE[:-1], f"{SITE}0", SITE.replace("a", "g"), "two short words"]
)
def test_a_typo_stays_readable(text: str) -> None:
    assert masked_if_secret(text) == text


@pytest.mark.parametrize("text", [KEY, KEY.lower(), "c4n4ry-0123456789abcdef", "a" * 64, f"x {KEY}", "0123456789abcdef0123456789abcdef", "-----BEGIN PRIVATE KEY-----"])  # fmt: skip
def test_a_value_that_may_be_a_secret_is_masked(text: str) -> None:
    assert masked_if_secret(text) == f"{text[:4]}…"


@given(KEYS, st.sampled_from(["key", "q", "api_key", "Access-Token", "a%6bey", "x[]"]))
def test_no_value_of_a_query_shows_a_key(key: str, name: str) -> None:
    for value in (key, quote(key, safe=""), f"Bearer%20{key}"):
        shown = redacted_url(f"https://x.example/a?first=1&{name}={value}&last=2")
        assert key[6:] not in shown
        assert shown.startswith("https://x.example/a?first=1&")
        assert shown.endswith("&last=2")
    assert key in secrets_in(f"/a?{name}={key}")


@pytest.mark.parametrize("url", ["/a", "/a?", "/a?revision=12", f"/a?id={SITE}", "/a?since=2026-11-21T08%3A00%3A00Z", "/a?triggerActivityType=events%2FOrderConfirmed", "/a?x&y=", "/a?a=b=c"])  # fmt: skip
def test_a_query_without_secrets_is_not_redacted(url: str) -> None:
    assert redacted_url(url) == url
    assert secrets_in(url) == []


@pytest.mark.parametrize("name", ["token", "apiKey", "PASSWORD", "client_secret", "sig", "X-Wix-Signature"])
def test_a_short_value_with_the_name_of_a_secret_is_redacted(name: str) -> None:
    assert redacted_url(f"/a?{name}=abc") == f"/a?{name}=…"


def test_a_login_is_removed_and_nothing_else() -> None:
    assert without_login("https://me:p@w@a.example:1/x?y=z@b") == "https://a.example:1/x?y=z@b"
    assert without_login("https://a.example/x@y") == "https://a.example/x@y"
