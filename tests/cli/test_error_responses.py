"""Responses that are not the API's, or that need a step before: each error names its cause."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.client import Client
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.session import Session
from loyaltyctl.errors import Incomplete
from loyaltyctl.serving.server import Server
from tests.conftest import KEY, NO_RULE, PURCHASE, SITE, FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.conftest import Result, Run

JSON = "application/json"
HTML = "text/html; charset=utf-8"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in &amp; go\n on</title></head></html>"


class OneResponse:
    """An application with one response to every request, and the methods of its requests."""

    def __init__(self, status: str, body: bytes, type_: str) -> None:
        self.methods: list[str] = []
        self._status = status
        self._body = body
        self._type = type_

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.methods.append(environ["REQUEST_METHOD"])
        start_response(self._status, [("Content-Type", self._type), ("Content-Length", str(len(self._body)))])
        return [self._body]


@contextmanager
def serving_one_response(
    status: str, body: bytes, type_: str = JSON
) -> Iterator[tuple[OneResponse, dict[str, str]]]:
    """Run a server with one response to every request; yield the application, and an environment with its URL."""
    app = OneResponse(status, body, type_)
    server = Server(app, "127.0.0.1", 0)
    with server.in_background():
        environ = {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": server.url}
        yield app, environ


def listed(run: Run, status: str, body: bytes, type_: str = JSON) -> Result:
    with serving_one_response(status, body, type_) as (_, environ):
        return run("rules list --retries 0 --json", env=environ, code=None)


class LostThenPage:
    """An application that loses its first response; the others are web pages with 404."""

    def __init__(self) -> None:
        self.methods: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.methods.append(environ["REQUEST_METHOD"])
        if len(self.methods) == 1:
            raise ConnectionResetError
        start_response("404 Not Found", [("Content-Type", HTML)])
        return [PAGE]


SEEN = b'{"message":"%s","details":{}}'
CODED = b'{"message":"%s","details":{"applicationError":{"code":"%s","description":"%s"}}}'
SITE_STEP = "loyaltyctl config set site-id ID"
INSTALL_STEP = "Install the Wix Loyalty Program app"


class TestMissingSteps:
    """Bodies seen in public bug reports: not allowed, with the step that is missing."""

    @pytest.mark.parametrize(("status", "body", "step"), [
        ("428 Precondition Required", SEEN % b"Loyalty program not installed", INSTALL_STEP),
        ("428 Precondition Required", SEEN % b"LOYALTY PROGRAM NOT INSTALLED.", INSTALL_STEP),
        ("428 Precondition Required", CODED % (b"", b"X", b"Loyalty program not installed"), INSTALL_STEP),
        ("428 Precondition Required", CODED % (b"no", b"MISSING_METASITE_ID", b""), SITE_STEP),
        ("428 Precondition Required", SEEN % b"MISSING_METASITE_ID", SITE_STEP),
        ("428 Precondition Required", b'{"message":"","code":"MISSING_METASITE_ID"}', SITE_STEP),
        ("401 Unauthorized", SEEN % b"No Metasite Context in identity", SITE_STEP),
        ("401 Unauthorized", SEEN % b"no metasite context", SITE_STEP),
    ])  # fmt: skip
    def test_a_missing_step_is_not_allowed_and_has_a_hint(
        self, status: str, body: bytes, step: str, run: Run
    ) -> None:
        ended = listed(run, status, body)

        assert (ended.code, ended.error()["exitCode"]) == (4, 4)
        assert step in ended.error()["hint"]
        assert ended.error()["httpStatus"] == int(status[:3])
        assert "expired" not in ended.error()["hint"]

    @pytest.mark.parametrize(("status", "body", "code"), [
        ("428 Precondition Required", CODED % (b"no", b"PRE_INSTALLED_RULE", b""), 6),
        ("428 Precondition Required", b"", 6),
        ("400 Bad Request", SEEN % b"Loyalty program not installed", 6),
        ("404 Not Found", SEEN % b"MISSING_METASITE_ID", 3),
    ])  # fmt: skip
    def test_other_errors_have_the_exit_code_of_their_status(
        self, status: str, body: bytes, code: int, run: Run
    ) -> None:
        ended = listed(run, status, body)

        assert ended.code == code
        assert INSTALL_STEP not in ended.err

    def test_a_refused_key_is_reported_as_refused(self, run: Run) -> None:
        ended = listed(run, "401 Unauthorized", SEEN % b"Unauthorized")

        assert ended.code == 4
        assert ended.error()["hint"].startswith("The key or token is wrong, expired or revoked. ")


class TestWebPages:
    """A web page changes the message of an error; exit codes and retries follow the status."""

    @pytest.mark.parametrize(("status", "code", "reason"), [
        ("200 OK", 7, "a web page answered, not the API"), ("400 Bad Request", 6, "a web page answered, not the API"),
        ("401 Unauthorized", 4, "a web page answered, not the API"), ("403 Forbidden", 4, "a web page answered, not the API"),
        ("404 Not Found", 3, "a web page answered, not the API"), ("409 Conflict", 5, "a web page answered, not the API"),
        ("418 I'm a teapot", 1, "a web page answered, not the API"), ("429 Too Many Requests", 7, "a web page answered, not the API"),
        ("428 Precondition Required", 6, "a web page answered, not the API"),
        ("500 Internal Server Error", 7, "a gateway answered, not the API"), ("502 Bad Gateway", 7, "a gateway answered, not the API"),
        ("503 Service Unavailable", 7, "a gateway answered, not the API"), ("530 Oh", 7, "a gateway answered, not the API"),
    ])  # fmt: skip
    def test_a_web_page_is_named_with_any_status(self, status: str, code: int, reason: str, run: Run) -> None:
        ended = listed(run, status, PAGE, HTML)

        assert ended.code == code
        assert f'{reason} ("Sign in & go on")' in ended.error()["message"]
        assert "loyaltyctl config get base-url --show-origin" in ended.error()["hint"]
        assert "key" not in ended.error()["hint"]

    @pytest.mark.parametrize(("body", "type_"), [
        (b"<html>", "application/octet-stream"), (b"\xef\xbb\xbf \r\n<HTML lang=x>", "text/plain"),
        (b"<!-- nginx --><!doctype HTML><body>", JSON), (b"<?xml version='1.0'?>\n<html xmlns='x'/>", ""),
        (b"<center>502 Bad Gateway</center>", HTML), (b"oops", "Text/HTML"), (b"<html>\xff\xfe", "application/xhtml+xml"),
        (b"<title>\x1b[31m" + b"x" * 9000, HTML),
    ])  # fmt: skip
    def test_a_web_page_is_recognized_by_its_type_or_its_beginning(
        self, body: bytes, type_: str, run: Run
    ) -> None:
        ended = listed(run, "502 Bad Gateway", body, type_)
        error = ended.error()

        assert "a gateway answered, not the API" in error["message"]
        assert len(error["message"]) < 300
        assert "\x1b" not in ended.err

    @pytest.mark.parametrize(("body", "type_"), [
        (b"", HTML), (b" \n", HTML), (b"Bad Gateway", "text/plain"), (b"<Error><Code>x</Code></Error>", "application/xml"),
        (b'{"message":"<html>"}', HTML), (b'"<html>"', JSON), (b"<htmlish>", JSON),
        (b"<!---->" * 570 + b"x", JSON), (b"<!-- <html>" * 90, JSON),
    ])  # fmt: skip
    def test_other_bodies_are_not_web_pages(self, body: bytes, type_: str, run: Run) -> None:
        assert "not the API" not in listed(run, "502 Bad Gateway", body, type_).error()["message"]

    @pytest.mark.parametrize(
        ("status", "tries"),
        [("404 Not Found", 1), ("403 Forbidden", 1), ("502 Bad Gateway", 3), ("429 X", 3)],
    )
    def test_retries_follow_the_status(self, status: str, tries: int, run: Run) -> None:
        with serving_one_response(status, PAGE, HTML) as (answers, environ):
            run("rules list", env=environ, code=None)

        assert len(answers.methods) == tries

    def test_a_page_with_404_does_not_prove_that_a_rule_is_deleted(self) -> None:
        client = Session(
            Exchange.in_process("http://127.0.0.1", lambda _: None, LostThenPage()),
            authorizer=Anonymous(),
            limiter=None,
            clock=FakeClock(),
            hooks=[],
            seconds=60,
            retries=2,
        )
        with pytest.raises(Incomplete, match="not known whether"):
            Client(client, FakeClock()).rules.delete(PURCHASE, "1")


class TestProxyLogin:
    """A 407 is a response of a proxy, never of the API."""

    @pytest.mark.parametrize(("body", "type_"), [(b"", JSON), (PAGE, HTML), (SEEN % b"no", JSON)])
    def test_a_407_names_the_proxy(self, body: bytes, type_: str, run: Run) -> None:
        ended = listed(run, "407 Proxy Authentication Required", body, type_)

        assert ended.code == 1
        assert "the proxy requires a name and a password (407)" in ended.error()["message"]
        assert "HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT" in ended.error()["hint"]


def test_a_response_with_another_rule_is_malformed(run: Run) -> None:
    body = json.dumps({"earningRule": {"id": NO_RULE, "title": "T", "status": "PAUSED", "revision": "2"}})
    with serving_one_response("200 OK", body.encode()) as (answers, environ):
        got = run(f"rules get {PURCHASE} --retries 0", env=environ, code=7)
        updated = run(f"rules update {PURCHASE} --title T --revision 1 --retries 0", env=environ, code=8)

    assert not got.out
    assert not updated.out
    for result in (got, updated):
        assert f'the response is about another rule, "{NO_RULE}"' in result.err
    assert answers.methods.count("PUT") == 1


@pytest.mark.parametrize("status", ["304 Not Modified", "308 Permanent Redirect"])
def test_a_redirect_without_an_address_is_reported(status: str, run: Run) -> None:
    assert f"answered {status[:3]}, a redirect without an address" in listed(run, status, b"").err


def test_a_write_with_an_unknown_outcome_is_in_the_history(run: Run) -> None:
    with serving_one_response("200 OK", b"[]") as (_, environ):
        run(f"rules update {PURCHASE} --title T --revision 1 --retries 0", env=environ, code=8)
        history = run("rules history --json", env=environ).json()

    assert history[0]["command"] == "rules update"
    assert [(step["id"], step["state"]) for step in history[0]["changes"]] == [(PURCHASE, "unknown")]
