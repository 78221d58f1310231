"""`rules export` to an existing file: changed rules are updated, and other text is kept."""

from __future__ import annotations

import difflib
import re
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from loyaltyctl.sandbox.seeds import seeds
from tests.apply.strategies import SILVER, sites
from tests.cli.rules.exports import NUMBERS, assert_matches_site, export, put_on_site, rule, seeded
from tests.conftest import GOLD, PURCHASE
from tests.render.hostile import HOSTILE_TEXTS
from tests.scale import scaled

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.rules import EarningRule
    from tests.conftest import Home, Run


@settings(
    max_examples=scaled(20, least=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)
@given(before=sites, after=sites)
@pytest.mark.parametrize("form", ["rules.yaml", "rules.json"])
def test_an_updated_file_states_the_rules_of_the_site(
    form: str, before: list[EarningRule], after: list[EarningRule], run: Run, home: Home
) -> None:
    out = f"{next(NUMBERS)}-{form}"
    put_on_site(home, [one.document for one in before])
    export(run, out)
    kept = [one.document for one in before[::2]]
    put_on_site(home, [*kept, *(one.document for one in after if one.id not in {two["id"] for two in kept})])
    export(run, out)

    assert_matches_site(run, out)
    written = Path(out).read_bytes()
    export(run, out)
    assert Path(out).read_bytes() == written


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json"])
@pytest.mark.parametrize(("before", "after"), [*permutations(["ACTIVE", "PAUSED", "UNKNOWN"], 2)])
def test_a_changed_status_is_updated(before: str, after: str, form: str, run: Run, home: Home) -> None:
    for status, points in ((before, 1), (after, 2)):
        put_on_site(home, [rule("A", points, status=status)])
        export(run, form)

        assert_matches_site(run, form)


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json"])
def test_hostile_titles_are_added_to_a_file(form: str, run: Run, home: Home) -> None:
    export(run, form)
    titles = sorted({text[:50] for text in HOSTILE_TEXTS if not re.search("[\ud800-\udfff]", text)})
    put_on_site(home, [rule(title) for title in ["\x85", "\x85 \u2028", *titles] if title])
    export(run, form)

    assert_matches_site(run, form)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", Path(form).read_text())


FILE = f"""\
# Rules of the shop.   Ask Ada before you change them.
$schema: loyalty-rules.schema.json

tiers:
  Gold: {GOLD}  # the best ones
rules:   # in no order
  # The main one.
  - title: Purchase a product  # its title
    trigger: stores/OrderPaid
    earn: "20 per 1"   # quoted on purpose

  # Sessions, in full.
  - title: 'Book a session'
    trigger: bookings/BookingConfirmed
    fixedAmount:
      configs:
        - points: 100  # base
        # Gold earns more.
        - {{tierId: Gold, points: 150}}
  # RSVPs are paused.
  - {{title: RSVP to an event, trigger: events/Rsvp, earn: 10 points, status: PAUSED}}  # in one line
  # Signing up.
  - earn: 50 points
    trigger: wix_members-uou_signs_up
    title: Sign up to the site
    # Nothing more.
  - title: Order a plan
    trigger: wix_pricing_plans-plan_purchased
    conversionRate: {{field: price.amount, configs: [{{points: 5, moneyAmount: 1}}]}}

  # Old restaurants.
  - title: Place a restaurant order (old Wix Restaurants)
    trigger: wix_restaurants_orders-order_submitted
    earn: 1 per 1
    field: order.subtotal
    status: PAUSED
  # New restaurants.
  - title: >-
      Place a restaurant order
      (new Wix Restaurants)
    trigger: restaurants-order-is-pending
    earn: 1 per 1
    field: priceSummary.totalAmount
    status: PAUSED
# The end.
"""


def comments(text: str) -> list[str]:
    return sorted(re.findall("#.*", text))


def differing(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the removed and the added lines, in order, without indentation."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return tuple([line[2:].strip() for line in lines if line.startswith(mark)] for mark in "-+")  # type: ignore[return-value]


class TestUpdates:
    """Unchanged rules keep their text."""

    @pytest.fixture(autouse=True)
    def file(self, home: Home) -> Path:
        path = home.work / "rules.yaml"
        path.write_text(FILE)
        return path

    def test_unchanged_rules_keep_their_text(self, run: Run, file: Path) -> None:
        before = file.stat()
        export(run, "rules.yaml")

        assert file.read_text() == FILE
        assert file.stat().st_ino == before.st_ino

    @pytest.mark.parametrize(("changes", "gone", "new"), [
        ({"stores": {"conversionRate": {"configs": [{"points": 21, "moneyAmount": 1}]}}}, ['earn: "20 per 1"   # quoted on purpose'], ['earn: "21 per 1"   # quoted on purpose']),
        ({"bookings": {"fixedAmount": {"configs": [{"points": 100}, {"tierId": GOLD, "points": 151}]}}}, ["- {tierId: Gold, points: 150}"], ["- {tierId: Gold, points: 151}"]),
        ({"bookings": {"fixedAmount": {"configs": [{"points": 101}, {"tierId": GOLD, "points": 150}]}}}, ["- points: 100  # base"], ["- points: 101  # base"]),
        ({"bookings": {"status": "PAUSED"}}, [], ["status: PAUSED"]),
        ({"wix_members": {"fixedAmount": {"configs": [{"points": 51}]}}}, ["- earn: 50 points"], ["- earn: 51 points"]),
        ({"wix_members": {"status": "PAUSED"}}, [], ["status: PAUSED"]),
        ({"wix_pricing": {"conversionRate": {"configs": [{"points": 6, "moneyAmount": 1}], "field": "price.amount"}}}, ["conversionRate: {field: price.amount, configs: [{points: 5, moneyAmount: 1}]}"], ["conversionRate: {field: price.amount, configs: [{points: 6, moneyAmount: 1}]}"]),
        ({"wix_restaurants": {"status": "ACTIVE"}}, ["status: PAUSED"], ["status: ACTIVE"]),
        ({"wix_restaurants": {"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}], "field": "other"}}}, ["field: order.subtotal"], ["field: other"]),
        ({"restaurants": {"status": "ACTIVE"}}, ["status: PAUSED"], ["status: ACTIVE"]),
        ({"events": {"status": "ACTIVE"}}, ["- {title: RSVP to an event, trigger: events/Rsvp, earn: 10 points, status: PAUSED}  # in one line"], ["- {title: RSVP to an event, trigger: events/Rsvp, earn: 10 points, status: ACTIVE}  # in one line"]),
        ({"stores": {"status": "PAUSED"}}, [], ["status: PAUSED"]),
        ({"stores": {"conversionRate": {"configs": [{"points": 20, "moneyAmount": 1}, {"tierId": GOLD, "points": 30, "moneyAmount": 1}]}}}, [], ["tiers:", "Gold: 30 per 1"]),
        ({"stores": {"fixedAmount": {"configs": [{"points": 20}]}, "conversionRate": None}}, ['earn: "20 per 1"   # quoted on purpose'], ['earn: "20 points"   # quoted on purpose']),
    ])  # fmt: skip
    def test_a_change_edits_only_its_own_lines(  # noqa: PLR0913, PLR0917 - a case, and what it is tried on
        self,
        changes: dict[str, JsonObject],
        gone: list[str],
        new: list[str],
        run: Run,
        home: Home,
        file: Path,
    ) -> None:
        put_on_site(home, seeded(**changes))
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        text = file.read_text()
        assert comments(text) == comments(FILE)
        assert differing(FILE, text) == (gone, new)

    @pytest.mark.parametrize(("removed", "lost"), [
        ("stores", ["# The main one.", "# its title", "# quoted on purpose"]),
        ("bookings", ["# Sessions, in full.", "# Gold earns more.", "# base"]),
        ("events", ["# RSVPs are paused.", "# in one line"]),
        ("wix_members", ["# Signing up."]),
        ("wix_pricing", []),
        ("wix_restaurants", ["# Old restaurants."]),
        ("restaurants", ["# New restaurants."]),
    ])  # fmt: skip
    def test_a_removed_rule_is_removed_with_its_lines(
        self, removed: str, lost: list[str], run: Run, home: Home, file: Path
    ) -> None:
        put_on_site(home, seeded(**{removed: None}))
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        text = file.read_text()
        assert comments(text) == sorted(set(comments(FILE)) - set(lost))
        assert differing(FILE, text)[1] == []
        lines = iter(FILE.splitlines())
        assert all(line in lines for line in text.splitlines())  # in the same order

    def test_all_rules_can_be_removed(self, run: Run, home: Home, file: Path) -> None:
        put_on_site(home, [])
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        kept = comments(file.read_text())
        for comment in (
            "# Rules of the shop.   Ask Ada before you change them.",
            "# the best ones",
            "# The end.",
        ):
            assert comment in kept

    def test_new_rules_are_added_last_with_the_names_of_tiers(self, run: Run, home: Home, file: Path) -> None:
        tiers = [{"points": 5}, {"tierId": GOLD, "points": 7}, {"tierId": SILVER, "points": 6}]
        put_on_site(home, [rule("New", fixedAmount={"configs": tiers}), *seeds(), rule("Newer: #2", 3)])
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        text = file.read_text()
        assert comments(text.replace("#2", "")) == comments(FILE)
        assert differing(FILE, text)[0] == []
        assert "Gold: 7 points" in text
        assert f"{SILVER}: 6 points" in text
        assert (
            text.index("restaurants-order-is-pending") < text.index("title: New\n") < text.index("Newer: #2")
        )

    def test_the_long_and_the_short_form_are_kept(self, run: Run, home: Home, file: Path) -> None:
        fixed: JsonObject = {"fixedAmount": {"configs": [{"points": 7}, {"tierId": GOLD, "points": 8}]}}
        put_on_site(home, seeded(bookings=fixed, wix_members={"fixedAmount": {"configs": [{"points": 9}]}}))
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        text = file.read_text()
        assert "points: 7" in text
        assert "- earn: 9 points" in text
        assert text.count("fixedAmount") == FILE.count("fixedAmount") == 1
        assert text.count("earn:") == FILE.count("earn:")

    def test_names_of_tiers_are_used_in_the_long_form(self, run: Run, home: Home, file: Path) -> None:
        fixed: JsonObject = {"fixedAmount": {"configs": [{"points": 100}, {"tierId": GOLD, "points": 151}]}}
        put_on_site(home, seeded(bookings=fixed))
        export(run, "rules.yaml")

        assert file.read_text().count(GOLD) == 1

    def test_the_title_of_a_rule_given_by_id_is_updated(self, run: Run, home: Home, file: Path) -> None:
        file.write_text(
            f"# one\nrules:\n  - id: {PURCHASE}  # two\n    title: Old  # three\n    earn: 20 per 1\n"
        )
        put_on_site(home, seeds()[:1])
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        assert comments(file.read_text()) == ["# one", "# three", "# two"]
        assert re.search("(?m)^    title: Purchase a product +# three$", file.read_text())

    def test_fields_that_a_rule_leaves_out_stay_left_out(self, run: Run, home: Home, file: Path) -> None:
        text = f"rules:\n- id: {PURCHASE}\n  earn: 20 per 1\n"
        file.write_text(text)
        put_on_site(home, seeds()[:1])
        export(run, "rules.yaml")

        assert file.read_text() == text

    @pytest.mark.parametrize("spoil", [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"\ufeff{text}",
        lambda text: f"---\n{text}",
        lambda text: f"{text}...\n",
        lambda text: text.removesuffix("\n"),
        lambda text: re.sub("(?m)^( *)(- )?", lambda match: f"{match[1] * 2}{'-   ' if match[2] else ''}", text),
        lambda text: text.replace("\n  #", "\n#"),
        lambda text: text.replace("\n        - points", "\n      - points").replace("\n        - {", "\n      - {"),
        lambda text: text.replace("$schema: loyalty", '"$schema" :   loyalty'),
        lambda text: text.replace("earn: 1 per 1", 'earn: "\\x31 per 1"'),
        lambda text: text.replace("- title: Order", "-\n    title: Order"),
    ], ids=["crlf", "bom", "start", "end", "no-line-end", "wide", "comments-left", "mixed", "spaces", "escapes", "dash"])  # fmt: skip
    @pytest.mark.parametrize("what", ["change", "removal", "addition"])
    @pytest.mark.sampled
    def test_other_notations_of_the_same_value_are_kept(
        self, spoil: Any, what: str, run: Run, home: Home, file: Path
    ) -> None:
        before = spoil(FILE).encode()
        file.write_bytes(before)
        put_on_site(home, {
            "change": seeded(wix_members={"fixedAmount": {"configs": [{"points": 51}]}}),
            "removal": seeded(wix_members=None),
            "addition": [*seeds(), rule("New", 3)],
        }[what])  # fmt: skip
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        after = file.read_bytes()
        lost = {"# Signing up."} - {*comments(after.decode())} if what == "removal" else set()
        kept = [one for one in comments(before.decode().replace("\r", "")) if one not in lost]
        assert comments(after.decode().replace("\r", "")) == kept
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
        gone = [line.strip().replace(b"-   ", b"- ") for line in old[:-1] if line not in new]
        assert gone == {
            "change": [b"- earn: 50 points"],
            "removal": [*(one.encode() for one in lost), b"- earn: 50 points", b"trigger: wix_members-uou_signs_up", b"title: Sign up to the site"],
            "addition": [],
        }[what]  # fmt: skip
