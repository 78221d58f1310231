"""`rules export`: exports are read back as the same rules, and other files are not overwritten."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from loyaltyctl.sandbox.seeds import seeds
from tests.apply.strategies import sites
from tests.cli.rules.exports import NUMBERS, SCHEMA, assert_matches_site, export, put_on_site, rule
from tests.conftest import GOLD, RSVP, SESSION
from tests.render.hostile import HOSTILE_TEXTS
from tests.scale import scaled

if TYPE_CHECKING:
    from loyaltyctl.model.rules import EarningRule
    from tests.conftest import Home, Run


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/", "-", "--json", "-o yaml", "-o json"])
@settings(
    max_examples=scaled(15, least=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)
@given(there=sites)
def test_an_export_states_the_rules_of_the_site(
    form: str, there: list[EarningRule], run: Run, home: Home
) -> None:
    put_on_site(home, [one.document for one in there])
    folder = home.work / str(next(NUMBERS))
    folder.mkdir()
    out = f"{folder.name}/{form}"
    if form.startswith("-"):
        out = f"{folder.name}/rules.{'json' if 'json' in form else 'yaml'}"
        Path(out).write_text(run(f"-p sandbox rules export {form.removeprefix('- ')}".removesuffix(" -")).out)
    else:
        export(run, out)

    if there or not form.endswith("/"):
        assert_matches_site(run, out)


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/"])
def test_hostile_titles_are_exported_unchanged(form: str, run: Run, home: Home) -> None:
    titles = sorted({text[:50] for text in HOSTILE_TEXTS if not re.search("[\ud800-\udfff]", text)})
    titles = titles[::4] if form == "rules/" else titles  # each of them is a file
    put_on_site(home, [rule(title) for title in titles if title])
    export(run, form)

    assert_matches_site(run, form)
    assert all(path.resolve().is_relative_to(home.work) for path in Path().rglob("*"))
    texts = [path.read_text() for path in Path().rglob("*.yaml")]
    assert not any(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", text) for text in texts)
    put_on_site(home, [rule(title, 2) for title in titles if title])
    export(run, form)
    assert_matches_site(run, form)


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/"])
def test_half_of_a_surrogate_pair_is_an_error(form: str, run: Run, home: Home) -> None:
    put_on_site(home, [rule("A"), rule("B \ud800")])

    run(f"-p sandbox rules export --out {form}", code=6)

    assert not Path(form).exists()


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/", "--json"])
def test_rules_with_the_same_key_are_exported_with_their_ids(form: str, run: Run, home: Home) -> None:
    put_on_site(home, [rule("A", 1), rule("A", 2), rule("B", 3)])
    if form == "--json":
        form = "rules.json"
        Path(form).write_text(run("-p sandbox rules export --json").out)
    else:
        export(run, form)

    assert_matches_site(run, form)
    texts = [path.read_text() for path in Path().rglob("*") if path.is_file() and path.name != SCHEMA]
    assert sum(len(re.findall(r"\bid\b\W", text)) for text in texts) == 2


@pytest.mark.parametrize("number", [2.0, 20.0])
def test_fractions_are_exported_unchanged(number: float, run: Run, home: Home) -> None:
    put_on_site(home, [rule("A", fixedAmount={"configs": [{"points": number}]})])
    export(run, "rules.yaml")

    assert_matches_site(run, "rules.yaml")


class TestSchema:
    """The JSON Schema beside the file, which the file names."""

    @pytest.mark.parametrize(("out", "beside"), [
        ("rules.yaml", SCHEMA), ("rules.json", SCHEMA), ("a/b/rules.yaml", f"a/b/{SCHEMA}"), ("rules/", f"rules/{SCHEMA}"), ("new/rules/", f"new/rules/{SCHEMA}"),
    ])  # fmt: skip
    def test_the_schema_is_valid_json(self, out: str, beside: str, run: Run) -> None:
        export(run, out)

        schema = json.loads(Path(beside).read_text())
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert {"earn", "trigger", "tiers"} <= schema["$defs"]["rule"]["properties"].keys()
        for path in Path().rglob("*.yaml"):
            assert path.read_text().startswith(f"$schema: {SCHEMA}\n")
        for path in Path().rglob("rules.json"):
            assert json.loads(path.read_text())["$schema"] == SCHEMA

    def test_every_reference_in_the_schema_leads_somewhere(self, run: Run) -> None:
        export(run, "rules.yaml")

        text = Path(SCHEMA).read_text()
        names = {*re.findall(r'"\$ref": "#/\$defs/(\w+)"', text)}
        assert names
        assert names <= json.loads(text)["$defs"].keys()

    def test_the_schema_is_not_taken_for_a_rules_file(self, run: Run) -> None:
        export(run, "rules/")

        assert_matches_site(run, "rules/")
        assert run("rules validate -f rules").code == 0


class TestRefusals:
    """Files that are not overwritten."""

    @pytest.mark.parametrize(("name", "text"), [
        ("notes.yaml", "just: notes\n"), ("notes.yaml", "- 5\n"), ("notes.json", '{"a": 1}'), ("notes.json", "{"), ("notes.yaml", "a: b: c\n"),
        ("notes.yaml", "rules: 5\n"), ("notes.yaml", "rules:\n- {title: A, trigger: events/Rsvp, earn: lots}\n"),
        ("notes.yaml", "rules:\n- &a {title: A, trigger: events/Rsvp}\n"), ("notes.yaml", "rules: []\nrulez: 1\n"),
    ])  # fmt: skip
    def test_another_file_is_not_overwritten(self, name: str, text: str, run: Run) -> None:
        Path(name).write_text(text)

        ended = export(run, name, code=6)
        assert ended.out == ""
        assert name in ended.err
        assert Path(name).read_text() == text
        assert not Path(SCHEMA).exists()

    def test_another_file_in_a_folder_keeps_all_files_unchanged(self, run: Run) -> None:
        export(run, "rules/")
        Path("rules/notes.yaml").write_text("just: notes\n")
        before = {path: path.read_bytes() for path in Path("rules").iterdir()}
        run("-p sandbox rules update " + RSVP + " --points 99")

        export(run, "rules/", code=6)
        assert {path: path.read_bytes() for path in Path("rules").iterdir()} == before

    @pytest.mark.parametrize("name", ["rules.csv", "rules.tsv", "rules.jsonl"])
    def test_csv_is_not_a_format_of_rules_files(self, name: str, run: Run) -> None:
        ended = run(f"-p sandbox rules export --out {name}", code=2)

        assert f"a rules file is YAML or JSON: {name}" in ended.err
        assert not Path(name).exists()

    def test_an_existing_csv_file_is_not_overwritten(self, run: Run) -> None:
        text = "title,trigger,points\nA,events/Rsvp,1\n"
        Path("rules.csv").write_text(text)

        ended = export(run, "rules.csv", code=2)
        assert "a rules file is YAML or JSON: rules.csv does not end in .yaml, .yml or .json" in ended.err
        assert Path("rules.csv").read_text() == text

    def test_a_file_with_a_single_rule_is_not_extended(self, run: Run) -> None:
        text = "title: Purchase a product\ntrigger: stores/OrderPaid\nearn: 20 per 1\n"
        Path("rules.yaml").write_text(text)

        ended = export(run, "rules.yaml", code=6)
        assert "a file of a single rule cannot hold others" in ended.err
        assert Path("rules.yaml").read_text() == text

    def test_a_file_in_place_of_the_folder_is_an_error(self, run: Run) -> None:
        Path("file").write_text("x")

        ended = export(run, "file/rules.yaml", code=1)
        assert "cannot write to file" in ended.err
        assert ended.out == ""

    @pytest.mark.parametrize("out", ["/proc/rules.yaml", "/proc/rules/"])
    def test_a_read_only_file_system_is_an_error(self, out: str, run: Run) -> None:
        ended = export(run, out, code=1)

        assert "cannot write to /proc" in ended.err
        assert "Traceback" not in ended.err

    def test_a_file_with_duplicate_rules_is_not_updated(self, run: Run) -> None:
        text = "rules:\n" + "- {title: A, trigger: events/Rsvp, earn: 1 point}\n" * 2
        Path("rules.yaml").write_text(text)

        assert "has the trigger and the title of the rule at" in export(run, "rules.yaml", code=6).err
        assert Path("rules.yaml").read_text() == text


def test_a_new_file_has_blank_lines_between_rules(run: Run, home: Home) -> None:
    put_on_site(home, [rule("A", 2), *seeds()[1:2]])
    export(run, "rules.yaml")

    assert Path("rules.yaml").read_text() == (
        f"$schema: {SCHEMA}\nrules:\n- title: A\n  trigger: events/Rsvp\n  earn: 2 points\n\n"
        "- title: Book a session\n  trigger: bookings/BookingConfirmed\n  earn: 100 points\n"
        f"  tiers:\n    {GOLD}: 150 points\n"
    )


def test_a_dry_run_writes_no_files(run: Run) -> None:
    run("-p sandbox rules export --out rules.yaml --dry-run")

    assert not Path("rules.yaml").exists()
    assert SESSION not in "".join(map(str, Path().iterdir()))
