"""`rules validate`: problems and advice with locations, as text, JSON and SARIF."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.rules.files import BAD, BAD_PLACES, CONTROL, GOOD, STORES, put
from tests.conftest import GOLD, PURCHASE

if TYPE_CHECKING:
    from tests.conftest import Home, Result, Run


def findings(result: Result) -> list[tuple[str, int | None, int | None, str | None, str]]:
    return [
        (one["severity"], one["line"], one["column"], one["field"], one["message"])
        for one in result.json()["findings"]
    ]


class TestValidating:
    """Problems and advice, offline."""

    def test_a_valid_file_ends_with_exit_code_0(self, run: Run, home: Home) -> None:
        result = run(f"rules validate -f {put(home, 'r.yaml', GOOD)}")

        assert (result.out, result.err, result.sent) == ("", "r.yaml: no errors\n", [])
        assert run("rules validate -f r.yaml --json").json() == {"valid": True, "findings": []}

    def test_every_problem_is_listed_with_its_location(self, run: Run, home: Home) -> None:
        result = run(f"rules validate -f {put(home, 'bad.yaml', BAD)}", code=6)

        lines = [line.split("\t")[:3] for line in result.out.splitlines()]
        assert lines == [
            [f"bad.yaml:{line}:{column}", "error", f"{field}: {message}"]
            for line, column, field, message in BAD_PLACES
        ]
        assert result.err == "error: bad.yaml has 4 problems\n"

    def test_json_has_locations_as_numbers(self, run: Run, home: Home) -> None:
        result = run(f"rules validate -f {put(home, 'bad.yaml', BAD)} --json", code=6)

        assert findings(result) == [("error", *place) for place in BAD_PLACES]
        assert {one["file"] for one in result.json()["findings"]} == {"bad.yaml"}
        assert result.json()["valid"] is False
        assert (result.error()["code"], result.error()["exitCode"]) == ("INVALID_DATA", 6)

    def test_an_unreadable_file_does_not_hide_problems_of_others(self, run: Run, home: Home) -> None:
        put(home, "folder/a.yaml", "rules:\n- title: [\n")
        put(home, "folder/b.json", '{"rules":\n [{"title": "X",, }]}')
        put(home, "folder/c.yaml", BAD)
        put(home, "folder/d.yaml", GOOD)
        result = run("rules validate -f folder --json", code=6)

        files = [one["file"] for one in result.json()["findings"]]
        assert files == ["folder/a.yaml", "folder/b.json", *["folder/c.yaml"] * 4]
        assert all(one["line"] and one["column"] for one in result.json()["findings"])
        assert "folder has 6 problems" in run("rules validate -f folder", code=6).err

    def test_duplicates_across_files_are_found(self, run: Run, home: Home) -> None:
        put(home, "folder/a.yaml", GOOD)
        put(home, "folder/b.yaml", GOOD)
        [twice, *_] = run("rules validate -f folder --json", code=6).json()["findings"]

        assert (twice["code"], twice["file"], twice["line"]) == ("DUPLICATE_RULE", "folder/b.yaml", 2)
        assert "folder/a.yaml line 2" in twice["message"]

    @pytest.mark.parametrize(("rules", "code", "message"), [
        ("- {title: A, trigger: events/Rsvp, earn: 5 points}\n- {title: B, trigger: events/Rsvp, earn: 6 points}", "OVERLAP", "an activity earns points by both"),
        ("- {title: A, trigger: events/Rsvp, earn: 5 points, status: PAUSED}", "NONE_ACTIVE", "a program without one pauses itself"),
        ("- {title: A, trigger: events/Rsvp}", "NO_AWARD", "has no award"),
        ("- {title: A, trigger: events/Rsvp, earn: 0 points}", "NO_POINTS", "the base tier earns 0 points"),
        (f"- {{title: A, trigger: events/Rsvp, earn: 10 points, tiers: {{{GOLD}: 9 points}}}}", "TIER_RATE", "less than the base tier"),
        (f"- {{title: A, trigger: events/Rsvp, earn: 10 points, tiers: {{{GOLD}: 100 points}}}}", "TIER_RATE", "10 times as much as the base tier"),
        (f"- {{title: A, trigger: events/Rsvp, tiers: {{{GOLD}: 100 points}}}}", "NO_BASE_TIER", "has no award for the base tier: that on the site is kept"),
        (f"- {{title: A, trigger: events/Rsvpp, triggerAppId: {STORES}, earn: 5 points}}", "UNKNOWN_TRIGGER", "did you mean events/Rsvp?"),
        ("- {title: A, triggerActivityType: events/Rsvp, fixedAmount: {configs: [{points: 5}]}, zz: 1}", "UNKNOWN_FIELD", "zz is unknown"),
    ])  # fmt: skip
    def test_probable_mistakes_are_advice(
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

        assert err == "standard input: no errors, 1 piece of advice\n"

    @pytest.mark.parametrize("text", [GOOD, BAD, "", "[", "[]"])
    def test_standard_input_is_called_by_its_name(self, text: str, run: Run) -> None:
        result = run("rules validate -f -", stdin=text, code=None)

        assert all(line.startswith("standard input") for line in result.out.splitlines())
        assert re.search("^(error: )?standard input", result.err)

    @pytest.mark.parametrize(("text", "line", "column", "message"), [
        ("", None, None, "is empty"),
        ("# nothing\n", None, None, "is empty"),
        ('{"rules": {}}', 1, 11, "rules must be a list, got {}"),
        ('{"rules": [], "x": 1}', 1, 20, 'rules can only be combined with $schema and tiers, not "x"'),
        ('{"tiers": [], "rules": []}', 1, 11, "tiers must map names to ids, got []"),
        ("tiers: {Gold: x}\nrules: []\n", 1, 15, 'the tier "Gold" must have a GUID, got "x"'),
        (f"tiers: {{Gold: {GOLD}, Silver: {GOLD}}}\nrules: []\n", 1, None, f"two names have the id {GOLD}"),
        ("rules: [1]\n", 1, 9, "must be an object, got 1"),
        ("rules:\n- title: A\n  title: B\n", 3, 3, "title"),
        ("rules: &a [*a]\n", None, None, ""),
    ])  # fmt: skip
    def test_a_file_without_rules_is_an_error_with_its_reason(
        self, text: str, line: int | None, column: int | None, message: str, run: Run
    ) -> None:
        [one, *_] = run("rules validate -f - --json", stdin=text, code=6).json()["findings"]

        assert message in one["message"]
        assert one["line"] == line or line is None
        assert one["column"] == column or column is None

    def test_an_unknown_key_at_the_top_is_named(self, run: Run) -> None:
        result = run("rules validate -f - --json", stdin='{"rulez": []}', code=6)

        assert any("rulez" in one["message"] for one in result.json()["findings"])

    def test_a_typo_in_a_trigger_gets_a_suggestion(self, run: Run) -> None:
        slip = "- {title: A, trigger: stores/OrderPiad, earn: 2 per 1}"

        assert "did you mean stores/OrderPaid?" in run("rules validate -f -", stdin=slip, code=6).out

    def test_a_problem_names_the_field_as_it_is_written(self, run: Run) -> None:
        wrong = "- title: A\n  trigger: events/Rsvp\n  earn: 2 per 1\n"
        [one] = run("rules validate -f - --json", stdin=wrong, code=6).json()["findings"]

        assert one["code"] == "METHOD_NOT_SUPPORTED"
        assert (one["field"], one["line"], one["column"]) == ("earn", 3, 9)

    def test_an_invalid_character_is_located(self, run: Run) -> None:
        [one] = run("rules validate -f - --json", stdin='- title: "a\x1b"\n', code=6).json()["findings"]

        assert one["line"] == 1

    @pytest.mark.parametrize(("line", "message"), [
        ("rules validate", "no file to check is given"), ("rules validate -f nowhere.yaml", 'cannot read "nowhere.yaml"'),
        ("rules validate -f empty", "the folder empty has no YAML or JSON files"),
    ])  # fmt: skip
    def test_the_file_is_required_and_must_exist(self, line: str, message: str, run: Run, home: Home) -> None:
        (home.work / "empty").mkdir()
        result = run(line, code=2)

        assert message in result.err
        assert result.out == ""

    def test_an_empty_name_is_not_the_current_folder(self, run: Run, home: Home) -> None:
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
    """-o sarif, which only validate has."""

    def log(self, run: Run, line: str, **more: Any) -> Any:
        return run(f"rules validate {line} -o sarif", code=None, **more).json()

    def test_the_log_has_one_run_with_each_finding_at_its_location(self, run: Run, home: Home) -> None:
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

    def test_a_log_without_findings_is_valid(self, run: Run) -> None:
        assert self.log(run, "-f -", stdin=GOOD)["runs"][0]["results"] == []

    @pytest.mark.parametrize(("name", "uri"), [
        ("a b.yaml", "a%20b.yaml"), ("ü#?%.yaml", "%C3%BC%23%3F%25.yaml"), ("dir/r.yaml", "dir/r.yaml"), ("a:b.yaml", "a%3Ab.yaml"),
    ])  # fmt: skip
    def test_names_of_files_are_percent_encoded(self, name: str, uri: str, run: Run, home: Home) -> None:
        put(home, name, BAD)
        result = run(["rules", "validate", "-f", name, "-o", "sarif"], code=6).json()["runs"][0]["results"][0]

        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri

    @pytest.mark.linux
    def test_the_name_of_a_file_may_be_other_than_utf_8(self, run: Run, home: Home) -> None:
        put(home, "dir/\udcff.yaml", BAD)
        result = self.log(run, "-f dir")["runs"][0]["results"][0]

        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "dir/%FF.yaml"

    @pytest.mark.parametrize("text", ["", "[", '{"rules": {}}', '{"rules": [{}]}'])
    def test_an_unreadable_file_is_a_result_too(self, text: str, run: Run) -> None:
        assert self.log(run, "-f -", stdin=text)["runs"][0]["results"][0]["level"] == "error"

    @pytest.mark.parametrize("line", [
        "rules create --title A --trigger events/Rsvp --points 1", "rules create-custom --type BIRTHDAY", f"rules update {PURCHASE} --title x",
        f"rules pause {PURCHASE}", f"rules delete -y {PURCHASE}", "rules bulk-create -f r.yaml", "rules apply -f r.yaml -y", "rules apply -f r.yaml -y --to sandbox",
        "rules apply -f r.yaml --out plan.json", "rules apply plan.json -y", "rules copy --from sandbox -y", "rules rollback -y", "rules diff -f r.yaml",
        "rules export --out x.yaml", "rules export", "rules list", f"rules get {PURCHASE}", "rules triggers", "rules history", "sandbox reset -y", "version",
        "config set timeout 5", "schema rules-file", "auth status",
    ])  # fmt: skip
    def test_other_commands_refuse_sarif_before_they_start(self, line: str, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD.replace("20", "30"))
        result = run(f"-p sandbox {line} -o sarif", code=2)

        assert "sarif" in result.err
        assert (result.out, result.sent) == ("", [])
        assert {path.name for path in home.work.iterdir()} == {"r.yaml"}

    def test_sarif_and_fields_are_mutually_exclusive(self, run: Run, home: Home) -> None:
        run(f"rules validate -f {put(home, 'bad.yaml', BAD)} -o sarif --fields code", code=2)
        run("rules validate -f bad.yaml -o sarif --query findings", code=2)
