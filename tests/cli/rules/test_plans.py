"""`rules apply --out PLAN` and `rules apply PLAN`: saved plans are applied as reviewed, or refused."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.rules.files import SITES, put
from tests.cli.rules.plans import APPLY, AUTOMATED, RULES, results, site, writes
from tests.conftest import KEY, PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

PLAN = "a7d0b3c5-2e4f-4c61-9d38-5f7b1e0c9a62"


class TestPlans:
    """Plans that are written, applied, stale, damaged, or for another site."""

    @pytest.fixture
    def plan(self, run: Run, rules: str) -> str:
        run(f"{APPLY} -f {rules} --prune --out plan.json")
        return "plan.json"

    def refused(
        self, run: Run, line: str, code: int, *, env: dict[str, str] | None = None, **more: Any
    ) -> Any:
        """Return the error for a plan that is refused; nothing was changed."""
        result = run(f"{line} --json", code=code, env=env, **more)
        assert (result.out, writes(result)) == ("", [])
        assert "rules apply" not in run("rules history").out
        return result.error()

    def test_a_plan_is_written_and_shown_and_nothing_is_changed(
        self, run: Run, rules: str, home: Home
    ) -> None:
        before = site(run)
        result = run(f"{APPLY} -f {rules} --prune --out plan.json --json")

        assert (writes(result), site(run)) == ([], before)
        assert "rules apply" not in run("rules history").out
        assert "result" not in result.json()["changes"][0]
        written = json.loads((home.work / "plan.json").read_text())
        assert (written["plan"], written["profile"], written["source"]) == (1, "sandbox", "rules.yaml")
        assert KEY not in json.dumps(written)

    def test_the_command_to_apply_it_names_the_profile(self, run: Run, rules: str) -> None:
        err = run(f"{APPLY} -f {rules} --out plan.json").err

        assert "wrote plan.json; apply it with: loyaltyctl -p sandbox rules apply plan.json" in err

    def test_a_plan_is_applied_as_it_was_reviewed(self, run: Run, plan: str) -> None:
        result = run(f"{APPLY} {plan} -y --json")

        assert [one[2] for one in results(result)] == ["done"] * 5
        assert writes(result) == ["POST", "PUT", "PUT", "PUT", "DELETE"]

    def test_a_plan_asks_for_confirmation(self, run: Run, plan: str) -> None:
        assert "Apply this to sandbox?" in self.refused(run, f"{APPLY} {plan}", 2)["message"]

    def test_a_dry_run_shows_all_requests_of_a_plan(self, run: Run, plan: str) -> None:
        shown = run(f"{APPLY} {plan} --dry-run --json")

        assert [one["method"] for one in shown.json()] == ["POST", "PUT", "PUT", "PUT", "DELETE"]
        assert shown.sent == []
        assert [line.split()[2] for line in run(f"{APPLY} {plan} --curl").out.splitlines()] == [
            "POST", "PUT", "PUT", "PUT", "DELETE",
        ]  # fmt: skip

    def test_a_plan_changes_nothing_when_it_is_applied_again(self, run: Run, plan: str) -> None:
        run(f"{APPLY} {plan} -y")
        again = run(f"{APPLY} {plan} -y --json")

        assert (results(again), writes(again)) == ([], [])

    def test_a_half_applied_plan_is_finished_by_applying_it_again(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*1").environ
        run(f"rules apply -f {rules} --prune --out plan.json", env=env)
        run("rules apply plan.json -y", env=env, code=8)
        again = run("rules apply plan.json -y", env=env)

        assert writes(again) == ["PUT", "PUT", "PUT", "DELETE"]
        assert run(f"rules diff -f {rules} --prune --exit-code", env=env).out == ""

    @pytest.mark.parametrize(("edit", "words"), [
        (f"update {PURCHASE} --points 21", '"Purchase a product" is at revision 2, the plan was made for 1 (earn 20 per 1 → 21 per 1)'),
        (f"update {SESSION} --title Sessions", '"Book a session" is at revision 2, the plan was made for 1 (title Book a session → Sessions)'),
        (f"update {SIGN_UP} --points 3", '"Sign up to the site" was changed: earn 50 points → 3 points'),
        (f"pause {PLAN}", ""),
        (f"delete {RSVP} -y", ""),
        (f"delete {PURCHASE} -y", '"Purchase a product" is no longer on the site'),
        ("create --title Tickets --trigger events/OrderConfirmed --points 6", '"Tickets" is on the site now, and differs'),
        ("create --title Tickets --trigger events/OrderConfirmed --points 5", ""),
        ("create --title Other --trigger events/OrderConfirmed --points 5", ""),
    ])  # fmt: skip
    def test_later_changes_make_a_plan_stale_unless_the_plan_would_make_them_too(
        self, edit: str, words: str, run: Run, plan: str
    ) -> None:
        run(f"-p sandbox rules {edit}")

        if words:
            error = self.refused(run, f"{APPLY} {plan} -y", 5)
            assert (error["code"], words in error["message"]) == ("STALE_PLAN", True)
        else:
            run(f"{APPLY} {plan} -y")

    def test_all_reasons_for_a_stale_plan_are_listed(self, run: Run, plan: str) -> None:
        for rule in (PURCHASE, SESSION, RSVP):
            run(f"-p sandbox rules update {rule} --points 77")

        assert len(self.refused(run, f"{APPLY} {plan} -y", 5)["details"]) == 2

    def test_a_changed_source_file_makes_a_plan_stale(self, run: Run, home: Home, plan: str) -> None:
        put(home, "rules.yaml", RULES + "\n# a comment\n")
        error = self.refused(run, f"{APPLY} {plan} -y", 5)

        assert (error["code"], error["message"]) == (
            "STALE_PLAN",
            "plan.json is stale: rules.yaml has changed since it was made",
        )
        assert error["hint"] == "Make the plan again with --out."

    def test_a_missing_source_file_is_a_warning(self, run: Run, home: Home, plan: str) -> None:
        (home.work / "rules.yaml").unlink()

        warning = run(f"{APPLY} {plan} -y").err
        assert f"plan.json was made from {home.work / 'rules.yaml'}, which does not exist any more" in warning

    @pytest.mark.parametrize(
        "source",
        ["rules.yaml", "./rules.yaml", "folder", "folder/", "{work}/rules.yaml", "../{name}/rules.yaml"],
    )
    def test_the_source_file_is_found_from_every_folder(
        self, source: str, run: Run, rules: str, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(home, "folder/a.yaml", RULES)
        source = source.format(work=home.work, name=home.work.name)
        (home.work / "plans").mkdir()
        run(f"{APPLY} -f {source} --out plans/plan.json")
        monkeypatch.chdir(home.work.parent)
        for text in (home.work / rules, home.work / "folder" / "a.yaml"):
            text.write_text(RULES + "# a comment\n")

        error = self.refused(run, f"{APPLY} work/plans/plan.json -y", 5)
        assert error["code"] == "STALE_PLAN"
        piped = self.refused(run, f"{APPLY} - -y", 5, stdin=(home.work / "plans/plan.json").read_text())
        assert piped["code"] == "STALE_PLAN"
        for text in (home.work / rules, home.work / "folder" / "a.yaml"):
            text.write_text(RULES)
        assert "may have changed" not in run(f"{APPLY} work/plans/plan.json -y").err

    @pytest.mark.parametrize("change", ["a comment", "another file", "one file less", "no file"])
    def test_a_changed_source_folder_makes_a_plan_stale(self, change: str, run: Run, home: Home) -> None:
        put(home, "folder/a.yaml", RULES)
        put(home, "folder/b.yaml", "- {title: B, trigger: events/Rsvp, earn: 1 points}\n")
        run(f"{APPLY} -f folder --out plan.json")
        if change == "another file":
            put(home, "folder/c.yaml", "rules: []\n")
        elif change == "a comment":
            put(home, "folder/a.yaml", RULES + "# a comment\n")
        else:
            for name in ("a.yaml", "b.yaml")[: 1 if change == "one file less" else 2]:
                (home.work / "folder" / name).unlink()

        assert self.refused(run, f"{APPLY} plan.json -y", 5)["code"] == "STALE_PLAN"

    @pytest.mark.linux
    def test_the_name_of_a_source_file_may_be_other_than_utf_8(self, run: Run, home: Home) -> None:
        put(home, "folder/\udcff.yaml", RULES)
        run(f"{APPLY} -f folder --out plan.json")
        (home.work / "folder/\udcff.yaml").rename(home.work / "folder/\udcfe.yaml")

        assert self.refused(run, f"{APPLY} plan.json -y", 5)["code"] == "STALE_PLAN"

    def test_a_plan_in_its_source_folder_is_not_part_of_the_source(self, run: Run, home: Home) -> None:
        put(home, "folder/a.yaml", RULES)
        run(f"{APPLY} -f folder --out folder/plan.json")

        run(f"{APPLY} folder/plan.json -y")

    @pytest.mark.parametrize("text", [RULES, RULES + "# a comment\n"])
    def test_a_plan_that_was_moved_with_its_source_finds_it(
        self, text: str, run: Run, home: Home, plan: str
    ) -> None:
        put(home, "elsewhere/rules.yaml", text)
        (home.work / plan).rename(home.work / "elsewhere" / plan)
        (home.work / "rules.yaml").unlink()

        if text == RULES:
            assert "may have changed" not in run(f"{APPLY} elsewhere/{plan} -y").err
        else:
            assert self.refused(run, f"{APPLY} elsewhere/{plan} -y", 5)["code"] == "STALE_PLAN"

    def test_a_plan_of_version_0_1_0_is_read_and_its_source_compared(
        self, run: Run, home: Home, plan: str
    ) -> None:
        document = json.loads((home.work / plan).read_text())
        names = ("plan", "made", "profile", "origin", "site", "source", "sourceHash", "changes")
        old = {name: document[name] for name in names}
        text = json.dumps(old, sort_keys=True, separators=(",", ":")).encode()
        put(home, plan, json.dumps(old | {"checksum": f"sha256:{hashlib.sha256(text).hexdigest()}"}))
        put(home, "rules.yaml", RULES + "# a comment\n")

        assert self.refused(run, f"{APPLY} {plan} -y", 5)["code"] == "STALE_PLAN"
        put(home, "rules.yaml", RULES)
        assert "may have changed" not in run(f"{APPLY} {plan} -y").err

    def test_a_source_that_cannot_be_compared_is_a_warning(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        run(f"{APPLY} -f - --out plan.json", stdin=RULES)
        assert "made from standard input, which cannot be read again" in run(f"{APPLY} plan.json -y").err
        run(f"-p shop-a rules update {PURCHASE} --points 3")
        run("rules copy --from shop-a --to shop-b --out copy.json")
        warning = run("-p shop-b rules apply copy.json -y").err
        assert "copy.json was made from profile shop-a, which cannot be read again" in warning

    def test_an_edited_plan_is_refused(self, run: Run, home: Home, plan: str) -> None:
        text = (home.work / plan).read_text()
        for old, new in (
            ('"points": 30', '"points": 31'),
            ('"sandbox"', '"elsewhere"'),
            ("rules.yaml", "other.yaml"),
        ):
            put(home, plan, text.replace(old, new))
            error = self.refused(run, f"{APPLY} {plan} -y", 6)
            assert (error["code"], error["message"]) == (
                "PLAN_EDITED", "plan.json was edited after it was created: its checksum does not match",
            )  # fmt: skip

    def test_a_reformatted_plan_is_accepted(self, run: Run, home: Home, plan: str) -> None:
        put(home, plan, json.dumps(json.loads((home.work / plan).read_text())))

        run(f"{APPLY} {plan} -y")

    @pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
    def test_a_truncated_plan_is_refused(self, share: float, run: Run, home: Home, plan: str) -> None:
        text = (home.work / plan).read_text().rstrip()
        put(home, plan, text[: max(2, int(len(text) * share))])
        error = self.refused(run, f"{APPLY} {plan} -y", 6)

        assert (error["code"], error["message"]) == (
            "PLAN_TRUNCATED",
            "plan.json is truncated: the end of the plan is missing",
        )

    def test_a_plan_that_is_truncated_after_a_brace_is_refused(self, run: Run, home: Home, plan: str) -> None:
        text = (home.work / plan).read_text()
        put(home, plan, text[: text.index("},") + 1])

        assert self.refused(run, f"{APPLY} {plan} -y", 6)["code"] == "PLAN_TRUNCATED"

    def test_a_plan_of_a_newer_version_is_refused(self, run: Run, home: Home, plan: str) -> None:
        put(home, plan, json.dumps(json.loads((home.work / plan).read_text()) | {"plan": 2}))
        error = self.refused(run, f"{APPLY} {plan} -y", 6)

        assert (error["code"], error["message"]) == (
            "PLAN_VERSION",
            "plan.json is a plan of version 2, this program reads version 1",
        )

    @pytest.mark.parametrize("text", [RULES, "[]", "{}", "", "null", '{"rules": []}', '[{"title": "A"}]'])
    def test_another_file_is_refused_with_the_option_to_use(self, text: str, run: Run, home: Home) -> None:
        put(home, "x.json", text)
        error = self.refused(run, f"{APPLY} x.json -y", 6)

        assert "x.json is not a plan" in error["message"]
        assert "-f FILE" in error["hint"]

    @pytest.mark.parametrize("command", ["rules validate", APPLY, "-p sandbox rules diff"])
    def test_a_plan_given_as_a_rules_file_is_recognized(self, command: str, run: Run, plan: str) -> None:
        result = run(f"{command} -f {plan}", code=6)

        assert "is a plan" in result.out + result.err
        assert "is missing" not in result.out + result.err

    @pytest.mark.parametrize("option", ["--prune", "--to sandbox", "--out other.json"])
    def test_options_that_a_plan_decides_are_refused_with_it(self, option: str, run: Run, plan: str) -> None:
        assert "are mutually exclusive" in self.refused(run, f"{APPLY} {plan} -y {option}", 2)["message"]

    def test_a_plan_for_another_site_is_refused(self, run: Run, rules: str, served_sites: Served) -> None:
        assert served_sites.url
        run(f"-p shop-a rules apply -f {rules} --out plan.json")
        error = self.refused(run, "-p shop-b rules apply plan.json -y", 2)

        assert error["code"] == "OTHER_SITE"
        assert SITES["shop-a"] in error["message"]
        assert SITES["shop-b"] in error["message"]
        assert "shop-a" in error["hint"]
        run("-p shop-a rules apply plan.json -y")

    def test_a_plan_for_another_server_is_refused(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        here, there = serve(), serve()
        run(f"rules apply -f {rules} --out plan.json", env=here.environ)
        error = self.refused(run, "rules apply plan.json -y", 2, env=there.environ)

        assert error["code"] == "OTHER_SITE"
        assert here.url in error["message"]
        assert there.url in error["message"]

    def test_a_plan_is_for_one_site(self, run: Run, rules: str, served_sites: Served, home: Home) -> None:
        assert served_sites.url
        assert (
            "a plan is for one site" in run(f"rules apply -f {rules} --to shop-* --out plan.json", code=2).err
        )
        assert not (home.work / "plan.json").exists()
        run(f"rules apply -f {rules} --to shop-b --out plan.json")
        run("-p shop-b rules apply plan.json -y")

    def test_a_plan_that_cannot_be_written_is_an_error(self, run: Run, rules: str) -> None:
        assert (
            "cannot write to nowhere/plan.json"
            in run(f"{APPLY} -f {rules} --out nowhere/plan.json", code=1).err
        )

    def test_a_plan_is_read_from_standard_input(self, run: Run, home: Home, plan: str) -> None:
        run(f"{APPLY} - -y", stdin=(home.work / plan).read_text())

    def test_a_plan_is_made_of_rules_from_standard_input(self, run: Run) -> None:
        run(f"{APPLY} -f - --out plan.json", stdin=RULES)
        run(f"{APPLY} plan.json -y")

    def test_a_plan_replaces_another_plan_and_no_other_file(self, run: Run, home: Home, plan: str) -> None:
        put(home, "notes.txt", "Dear Ada\n")
        os.mkfifo(home.work / "pipe")
        for out, why in (
            ("rules.yaml", "it is the file that the plan is made from"), ("notes.txt", "it exists, and is not a plan"),
            ("pipe", "is not a regular file"), (".", "is not a regular file"), ("-", "is not a regular file"),
        ):  # fmt: skip
            refused = run(f"{APPLY} -f rules.yaml --out {out}", code=2)
            assert why in refused.err
        assert (home.work / "rules.yaml").read_text() == RULES
        assert (home.work / "notes.txt").read_text() == "Dear Ada\n"
        run(f"{APPLY} -f rules.yaml --out {plan}")
        run(f"{APPLY} {plan} -y")

    def test_a_plan_with_impossible_changes_needs_on_error_continue(self, run: Run) -> None:
        run(f"{APPLY} -f - --out plan.json", stdin=AUTOMATED, code=6)
        run(f"{APPLY} -f - --out plan.json --on-error continue", stdin=AUTOMATED)

        assert self.refused(run, f"{APPLY} plan.json -y", 6)["code"] == "CANNOT_BE_DONE"
        assert writes(run(f"{APPLY} plan.json -y --on-error continue", code=8)) == ["PUT"]
