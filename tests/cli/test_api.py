"""`loyaltyctl api`: any request, to the configured server only."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.intake.documents import parse
from loyaltyctl.intake.exact_numbers import check_exact_numbers
from tests.conftest import KEY, NO_RULE, PURCHASE, RSVP, SESSION, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

RULES = "/_api/loyalty-earning-rules/v1/earning-rules"
RULE = '{"earningRule": {"title": "A ticket", "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df", "triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351", "triggerActivityType": "events/Rsvp", "status": "ACTIVE", "fixedAmount": {"configs": [{"points": 7}]}}}'


class TestCalls:
    """Every HTTP method, in the sandbox and over a socket."""

    def test_the_response_is_printed_as_json(self, run: Run, served: Served) -> None:
        here = run(f"-p sandbox api GET {RULES}/rules")
        there = run(f"api get {RULES}/rules?triggerActivityType=events%2FRsvp", env=served.environ)

        assert len(here.json()["earningRules"]) == 7
        assert [rule["id"] for rule in there.json()["earningRules"]] == [RSVP]
        assert there.sent[0].url == f"{served.url}{RULES}/rules?triggerActivityType=events%2FRsvp"
        assert there.sent[0].headers["Authorization"] == "…6789"

    def test_a_rule_is_created_updated_and_deleted(self, run: Run, served: Served) -> None:
        made = run(f"api post {RULES} -f -", stdin=RULE, env=served.environ).json()["earningRule"]
        change = '{"earningRule": {"revision": "1", "title": "Two tickets"}}'
        changed = run(f"api PUT {RULES}/{made['id']} -f -", stdin=change, env=served.environ).json()
        gone = run(f"api Delete {RULES}/{made['id']}?revision=2 -y", env=served.environ)

        assert changed["earningRule"]["revision"] == "2"
        assert gone.json() == {}
        missing = run(f"api GET {RULES}/{made['id']} --json", env=served.environ, code=3)
        assert missing.error()["httpStatus"] == 404

    def test_changes_are_in_the_history(self, run: Run, served: Served) -> None:
        made = run(f"api POST {RULES} -f -", stdin=RULE, env=served.environ).json()["earningRule"]
        run(f"api DELETE {RULES}/{made['id']}?revision=1&token=not-told -y", env=served.environ)
        run(f"api GET {RULES}/rules", env=served.environ)
        deleted, created = run("rules history --json").json()

        assert [one["command"] for one in (deleted, created)] == ["api", "api"]
        assert created["site"] == SITE
        assert created["changes"][0]["action"] == "create"
        assert created["changes"][0]["id"] == made["id"]
        assert created["changes"][0]["title"] == f"POST {RULES}"
        assert deleted["changes"][0]["title"] == f"DELETE {RULES}/{made['id']}"
        assert deleted["changes"][0]["requestIds"]

    def test_errors_are_those_of_other_commands(self, run: Run, served: Served) -> None:
        conflict = '{"earningRule": {"revision": "9", "title": "B"}}'

        assert (
            "409 INVALID_REVISION"
            in run(f"api PUT {RULES}/{PURCHASE} -f -", stdin=conflict, env=served.environ, code=5).err
        )
        assert "(400 " in run(f"api POST {RULES} -f -", stdin='{"a": 1}', env=served.environ, code=6).err
        assert (
            "(405 " in run(f"api PATCH {RULES}/{PURCHASE} -f -", stdin="{}", env=served.environ, code=1).err
        )
        assert "(404 " in run("api GET /elsewhere", env=served.environ, code=3).err
        assert (
            run(f"api GET {RULES}/rules", env={**served.environ, "LOYALTYCTL_API_KEY": "wrong"}, code=4).out
            == ""
        )
        run(f"api GET {RULES}/rules", code=4)

    @pytest.mark.parametrize("line", ["TRACE /x", "CONNECT /x", "GET", "", "/x GET"])
    def test_other_methods_are_refused(self, line: str, run: Run) -> None:
        assert run(f"-p sandbox api {line}", code=2).sent == []


class TestResponses:
    """Responses with any JSON."""

    @pytest.mark.parametrize(("body", "json_", "tsv", "table"), [
        ('{"a":1,"b":[true]}', '{"a":1,"b":[true]}\n', "1\t[true]\n", "A  1\nB  [true]\n"), ("[1,null]", "[1,null]\n", "1\n\n", "VALUE\n1\n\n"),
        ('[{"a":1},{"b":2}]', '[{"a":1},{"b":2}]\n', "1\t\n\t2\n", "A  B\n1\n   2\n"), ('"text"', '"text"\n', "text\n", "VALUE\ntext\n"), ("7.50", "7.5\n", "7.5\n", "VALUE\n7.5\n"),
        ("[]", "[]\n", "", ""), ("{}", "{}\n", "{}\n", "VALUE\n{}\n"), ("[{},1]", "[{},1]\n", "{}\n1\n", "VALUE\n{}\n1\n"),
    ])  # fmt: skip
    def test_a_response_is_shown_in_every_format(  # noqa: PLR0913, PLR0917 - one case of the table
        self, body: str, json_: str, tsv: str, table: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        env = serve(f"body={body}").environ
        line = f"api GET {RULES}/rules"

        assert run(line, env=env).out == run(f"{line} --json", env=env).out == json_
        assert run(f"{line} -o tsv", env=env).out == tsv
        assert run(f"{line} -o table", env=env).out == table
        for name in ("yaml", "csv", "jsonl", "id"):
            run(f"{line} -o {name}", env=env)

    def test_fields_may_be_selected(self, run: Run) -> None:
        line = f"-p sandbox api GET {RULES}/{PURCHASE}"

        assert run(f"{line} --query earningRule.title").out == "Purchase a product\n"
        assert run(f"{line} --fields earningRule.id --json").json() == {"earningRule": {"id": PURCHASE}}
        assert run(f"{line} --fields nothing", code=2).out == ""

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_an_empty_response_prints_nothing(
        self, method: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve("empty")

        assert run(f"api {method} {RULES}/{SESSION}?revision=1 -y --json", env=served.environ).out == ""

    def test_after_a_change_an_unknown_field_is_not_a_usage_error(self, run: Run, served: Served) -> None:
        done = run(f"api POST {RULES} -f - --fields nope", stdin=RULE, env=served.environ, code=1)

        assert done.json()["earningRule"]["title"] == "A ticket"
        assert "it is done" in done.err

    @pytest.mark.parametrize(
        "fault", ["redirect=https://elsewhere.example/", "redirect=//elsewhere.example", "redirect=/other"]
    )
    def test_redirects_are_not_followed(self, fault: str, run: Run, serve: Callable[..., Served]) -> None:
        refused = run(f"api GET {RULES}/rules", env=serve(fault).environ, code=1)

        assert "redirects are never followed" in refused.err
        assert len(refused.sent) == 1

    def test_hostile_text_is_harmless(self, run: Run, serve: Callable[..., Served]) -> None:
        body = json.dumps({"\x1b[2J": "\x1b]0;x\x07\u202e"})
        served = serve(f"body={body}")

        for name in ("json", "table", "tsv", "csv", "yaml", "id", "jsonl"):
            out = run(f"api GET {RULES}/rules -o {name}", env=served.environ).out
            assert "\x1b" not in out
            assert "\u202e" not in out


class TestLostResponses:
    """A write whose response was lost is reported as unknown, and is not sent again."""

    @pytest.mark.parametrize(("method", "fault", "look"), [
        ("POST", "lost", "Look at the site. "), ("PUT", "lost", "loyaltyctl api GET"), ("PUT", "html", "loyaltyctl api GET"), ("POST", "502-after", "Look at the site. "),
        ("PUT", "500-after", "loyaltyctl api GET"),
    ])  # fmt: skip
    def test_a_lost_write_ends_with_8_and_a_hint_how_to_find_its_outcome(
        self, method: str, fault: str, look: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        path = RULES if method == "POST" else f"{RULES}/{PURCHASE}"
        lost = run(
            f"api {method} {path} -f -",
            stdin=RULE.replace("{", '{"revision": "1", ', 2).replace('{"revision": "1", ', "{", 1),
            env=serve(fault).environ,
            code=8,
        )

        assert len(lost.sent) == 1
        assert "it is not known whether this took effect" in lost.err
        assert look in lost.err

    def test_a_lost_delete_is_retried(self, run: Run, serve: Callable[..., Served]) -> None:
        served = serve("lost@delete*1")
        gone = run(f"api DELETE {RULES}/{SESSION}?revision=1 -y", env=served.environ)

        assert [sent.method for sent in gone.sent] == ["DELETE", "DELETE"]

    def test_a_lost_read_is_retried(self, run: Run, serve: Callable[..., Served]) -> None:
        assert len(run(f"api GET {RULES}/rules", env=serve("500*1").environ).sent) == 2


class TestPaths:
    """Credentials are sent to the configured server only."""

    @pytest.mark.parametrize("path", [
        "https://elsewhere.example/x", "http://127.0.0.1/x", "//elsewhere.example/x", "/x//y", "elsewhere.example", "x", "", "@elsewhere.example/", ":8080/x", "?x=1", "#x",
        "/x#y", "/../x", "/x/..", "/x/../y", "/./x", "/x/.", "/%2e%2e/x", "/x/%2E%2e", "/x/..%2f..", "/%252e%252e/x", "/%2f%2felsewhere.example", "/\\elsewhere.example", "\\\\x",
        "/x%5c..", "/x\ny", "/x\r\nHost: elsewhere.example", "/x\x00y", "/x%0d%0aHost:%20y", "/x%00", "/x y", "/\u2025/x", "/ü", "/x\x7f", "/x\u202e", "file:///etc/passwd",
    ])  # fmt: skip
    def test_a_path_that_may_lead_to_another_server_is_refused(
        self, path: str, run: Run, served: Served
    ) -> None:
        for line in (
            ["api", "GET", path],
            ["api", "DELETE", "-y", path],
            ["api", "POST", path, "-n"],
            ["api", "GET", path, "--curl"],
        ):
            refused = run(line, env=served.environ, code=2)
            assert refused.sent == []
            assert refused.out == ""
            assert "hint: Credentials are sent to the configured server only" in refused.err

    @pytest.mark.parametrize("path", ["https://me:secret@x/", "//me:secret@x"])
    def test_a_url_with_a_password_is_not_quoted(self, path: str, run: Run) -> None:
        assert "secret" not in run(["api", "GET", path], code=2).err

    @pytest.mark.parametrize("path", [
        "/x", "/", "/x?a=https://y&b=//z", "/x?a=../b", "/x%20y", "/x%2Fy", "/a.b/..c/d..", "/x:y@z;w=1,2", "/x?a=%0A", "/%C3%BC",
    ])  # fmt: skip
    def test_a_valid_path_is_sent_to_the_configured_server(self, path: str, run: Run, served: Served) -> None:
        sent = run(["api", "GET", path], env=served.environ, code=None).sent

        assert [one.url.startswith(f"{served.url}/") for one in sent] == [True]
        assert run(["api", "GET", path, "-n"], env=served.environ).out.startswith(f"GET {served.url}{path}\n")


class TestBodies:
    """The body is the JSON of the file."""

    def sent(self, run: Run, home: Home, name: str, text: str) -> str:
        (home.work / name).write_text(text)
        return run(f"-p sandbox api POST /x -f {name} --curl").out

    def test_numbers_are_those_of_the_file(self, run: Run, home: Home) -> None:
        text = '{"a":18446744073709551615,"b":0.1,"c":[{"d":-7.25},1e2],"e":"7.50","f":123456789.123456}'
        output = self.sent(run, home, "a.json", text)

        assert (
            '{"a":18446744073709551615,"b":0.1,"c":[{"d":-7.25},100.0],"e":"7.50","f":123456789.123456}'
            in output
        )

    def test_the_file_may_be_yaml(self, run: Run, home: Home) -> None:
        assert '{"a":{"b":[1,2.5,"no"]}}' in self.sent(run, home, "a.yaml", "a:\n  b: [1, 2.5, no]\n")

    @pytest.mark.parametrize(("name", "text", "where"), [
        ("a.json", '{"a":\n  12345678901234567.123}', "a.json line 2 column 3"), ("a.json", '{"a": [0.1, 0.12345678901234567890]}', "a.json line 1 column 13"),
        ("a.yaml", "a: 1\nb: 123456789012345.123456789012345", "a.yaml line 2 column 4"),
    ])  # fmt: skip
    def test_a_number_that_would_be_rounded_is_not_sent(
        self, name: str, text: str, where: str, run: Run, home: Home
    ) -> None:
        (home.work / name).write_text(text)
        refused = run(f"-p sandbox api POST /x -f {name}", code=6)

        assert refused.sent == []
        assert f"{where}: this number has more digits" in refused.err

    @pytest.mark.parametrize(("stdin", "code"), [
        ("[1]", 6), ("7", 6), ("null", 6), ("", 6), ("{", 6), ('{"a": 1, "a": 2}', 6), ('{"a": NaN}', 6), ('{"a": 1}\n{"a": 2}', 6), ("a,b\n1,2\n", 6), ('{"a": "\\ud800"}', 2),
    ])  # fmt: skip
    def test_a_body_that_is_not_an_object_is_refused(
        self, stdin: str, code: int, run: Run, served: Served
    ) -> None:
        assert run("api POST /x -f -", stdin=stdin, env=served.environ, code=code).sent == []

    def test_a_get_has_no_body(self, run: Run) -> None:
        assert "a GET has no body" in run("-p sandbox api GET /x -f -", stdin="{}", code=2).err

    def test_a_post_may_have_no_body(self, run: Run, served: Served) -> None:
        assert run(f"api POST {RULES}", env=served.environ, code=6).sent[0].body is None

    def test_a_file_without_fractions_is_exact(self) -> None:
        check_exact_numbers(parse(b'{"a": 1}', "a.json"), "")


class TestConfirmation:
    """A DELETE asks first; --dry-run and --curl show a request without sending it."""

    def test_a_delete_asks(self, run: Run, served: Served) -> None:
        refused = run(f"api DELETE {RULES}/{SESSION}", env=served.environ, code=2)

        assert f"Send DELETE {RULES}/{SESSION} for {SITE}?" in refused.err
        assert refused.sent == []

    def test_a_dry_run_sends_nothing(self, run: Run, served: Served) -> None:
        shown = run(f"api DELETE {RULES}/{NO_RULE}?revision=1 -n", env=served.environ)
        body = run(f"api PUT {RULES}/{NO_RULE} -f - --dry-run --json", stdin='{"a": 1}', env=served.environ)

        assert shown.sent == body.sent == []
        assert shown.out.splitlines()[0] == f"DELETE {served.url}{RULES}/{NO_RULE}?revision=1"
        assert body.json()[0]["body"] == {"a": 1}

    def test_curl_has_the_variable_of_the_key(self, run: Run, served: Served) -> None:
        output = run(f"api GET {RULES}/rules?a=1&b=2 --curl", env=served.environ).out

        assert '"Authorization: $LOYALTYCTL_API_KEY"' in output
        assert output.endswith(f"'{served.url}{RULES}/rules?a=1&b=2'\n")

    @pytest.mark.parametrize("path", ["/rules/[1-3]", "/rules/{a,b}", "/x?a=[]"])
    def test_curl_sends_one_request_for_every_path(self, path: str, run: Run) -> None:
        output = run(["-p", "sandbox", "api", "DELETE", path, "--curl"]).out

        assert output.startswith("curl -g -X DELETE ")
        assert output.endswith(f"{path}'\n")

    @pytest.mark.parametrize("mode", ["", "-v", "--debug", "-n", "--curl"])
    def test_no_secret_is_shown(self, mode: str, run: Run, served: Served) -> None:
        for line in (f"GET {RULES}/rules", f"PUT {RULES}/{PURCHASE} -f -", "GET /nowhere"):
            result = run(f"api {line} {mode}", stdin="{}", env=served.environ, code=None)
            assert not re.search(re.escape(KEY[4:-6]), result.out + result.err + repr(result.sent))
