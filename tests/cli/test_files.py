"""Rules as files: `rules validate`, `rules diff` and `schema`, against the sandbox and against other files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from tests.conftest import GOLD, KEY, NO_RULE, PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Result, Run, Served

DIFF = "-p sandbox rules diff"
SEEDED = 7
STORES = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
SITES = {"shop-a": "0d3c1f0e-9d3b-4c61-8a55-4a5f7c1d2e01", "shop-b": "0d3c1f0e-9d3b-4c61-8a55-4a5f7c1d2e02"}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

GOOD = """\
rules:
- title: Purchase a product
  trigger: stores/OrderPaid
  earn: 20 per 1
"""
BAD = """\
rules:
- title: ""
  trigger: stores/OrderPaid
  earn: 2 per 1
- title: B
  trigger: bookings/BookingConfirmed
  earn: nonsense
- trigger: events/Rsvp
  earn: 5 points
  statsu: PAUSED
"""
BAD_PLACES = [
    (2, 10, "title", "must not be empty"),
    (7, 9, "earn", 'must be "50 points" or "2 per 1", got "nonsense"'),
    (8, 3, "title", "is missing; a rule is known by its title and trigger, or by an id"),
    (10, 11, "statsu", "is not a field of a rule; did you mean status?"),
]


def put(home: Home, name: str, text: str) -> str:
    """Write a file, and return its name."""
    path = home.work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def actions(result: Result) -> dict[str, str]:
    """What is to be done, or was done, with each rule, by title."""
    return {change["title"]: change["action"] for change in result.json()["changes"]}


def findings(result: Result) -> list[tuple[str, int | None, int | None, str | None, str]]:
    return [
        (one["severity"], one["line"], one["column"], one["field"], one["message"])
        for one in result.json()["findings"]
    ]


@pytest.fixture
def shops(run: Run, serve: Callable[..., Served]) -> Served:
    """Two profiles, for two sites of one sandbox."""
    served = serve()
    for name, site in SITES.items():
        run(f"-p {name} auth login --api-key-stdin --site-id {site} --base-url {served.url}", stdin=KEY)
    return served


class TestValidating:
    """validate: everything that is wrong, each with its place, and nobody is asked."""

    def test_a_file_without_errors_is_zero(self, run: Run, home: Home) -> None:
        result = run(f"rules validate -f {put(home, 'r.yaml', GOOD)}")

        assert (result.out, result.err, result.sent) == ("", "r.yaml: no errors\n", [])
        assert run("rules validate -f r.yaml --json").json() == {"valid": True, "findings": []}

    def test_every_problem_is_listed_with_its_place(self, run: Run, home: Home) -> None:
        result = run(f"rules validate -f {put(home, 'bad.yaml', BAD)}", code=6)

        lines = [line.split("\t")[:3] for line in result.out.splitlines()]
        assert lines == [
            [f"bad.yaml:{line}:{column}", "error", f"{field}: {message}"]
            for line, column, field, message in BAD_PLACES
        ]
        assert result.err == "error: bad.yaml has 4 problems\n"

    def test_and_in_json_with_the_places_as_numbers(self, run: Run, home: Home) -> None:
        result = run(f"rules validate -f {put(home, 'bad.yaml', BAD)} --json", code=6)

        assert findings(result) == [("error", *place) for place in BAD_PLACES]
        assert {one["file"] for one in result.json()["findings"]} == {"bad.yaml"}
        assert result.json()["valid"] is False
        assert (result.error()["code"], result.error()["exitCode"]) == ("INVALID_DATA", 6)

    def test_one_that_cannot_be_read_hides_none_of_the_others(self, run: Run, home: Home) -> None:
        put(home, "folder/a.yaml", "rules:\n- title: [\n")
        put(home, "folder/b.json", '{"rules":\n [{"title": "X",, }]}')
        put(home, "folder/c.yaml", BAD)
        put(home, "folder/d.yaml", GOOD)
        result = run("rules validate -f folder --json", code=6)

        files = [one["file"] for one in result.json()["findings"]]
        assert files == ["folder/a.yaml", "folder/b.json", *["folder/c.yaml"] * 4]
        assert all(one["line"] and one["column"] for one in result.json()["findings"])
        assert "folder has 6 problems" in run("rules validate -f folder", code=6).err

    def test_rules_that_stand_in_two_files_are_found(self, run: Run, home: Home) -> None:
        put(home, "folder/a.yaml", GOOD)
        put(home, "folder/b.yaml", GOOD)
        [twice, *_] = run("rules validate -f folder --json", code=6).json()["findings"]

        assert (twice["code"], twice["file"], twice["line"]) == ("DUPLICATE_RULE", "folder/b.yaml", 2)
        assert "folder/a.yaml line 2" in twice["message"]

    @pytest.mark.parametrize(("rules", "code", "message"), [
        ("- {title: A, trigger: events/Rsvp, earn: 5 points}\n- {title: B, trigger: events/Rsvp, earn: 6 points}", "OVERLAP", "an activity earns points by both"),
        ("- {title: A, trigger: events/Rsvp, earn: 5 points, status: PAUSED}", "NONE_ACTIVE", "a programme without one pauses itself"),
        ("- {title: A, trigger: events/Rsvp}", "NO_AWARD", "says nothing about what it earns"),
        ("- {title: A, trigger: events/Rsvp, earn: 0 points}", "NO_POINTS", "the base tier earns 0 points"),
        (f"- {{title: A, trigger: events/Rsvp, earn: 10 points, tiers: {{{GOLD}: 9 points}}}}", "TIER_RATE", "less than the base tier"),
        (f"- {{title: A, trigger: events/Rsvp, earn: 10 points, tiers: {{{GOLD}: 100 points}}}}", "TIER_RATE", "10 times as much as the base tier"),
        (f"- {{title: A, trigger: events/Rsvp, tiers: {{{GOLD}: 100 points}}}}", "NO_BASE_TIER", "nobody in the base tier earns anything by it"),
        (f"- {{title: A, trigger: events/Rsvpp, triggerAppId: {STORES}, earn: 5 points}}", "UNKNOWN_TRIGGER", "did you mean events/Rsvp?"),
        ("- {title: A, triggerActivityType: events/Rsvp, fixedAmount: {configs: [{points: 5}]}, zz: 1}", "UNKNOWN_FIELD", "zz is not known here"),
    ])  # fmt: skip
    def test_what_may_not_be_meant_is_advice(
        self, rules: str, code: str, message: str, run: Run, home: Home
    ) -> None:
        put(home, "r.yaml", rules)
        result = run("rules validate -f r.yaml --json")

        [one] = [one for one in result.json()["findings"] if one["code"] == code]
        assert (one["severity"], one["file"], bool(one["line"])) == ("advice", "r.yaml", True)
        assert message in one["message"]
        assert result.json()["valid"] is True
        strict = run("rules validate -f r.yaml --strict --json", code=6)
        assert strict.json()["findings"] == result.json()["findings"]

    def test_one_piece_of_advice_is_counted_in_the_singular(self, run: Run) -> None:
        err = run("rules validate -f -", stdin="- {title: A, trigger: events/Rsvp, earn: 0 points}").err

        assert "1 pieces" not in err

    @pytest.mark.parametrize("text", [GOOD, BAD, "", "[", "[]"])
    def test_standard_input_is_called_by_its_name(self, text: str, run: Run) -> None:
        result = run("rules validate -f -", stdin=text, code=None)

        assert all(line.startswith("standard input") for line in result.out.splitlines())
        assert re.search("^(error: )?standard input", result.err)

    @pytest.mark.parametrize(("text", "line", "column", "message"), [
        ("", None, None, "is empty"),
        ("# nothing\n", None, None, "is empty"),
        ('{"rules": {}}', 1, 11, "rules must be a list, got {}"),
        ('{"rules": [], "x": 1}', 1, 20, 'beside rules there can be $schema and tiers, not "x"'),
        ('{"tiers": [], "rules": []}', 1, 11, "tiers must be names with ids, got []"),
        ("tiers: {Gold: x}\nrules: []\n", 1, 15, 'the tier "Gold" must have a GUID, got "x"'),
        (f"tiers: {{Gold: {GOLD}, Silver: {GOLD}}}\nrules: []\n", 1, None, f"two names have the id {GOLD}"),
        ("rules: [1]\n", 1, 9, "must be an object, got 1"),
        ("rules:\n- title: A\n  title: B\n", 3, 3, "title"),
        ("rules: &a [*a]\n", None, None, ""),
    ])  # fmt: skip
    def test_a_file_that_holds_no_rules_says_why(
        self, text: str, line: int | None, column: int | None, message: str, run: Run
    ) -> None:
        [one, *_] = run("rules validate -f - --json", stdin=text, code=6).json()["findings"]

        assert message in one["message"]
        assert one["line"] == line or line is None
        assert one["column"] == column or column is None

    def test_a_wrong_key_at_the_top_is_named(self, run: Run) -> None:
        result = run("rules validate -f - --json", stdin='{"rulez": []}', code=6)

        assert any("rulez" in one["message"] for one in result.json()["findings"])

    def test_a_slip_in_a_trigger_is_answered_with_the_right_one(self, run: Run) -> None:
        slip = "- {title: A, trigger: stores/OrderPiad, earn: 2 per 1}"

        assert "did you mean stores/OrderPaid?" in run("rules validate -f -", stdin=slip, code=6).out

    def test_a_problem_names_the_field_that_stands_in_the_file(self, run: Run) -> None:
        wrong = "- title: A\n  trigger: events/Rsvp\n  earn: 2 per 1\n"
        [one] = run("rules validate -f - --json", stdin=wrong, code=6).json()["findings"]

        assert one["code"] == "METHOD_NOT_SUPPORTED"
        assert (one["field"], one["line"], one["column"]) == ("earn", 3, 9)

    def test_a_character_that_yaml_does_not_take_is_found_at_its_place(self, run: Run) -> None:
        [one] = run("rules validate -f - --json", stdin='- title: "a\x1b"\n', code=6).json()["findings"]

        assert one["line"] == 1

    @pytest.mark.parametrize(("line", "message"), [
        ("rules validate", "nothing says which file to check"), ("rules validate -f nowhere.yaml", 'cannot read "nowhere.yaml"'),
        ("rules validate -f empty", "no YAML or JSON file in the folder empty"),
    ])  # fmt: skip
    def test_a_file_must_be_named_and_be_there(self, line: str, message: str, run: Run, home: Home) -> None:
        (home.work / "empty").mkdir()
        result = run(line, code=2)

        assert message in result.err
        assert result.out == ""

    def test_no_name_is_not_the_current_folder(self, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD)

        for line in (["rules", "apply", "-y", "--prune"], ["rules", "validate"]):
            assert run(["-p", "sandbox", *line, "-f", ""], code=2).sent == []

    @pytest.mark.parametrize(
        "hostile", ["\x1b[2J", "\x9b2J", "\u202egnp", "[red]x[/red]", "\r\nerror: x", "\x07"]
    )
    def test_hostile_titles_are_harmless_in_every_format_for_people(self, hostile: str, run: Run) -> None:
        rules: list[dict[str, Any]] = [
            {"title": f"a{hostile}b", "trigger": "events/Rsvp", "earn": earn}
            for earn in ("1 points", hostile)
        ]
        rules += [{"title": f"c{hostile}", "trigger": "events/Rsvp", "earn": "1 points", hostile: 1}]
        for format_ in ("table", "tsv", "csv", "id"):
            result = run(f"rules validate -f - -o {format_}", stdin=json.dumps(rules), code=6)
            assert not CONTROL.search(result.out)
            assert not CONTROL.search(result.err)
            assert "\nerror: x" not in result.out
        for format_ in ("json", "yaml", "sarif", "jsonl"):
            assert not CONTROL.search(
                run(f"rules validate -f - -o {format_}", stdin=json.dumps(rules), code=6).out
            )


class TestSarif:
    """-o sarif: what code hosts read; validate alone has it."""

    def log(self, run: Run, line: str, **more: Any) -> Any:
        return run(f"rules validate {line} -o sarif", code=None, **more).json()

    def test_it_is_a_log_of_one_run_with_each_finding_at_its_place(self, run: Run, home: Home) -> None:
        log = self.log(run, f"-f {put(home, 'bad.yaml', BAD)}")

        [sarif] = log["runs"]
        assert (log["version"], sarif["tool"]["driver"]["name"]) == ("2.1.0", "loyaltyctl")
        assert log["$schema"].endswith("sarif-2.1.0.json")
        assert {rule["id"] for rule in sarif["tool"]["driver"]["rules"]} == {
            one["ruleId"] for one in sarif["results"]
        }
        places = [one["locations"][0]["physicalLocation"] for one in sarif["results"]]
        assert [place["region"] for place in places] == [
            {"startLine": line, "startColumn": column} for line, column, *_ in BAD_PLACES
        ]
        assert {place["artifactLocation"]["uri"] for place in places} == {"bad.yaml"}
        assert [one["level"] for one in sarif["results"]] == ["error"] * 4
        assert [one["message"]["text"] for one in sarif["results"]] == [
            f"{field}: {message}" for *_, field, message in BAD_PLACES
        ]

    def test_advice_is_a_warning(self, run: Run) -> None:
        log = self.log(run, "-f -", stdin="- {title: A, trigger: events/Rsvp, earn: 0 points}")

        assert [(one["ruleId"], one["level"]) for one in log["runs"][0]["results"]] == [
            ("NO_POINTS", "warning")
        ]

    def test_a_log_without_findings_is_a_log(self, run: Run) -> None:
        assert self.log(run, "-f -", stdin=GOOD)["runs"][0]["results"] == []

    @pytest.mark.parametrize(("name", "uri"), [
        ("a b.yaml", "a%20b.yaml"), ("ü#?%.yaml", "%C3%BC%23%3F%25.yaml"), ("dir/r.yaml", "dir/r.yaml"), ("a:b.yaml", "a%3Ab.yaml"),
    ])  # fmt: skip
    def test_names_of_files_are_percent_encoded(self, name: str, uri: str, run: Run, home: Home) -> None:
        put(home, name, BAD)
        result = run(["rules", "validate", "-f", name, "-o", "sarif"], code=6).json()["runs"][0]["results"][0]

        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri

    @pytest.mark.parametrize("text", ["", "[", '{"rules": {}}', '{"rules": [{}]}'])
    def test_what_cannot_be_read_is_a_result_too(self, text: str, run: Run) -> None:
        assert self.log(run, "-f -", stdin=text)["runs"][0]["results"][0]["level"] == "error"

    @pytest.mark.parametrize("line", [
        "rules create --title A --trigger events/Rsvp --points 1", "rules create-custom --type BIRTHDAY", f"rules update {PURCHASE} --title x",
        f"rules pause {PURCHASE}", f"rules delete -y {PURCHASE}", "rules bulk-create -f r.yaml", "rules apply -f r.yaml -y", "rules apply -f r.yaml -y --to sandbox",
        "rules apply -f r.yaml --out plan.json", "rules apply plan.json -y", "rules copy --from sandbox -y", "rules rollback -y", "rules diff -f r.yaml",
        "rules export --out x.yaml", "rules export", "rules list", f"rules get {PURCHASE}", "rules triggers", "rules history", "sandbox reset -y", "version",
        "config set timeout 5", "schema rules-file", "auth status",
    ])  # fmt: skip
    def test_no_other_command_has_it_and_none_begins(self, line: str, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD.replace("20", "30"))
        result = run(f"-p sandbox {line} -o sarif", code=2)

        assert "sarif" in result.err
        assert (result.out, result.sent) == ("", [])
        assert {path.name for path in home.work.iterdir()} == {"r.yaml"}

    def test_and_not_with_fields(self, run: Run, home: Home) -> None:
        run(f"rules validate -f {put(home, 'bad.yaml', BAD)} -o sarif --fields code", code=2)
        run("rules validate -f bad.yaml -o sarif --query findings", code=2)


class TestDiffing:
    """diff: what apply would change, and no difference where there is none."""

    WANTED = f"""\
