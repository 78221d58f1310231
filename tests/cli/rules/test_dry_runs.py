"""--dry-run: requests are printed instead of sent, and input is validated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import GOLD, PURCHASE, RSVP, SITE

if TYPE_CHECKING:
    from tests.conftest import Home, Run, Served


@pytest.mark.parametrize(
    ("line", "methods"),
    [
        ("list", ["GET"]), (f"get {PURCHASE}", ["GET"]), ("create --title A --trigger events/Rsvp --points 1", ["POST"]), ("create-custom --type SOCIAL_MEDIA", ["POST"]),
        (f"update {PURCHASE} --title A", ["GET", "PUT"]), (f"pause {PURCHASE} {RSVP}", ["GET", "PUT", "PUT"]), (f"resume {PURCHASE}", ["GET", "PUT"]), (f"delete {PURCHASE}", ["GET", "DELETE"]),
    ],
)  # fmt: skip
def test_every_command_that_sends_requests_can_print_them_instead(
    line: str, methods: list[str], run: Run, served: Served
) -> None:
    for env, profile in ((served.environ, ""), ({}, "-p sandbox")):
        shown = run(f"{profile} rules {line} --dry-run --json", env=env)
        assert [one["method"] for one in shown.json()] == methods
        assert shown.sent == []
        curls = run(f"{profile} rules {line} --curl", env=env).out.splitlines()
        assert [curl.split()[2] for curl in curls] == methods
        assert "dry run: nothing is sent" in run(f"{profile} rules {line} -n", env=env).err
    with served.store.site(SITE) as site:
        assert len(site.rules()) == 7


class TestDryRuns:
    """Placeholders for values that only the site knows."""

    @pytest.mark.parametrize(
        ("options", "award"),
        [
            ("--points 7", {"points": "7"}),
            ("--per 7", {"per": "7"}),
            (f"--tier {GOLD}=3", {"tiers": [f"{GOLD}=3"]}),
        ],
    )
    def test_a_placeholder_stands_for_an_award_that_was_not_read(
        self, options: str, award: dict[str, Any], run: Run
    ) -> None:
        shown = run(f"-p sandbox rules update {PURCHASE} {options} --dry-run --json")

        assert shown.json()[1]["body"] == {"earningRule": {"AWARD": award, "revision": "REVISION"}}
        assert "AWARD stands for the award of the rule" in shown.err
        assert shown.sent == []

    def test_invalid_input_is_an_error_in_a_dry_run_too(self, run: Run) -> None:
        assert "--points: must be" in run(f"-p sandbox rules update {PURCHASE} --points x -n", code=2).err

    def test_a_given_revision_is_shown(self, run: Run, home: Home) -> None:
        (home.work / "rule.json").write_text(run(f"-p sandbox rules get {PURCHASE} --json").out)

        for options in ("-f rule.json", "--title A --revision 1", "--points 3 --revision 1"):
            shown = run(f"-p sandbox rules update {PURCHASE} {options} --dry-run --json").json()
            assert shown[-1]["body"]["earningRule"]["revision"] == "1"

    def test_a_dry_run_reports_no_change(self, run: Run) -> None:
        for line in (
            "create --title A --trigger events/Rsvp --points 1",
            f"update {PURCHASE} --status paused",
            f"delete {PURCHASE}",
        ):
            err = run(f"-p sandbox rules {line} --dry-run -v").err
            assert not re.search("created|updated|deleted|warning", err)
