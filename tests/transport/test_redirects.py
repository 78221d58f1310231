"""Targets of redirects, for messages."""

from __future__ import annotations

import pytest

from loyaltyctl.transport.redirects import redirect_target


@pytest.mark.parametrize(("location", "target"), [
    ("/other", "https://a.example:8443/other"), ("other?token=x#y", "https://a.example:8443/v1/other"), ("//b.example/x", "https://b.example/x"),
    ("http://me:pw@b.example:80/x?key=y", "http://b.example:80/x"), ("HTTP://B.example", "http://B.example"), ("http://[::1]:1/", "http://[::1]:1/"),
    ("javascript:alert(1)", None), ("http://a:port/", None), ("http://a:0/", None), ("http://[", None), ("http:///x", None), ("\x1b]0;x\x07", None),
    ("ftp://b.example/", None), (f"http://{'a' * 64}.example/", None),
])  # fmt: skip
def test_a_target_is_a_whole_url_without_what_may_be_secret(location: str, target: str | None) -> None:
    assert redirect_target("https://me:pw@a.example:8443/v1/rules?key=x", location) == target