tiers: {{Gold: {GOLD}}}
rules:
- {{title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1, tiers: {{Gold: 40 per 1}}}}
- {{title: Tickets, trigger: events/OrderConfirmed, earn: 5 points}}
- {{title: Book a session, trigger: bookings/BookingConfirmed, earn: 100 points, tiers: {{Gold: 150 points}}}}
"""

    def test_the_promised_shape(self, run: Run) -> None:
        document = run(f"{DIFF} -f - --json", stdin=self.WANTED).json()

        assert document.keys() == {"changes", "summary"}
        for change in document["changes"]:
            assert {"action", "id", "key", "title", "fields"} <= change.keys()
            assert "result" not in change
            assert all(field.keys() == {"path", "old", "new"} for field in change["fields"])
        created, updated, *_ = document["changes"]
        assert (created["action"], created["id"], created["title"]) == ("create", None, "Tickets")
        assert created["key"]["triggerActivityType"] == "events/OrderConfirmed"
        assert {field["path"]: field["new"] for field in created["fields"]}[
            "fixedAmount.configs[base].points"
        ] == 5
        assert (updated["action"], updated["id"], updated["revision"]) == ("update", PURCHASE, "1")
        assert updated["fields"] == [
            {"path": "conversionRate.configs[base].points", "old": 20, "new": 30},
            {"path": f"conversionRate.configs[{GOLD}].points", "old": None, "new": 40},
            {"path": f"conversionRate.configs[{GOLD}].moneyAmount", "old": None, "new": 1},
        ]
        assert document["summary"] == {
            "create": 1, "update": 1, "pause": 0, "delete": 0, "unchanged": 1, "unmanaged": SEEDED - 2,
        }  # fmt: skip

    def test_nothing_is_changed(self, run: Run) -> None:
        before = run("-p sandbox rules list --json").out
        result = run(f"{DIFF} -f - --prune", stdin=self.WANTED)

        assert {sent.method for sent in result.sent} == {"GET"}
        assert run("-p sandbox rules list --json").out == before
        assert run("rules history").out == ""

    def test_an_exit_code_tells_whether_something_differs(self, run: Run) -> None:
        assert (
            run(f"{DIFF} -f - --exit-code --json", stdin=self.WANTED, code=10).error()["code"] == "DIFFERENCE"
        )
        run(f"{DIFF} -f -", stdin=self.WANTED)
        run(f"{DIFF} -f - --exit-code", stdin=GOOD)
        run(f"{DIFF} -f - --exit-code --prune", stdin=GOOD, code=10)
        run(
            f"{DIFF} -f - --exit-code",
            stdin="- {title: A, trigger: wix_members-uou_signs_up, earn: 1 points}",
            code=10,
        )

    def test_rules_of_other_editors_are_unmanaged_until_prune_says_otherwise(self, run: Run) -> None:
        left = actions(run(f"{DIFF} -f - --json", stdin=GOOD))
        gone = actions(run(f"{DIFF} -f - --prune --json", stdin=GOOD))

        assert [left.pop("Purchase a product"), set(left.values())] == ["unchanged", {"unmanaged"}]
        assert gone == {
            "Purchase a product": "unchanged", "Book a session": "delete", "RSVP to an event": "delete", "Sign up to the site": "pause",
            "Order a plan": "pause", "Place a restaurant order (old Wix Restaurants)": "unmanaged", "Place a restaurant order (new Wix Restaurants)": "unmanaged",
        }  # fmt: skip
        assert run(f"{DIFF} -f -", stdin=GOOD).out == ""

    def test_a_rule_is_renamed_by_its_id(self, run: Run) -> None:
        [change] = [
            change
            for change in run(
                f"{DIFF} -f - --json", stdin=f"- {{id: {PURCHASE}, title: New, trigger: stores/OrderPaid}}"
            ).json()["changes"]
            if change["action"] != "unmanaged"
        ]

        assert (change["action"], change["id"], change["title"]) == ("update", PURCHASE, "Purchase a product")
        assert change["fields"] == [{"path": "title", "old": "Purchase a product", "new": "New"}]

    def test_an_id_alone_says_which_rule_and_one_of_another_site_does_not(self, run: Run) -> None:
        text = f"- {{id: {PURCHASE.upper()}, earn: 20 per 1}}\n- {{id: {NO_RULE}, title: Book a session, trigger: bookings/BookingConfirmed}}"

        assert run(f"{DIFF} -f - --exit-code", stdin=text).out == ""
        unknown = run(f"{DIFF} -f - --json", stdin=f"- {{id: {NO_RULE}, earn: 20 per 1}}").json()["changes"][
            0
        ]
        assert (unknown["action"], unknown["error"]["code"]) == ("create", "CANNOT_BE_DONE")

    def test_where_two_rules_are_meant_nothing_is_guessed(self, run: Run) -> None:
        for _ in "ab":
            run("-p sandbox rules create --title Twin --trigger events/Rsvp --points 3")
        result = run(
            f"{DIFF} -f - --prune --json", stdin="- {title: Twin, trigger: events/Rsvp, earn: 4 points}"
        )

        twins = [change for change in result.json()["changes"] if change["title"] == "Twin"]
        assert [change["action"] for change in twins] == ["create", "unmanaged", "unmanaged"]
        assert "give the id" in twins[0]["error"]["message"]

    @pytest.mark.parametrize("format_", ["json", "yaml", "csv", "jsonl"])
    def test_what_list_writes_is_no_difference(self, format_: str, run: Run, home: Home) -> None:
        put(home, f"r.{format_}", run(f"-p sandbox rules list -o {format_}").out)

        result = run(f"{DIFF} -f r.{format_} --prune --exit-code --json")
        assert set(actions(result).values()) == {"unchanged"}
        assert "warning" not in result.err

    @pytest.mark.parametrize("format_", ["", "-o json", "-o csv", "--out r.yaml", "--out r.json", "--out r/"])
    def test_nor_is_what_export_writes(self, format_: str, run: Run, home: Home) -> None:
        out = run(f"-p sandbox rules export {format_}").out
        path = format_.partition("--out ")[2] or put(home, f"r.{format_[3:] or 'yaml'}", out)

        assert run(f"{DIFF} -f {path} --prune --exit-code").out == ""
        assert run(f"rules validate -f {path} --strict").out == ""

    @pytest.mark.parametrize("stated", [
        f'{{"title": "Purchase a product", "trigger": "stores/OrderPaid", "triggerAppId": "{STORES}"}}',
        f'{{"title": "Purchase a product", "trigger": "stores/OrderPaid", "triggerAppId": "{STORES.upper()}"}}',
        '{"title": "Purchase a product", "trigger_activity_type": "stores/OrderPaid", "conversion_rate": {"configs": [{"tier_id": null, "money_amount": 1, "points": 20}]}}',
        f'{{"_id": "{PURCHASE}", "title": "Purchase a product", "_createdDate": "2020-01-01T00:00:00Z", "revision": "77", "conversionRate": {{"configs": [{{"moneyAmount": 1, "points": 20}}]}}}}',
        '{"title": "Purchase a product", "trigger": "stores/OrderPaid", "conversionRate": {"moneyAmount": 1, "points": 20}}',
        '{"title": "Purchase a product", "trigger": "stores/OrderPaid", "points": 20, "per": 1}',
        '{"earningRule": {"title": "Purchase a product", "trigger": "stores/OrderPaid", "earn": "20 per 1"}}',
        '{"earning_rules": [{"title": "Purchase a product", "trigger": "stores/OrderPaid", "earn": "20 per 1", "status": "ACTIVE"}]}',
        f'{{"title": "Book a session", "trigger": "bookings/BookingConfirmed", "fixedAmount": {{"configs": [{{"tierId": "{GOLD.upper()}", "points": 150}}, {{"tierId": "", "points": 100}}]}}}}',
        f'{{"title": "Book a session", "trigger": "bookings/BookingConfirmed", "tiers": {{"{GOLD.upper()}": "150 points"}}, "earn": "100 points"}}',
        f'{{"id": "{RSVP}", "status": "PAUSED", "metadata": {{"canBeDeleted": false}}}}',
        f'{{"id": "{SIGN_UP}", "sourceAppId": "{STORES}"}}',
    ])  # fmt: skip
    def test_another_spelling_is_no_difference(self, stated: str, run: Run) -> None:
        assert run(f"{DIFF} -f - --exit-code", stdin=stated).out == ""

    def test_numbers_with_and_without_a_fraction_are_the_same(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve(fractions("Purchase"))
        text = (
            f"- {{title: Purchase, trigger: stores/OrderPaid, earn: 20 per 1, tiers: {{{GOLD}: 30 per 1}}}}"
        )

        assert run("rules diff -f - --exit-code", env=served.environ, stdin=text).out == ""

    @pytest.mark.parametrize("command", ["export", "list -o json", "list -o csv", "list -o yaml"])
    def test_what_such_a_site_gives_out_is_taken_back(
        self, command: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve(fractions("Purchase"))
        text = run(f"rules {command}", env=served.environ).out

        assert run("rules diff -f - --exit-code", env=served.environ, stdin=text).out == ""
        assert run("rules validate -f -", stdin=text).out == ""

    def test_a_file_against_a_file_needs_no_site(self, run: Run, home: Home) -> None:
        put(home, "old.yaml", GOOD + "- {title: Old, trigger: events/Rsvp, earn: 1 points}\n")
        put(
            home,
            "new.yaml",
            GOOD.replace("20", "25") + "- {title: New, trigger: events/Rsvp, earn: 1 points}\n",
        )

        result = run("rules diff -f new.yaml --against old.yaml --json")
        assert actions(result) == {"New": "create", "Purchase a product": "update", "Old": "unmanaged"}
        assert result.sent == []
        assert actions(run("rules diff -f new.yaml --against old.yaml --prune --json"))["Old"] == "delete"
        run("rules diff -f new.yaml --against new.yaml --prune --exit-code")
        run("rules diff -f new.yaml --against old.yaml --exit-code", code=10)

    def test_a_profile_against_a_profile(self, run: Run, shops: Served) -> None:
        assert shops.url
        run(f"-p shop-a rules update {PURCHASE} --points 33")
        created = run("-p shop-a rules create --title Mine --trigger events/Rsvp --points 1 --json").json()[
            "id"
        ]
        run(f"-p shop-b rules delete {SESSION} -y")
        result = run("rules diff --from shop-a --to shop-b --json")

        assert {sent.method for sent in result.sent} == {"GET"}
        changed = {
            title: action
            for title, action in actions(result).items()
            if action not in ("unchanged", "unmanaged")
        }
        assert changed == {"Mine": "create", "Book a session": "create", "Purchase a product": "update"}
        assert created not in result.out
        back = actions(run("rules diff --from shop-b --to shop-a --prune --json"))
        assert (back["Mine"], back["Book a session"], back["Purchase a product"]) == (
            "delete",
            "delete",
            "update",
        )
        assert (
            "are the same site: that of shop-a"
            in run("rules diff --from shop-a --to shop-a --exit-code", code=2).err
        )
        assert run("-p shop-b rules diff --from shop-a --json").json() == result.json()

    def test_tiers_of_the_one_site_are_those_of_the_other(self, run: Run, shops: Served) -> None:
        assert shops.url
        tiers = {
            "title": "Book a session",
            "trigger": "bookings/BookingConfirmed",
            "earn": "100 points",
            "tiers": {NO_RULE: "150 points"},
        }
        run("-p shop-b rules apply -f - -y", stdin=json.dumps(tiers))

        unmapped = run("rules diff --from shop-a --to shop-b --exit-code", code=10)
        assert (
            f"warning: tiers differ from site to site, and these are taken as they are: {GOLD}"
            in unmapped.err
        )
        mapped = run(f"rules diff --from shop-a --to shop-b --tier {GOLD.upper()}={NO_RULE} --exit-code")
        assert "warning" not in mapped.err
        assert run(f"rules diff --from shop-a --to shop-b --tier {GOLD}", code=2).sent == []
        assert run(f"rules diff --from shop-a --to shop-b --tier Gold={GOLD}", code=2).sent == []

    @pytest.mark.parametrize(("line", "message"), [
        ("", "nothing says which rules are wanted"), ("-f r.yaml --from sandbox", "both -f and --from"),
        ("-f r.yaml --against r.yaml --to sandbox", "both --against and --to"), ("-f nowhere.yaml", "cannot read"), ("-f r.yaml --against nowhere.yaml", "cannot read"),
    ])  # fmt: skip
    def test_sides_that_make_no_sense_are_usage(self, line: str, message: str, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD)
        result = run(f"{DIFF} {line}", code=2)

        assert message in result.err
        assert result.sent == []

    def test_an_unknown_profile_is_not_found_before_anything_is_read(self, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD)

        for line in ("--from nope", "-f r.yaml --to nope", "--from sandbox --to nope"):
            assert run(f"{DIFF} {line}", code=3).sent == []

    def test_a_wrong_file_is_invalid_and_nothing_is_sent(self, run: Run, home: Home) -> None:
        put(home, "bad.yaml", BAD)
        result = run(f"{DIFF} -f bad.yaml --json", code=6)

        assert [detail["where"] for detail in result.error()["details"]][:1] == ["bad.yaml line 2 column 10"]
        assert (result.out, result.sent) == ("", [])

    def test_a_dry_run_shows_the_request_and_sends_none(self, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD)
        shown = run(f"{DIFF} -f r.yaml --dry-run --json")

        assert [one["method"] for one in shown.json()] == ["GET"]
        assert run(f"{DIFF} -f r.yaml --curl").out.startswith("curl -X GET ")
        assert shown.sent == []

    def test_fields_and_queries_pick_from_it(self, run: Run) -> None:
        assert run(f"{DIFF} -f - --query summary.unchanged", stdin=GOOD).out == "1\n"
        assert (
            run(f"{DIFF} -f - --fields action,title -o tsv", stdin=GOOD.replace("20", "21")).out
            == "update\tPurchase a product\n"
        )
        assert run(f"{DIFF} -f - --fields actoin", stdin=GOOD, code=2).sent == []

    def test_hostile_titles_are_harmless(self, run: Run) -> None:
        text = json.dumps([{"title": "a\x1b[2J\u202e\r\nb", "trigger": "events/Rsvp", "earn": "1 points"}])
        for format_ in ("table", "tsv", "csv", "json", "yaml"):
            result = run(f"{DIFF} -f - -o {format_}", stdin=text)
            assert not CONTROL.search(result.out + result.err)


def fractions(title: str) -> str:
    """A fault: a site whose only rule has its numbers with a fraction of zero."""
    tiers = [
        {"tierId": None, "moneyAmount": 1.0, "points": 20.0},
        {"tierId": GOLD, "moneyAmount": 1.0, "points": 30.0},
    ]
    rule = {
        "id": PURCHASE, "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df", "triggerAppId": STORES, "triggerActivityType": "stores/OrderPaid",
        "title": title, "status": "ACTIVE", "revision": "1", "metadata": {"canBeDeleted": True}, "conversionRate": {"configs": tiers},
    }  # fmt: skip
    return f"body={json.dumps({'earningRules': [rule], 'pagingMetadata': {'count': 1}})}@list"


class TestSchema:
    """schema: what editors check files of rules by."""

    def test_it_is_a_json_schema(self, run: Run) -> None:
        schema = run("schema rules-file").json()

        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert schema["title"]
        rule = schema["$defs"]["rule"]
        assert {"title", "trigger", "earn", "tiers", "status", "id"} <= rule["properties"].keys()
        assert rule["additionalProperties"] is False
        references = set(re.findall(r'"\$ref":\s*"#/\$defs/([^"]+)"', json.dumps(schema)))
        assert references <= schema["$defs"].keys()

    def test_export_puts_it_beside_the_file(self, run: Run, home: Home) -> None:
        run("-p sandbox rules export --out rules.yaml")

        named = (home.work / "rules.yaml").read_text().splitlines()[0].removeprefix("$schema: ")
        assert json.loads((home.work / named).read_text()) == run("schema rules-file").json()

    def test_what_is_exported_fits_it(self, run: Run, home: Home) -> None:
        schema = run("schema rules-file").json()
        run("-p sandbox rules export --out rules.json")

        Draft7Validator.check_schema(schema)
        fits = Draft7Validator(schema)
        fits.validate(json.loads((home.work / "rules.json").read_text()))
        fits.validate(run("-p sandbox rules export --json").json())

    def test_what_is_wrong_does_not(self, run: Run) -> None:
        fits = Draft7Validator(run("schema rules-file").json())
        rule = {"title": "A", "trigger": "events/Rsvp", "earn": "5 points"}
        for wrong in (
            {"earn": "five"},
            {"staus": "PAUSED"},
            {"tiers": {"Gold": 5}},
            {"status": "OFF"},
            {"title": ""},
        ):
            assert not fits.is_valid({"rules": [rule | wrong]})
        assert fits.is_valid({"$schema": "x", "tiers": {"Gold": {"live": RSVP}}, "rules": [rule]})

    def test_every_member_that_export_writes_is_in_it(self, run: Run) -> None:
        known = run("schema rules-file").json()["$defs"]["rule"]["properties"].keys()
        exported = run("-p sandbox rules export --json").json()

        assert {name for rule in exported for name in rule} <= known
        written = set(re.findall(r"^(?:- |  )(\w+):", run("-p sandbox rules export").out, re.MULTILINE))
        assert {"title", "trigger", "earn", "tiers", "field", "status"} <= written <= known
