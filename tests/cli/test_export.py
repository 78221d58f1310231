"""`rules export`: what is written reads back as the same rules, and what somebody wrote stays."""

from __future__ import annotations

import difflib
import json
import os
import random
import re
import uuid
from itertools import count, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind
from loyaltyctl.sandbox.app import DEFAULT_SITE
from loyaltyctl.sandbox.seeds import seeds
from loyaltyctl.sandbox.store import Store
from tests.apply.programmes import SILVER, sites
from tests.conftest import GOLD, PURCHASE, RSVP, SESSION
from tests.render.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.rules import EarningRule
    from tests.conftest import Home, Result, Run

SCHEMA = "loyalty-rules.schema.json"
_numbers = count()


def put(home: Home, documents: Iterable[JsonObject]) -> None:
    """Make these the rules of the sandbox."""
    store = Store(home.data / "sandbox.sqlite3")
    with store.site(DEFAULT_SITE, writes=True) as site:
        for rule in site.rules():
            site.delete(str(rule["id"]))
        for document in documents:
            site.insert(document)
    store.close()


def rule(title: str, points: int = 1, activity: str = "events/Rsvp", **more: Any) -> JsonObject:
    """A rule as the sandbox keeps it."""
    return {
        "id": str(uuid.uuid4()),
        "sourceAppId": LOYALTY_APP,
        "triggerAppId": BY_ACTIVITY[activity].app_id,
        "triggerActivityType": activity,
        "title": title,
        "status": "ACTIVE",
        "revision": "1",
        "metadata": {"canBeDeleted": True},
    } | (more if {*more} & {"fixedAmount", "conversionRate"} else {"fixedAmount": {"configs": [{"points": points}]}} | more)  # fmt: skip


def seeded(**changes: JsonObject | None) -> list[JsonObject]:
    """The rules that the sandbox begins with, by the first letters of their triggers, changed or left out."""
    found = []
    for document in seeds():
        [activity] = [str(document["triggerActivityType"])]
        key = next((name for name in changes if activity.startswith(name)), None)
        change = changes[key] if key else {}
        if change is not None:
            found.append(document | change)
    return found


def exported(run: Run, out: str, *, code: int = 0) -> Result:
    return run(["-p", "sandbox", "rules", "export", "--out", out, "--yes"], code=code)


def same(run: Run, path: str) -> None:
    """Assert that a file says what is on the site, all of it."""
    differing = run(["-p", "sandbox", "rules", "diff", "-f", path, "--prune", "--exit-code"])
    assert differing.out == ""
    assert "WARN" not in differing.err.upper()


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/", "-", "--json", "-o yaml", "-o json"])
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate]
)
@given(there=sites)
def test_what_is_exported_is_what_is_there(form: str, there: list[EarningRule], run: Run, home: Home) -> None:
    put(home, [one.document for one in there])
    folder = home.work / str(next(_numbers))
    folder.mkdir()
    out = f"{folder.name}/{form}"
    if form.startswith("-"):
        out = f"{folder.name}/rules.{'json' if 'json' in form else 'yaml'}"
        Path(out).write_text(run(f"-p sandbox rules export {form.removeprefix('- ')}".removesuffix(" -")).out)
    else:
        exported(run, out)

    if there or not form.endswith("/"):
        same(run, out)


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate]
)
@given(before=sites, after=sites)
@pytest.mark.parametrize("form", ["rules.yaml", "rules.json"])
def test_a_file_that_is_brought_up_to_date_says_what_is_there(
    form: str, before: list[EarningRule], after: list[EarningRule], run: Run, home: Home
) -> None:
    out = f"{next(_numbers)}-{form}"
    put(home, [one.document for one in before])
    exported(run, out)
    kept = [one.document for one in before[::2]]
    put(home, [*kept, *(one.document for one in after if one.id not in {two["id"] for two in kept})])
    exported(run, out)

    same(run, out)
    written = Path(out).read_bytes()
    exported(run, out)
    assert Path(out).read_bytes() == written


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json"])
@pytest.mark.parametrize(("before", "after"), [*permutations(["ACTIVE", "PAUSED", "UNKNOWN"], 2)])
def test_a_status_that_changed_is_brought_up_to_date(
    before: str, after: str, form: str, run: Run, home: Home
) -> None:
    for status, points in ((before, 1), (after, 2)):
        put(home, [rule("A", points, status=status)])
        exported(run, form)

        same(run, form)


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/"])
def test_hostile_titles_come_back_as_they_are(form: str, run: Run, home: Home) -> None:
    titles = sorted({text[:50] for text in HOSTILE_TEXTS if not re.search("[\ud800-\udfff]", text)})
    titles = titles[::4] if form == "rules/" else titles  # each of them is a file
    put(home, [rule(title) for title in titles if title])
    exported(run, form)

    same(run, form)
    assert all(path.resolve().is_relative_to(home.work) for path in Path().rglob("*"))
    texts = [path.read_text() for path in Path().rglob("*.yaml")]
    assert not any(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", text) for text in texts)
    put(home, [rule(title, 2) for title in titles if title])
    exported(run, form)
    same(run, form)


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json"])
def test_hostile_titles_may_be_added_to_a_file(form: str, run: Run, home: Home) -> None:
    exported(run, form)
    titles = sorted({text[:50] for text in HOSTILE_TEXTS if not re.search("[\ud800-\udfff]", text)})
    put(home, [rule(title) for title in ["\x85", "\x85 \u2028", *titles] if title])
    exported(run, form)

    same(run, form)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", Path(form).read_text())


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/"])
def test_half_of_a_surrogate_pair_is_an_error(form: str, run: Run, home: Home) -> None:
    put(home, [rule("A"), rule("B \ud800")])

    run(f"-p sandbox rules export --out {form}", code=6)

    assert not Path(form).exists()


@pytest.mark.parametrize("form", ["rules.yaml", "rules.json", "rules/", "--json"])
def test_rules_that_only_an_id_tells_apart_have_it(form: str, run: Run, home: Home) -> None:
    put(home, [rule("A", 1), rule("A", 2), rule("B", 3)])
    if form == "--json":
        form = "rules.json"
        Path(form).write_text(run("-p sandbox rules export --json").out)
    else:
        exported(run, form)

    same(run, form)
    texts = [path.read_text() for path in Path().rglob("*") if path.is_file() and path.name != SCHEMA]
    assert sum(len(re.findall(r"\bid\b\W", text)) for text in texts) == 2


@pytest.mark.parametrize("number", [2.0, 20.0])
def test_numbers_that_are_not_whole_come_back(number: float, run: Run, home: Home) -> None:
    put(home, [rule("A", fixedAmount={"configs": [{"points": number}]})])
    exported(run, "rules.yaml")

    same(run, "rules.yaml")


class TestSchema:
    """The schema lies beside, and the file names it."""

    @pytest.mark.parametrize(("out", "beside"), [
        ("rules.yaml", SCHEMA), ("rules.json", SCHEMA), ("a/b/rules.yaml", f"a/b/{SCHEMA}"), ("rules/", f"rules/{SCHEMA}"), ("new/rules/", f"new/rules/{SCHEMA}"),
    ])  # fmt: skip
    def test_it_is_valid_json(self, out: str, beside: str, run: Run) -> None:
        exported(run, out)

        schema = json.loads(Path(beside).read_text())
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert {"earn", "trigger", "tiers"} <= schema["$defs"]["rule"]["properties"].keys()
        for path in Path().rglob("*.yaml"):
            assert path.read_text().startswith(f"$schema: {SCHEMA}\n")
        for path in Path().rglob("rules.json"):
            assert json.loads(path.read_text())["$schema"] == SCHEMA

    def test_every_reference_in_it_leads_somewhere(self, run: Run) -> None:
        exported(run, "rules.yaml")

        text = Path(SCHEMA).read_text()
        names = {*re.findall(r'"\$ref": "#/\$defs/(\w+)"', text)}
        assert names
        assert names <= json.loads(text)["$defs"].keys()

    def test_it_is_no_file_of_rules(self, run: Run) -> None:
        exported(run, "rules/")

        same(run, "rules/")
        assert run("rules validate -f rules").code == 0


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
    """The lines that went and those that came, in their order, without their indentation."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return tuple([line[2:].strip() for line in lines if line.startswith(mark)] for mark in "-+")  # type: ignore[return-value]


class TestBringingUpToDate:
    """What is still true stays as it was written."""

    @pytest.fixture(autouse=True)
    def file(self, home: Home) -> Path:
        path = home.work / "rules.yaml"
        path.write_text(FILE)
        return path

    def test_what_is_true_is_not_touched(self, run: Run, file: Path) -> None:
        before = file.stat()
        exported(run, "rules.yaml")

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
    def test_a_change_changes_its_lines_alone(  # noqa: PLR0913, PLR0917 - a case, and what it is tried on
        self,
        changes: dict[str, JsonObject],
        gone: list[str],
        new: list[str],
        run: Run,
        home: Home,
        file: Path,
    ) -> None:
        put(home, seeded(**changes))
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
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
    def test_a_rule_that_is_gone_takes_its_own_lines_with_it(
        self, removed: str, lost: list[str], run: Run, home: Home, file: Path
    ) -> None:
        put(home, seeded(**{removed: None}))
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
        text = file.read_text()
        assert comments(text) == sorted(set(comments(FILE)) - set(lost))
        assert differing(FILE, text)[1] == []
        lines = iter(FILE.splitlines())
        assert all(line in lines for line in text.splitlines())  # in the same order

    def test_all_rules_may_go(self, run: Run, home: Home, file: Path) -> None:
        put(home, [])
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
        kept = comments(file.read_text())
        for comment in (
            "# Rules of the shop.   Ask Ada before you change them.",
            "# the best ones",
            "# The end.",
        ):
            assert comment in kept

    def test_new_rules_come_last_with_the_names_of_tiers(self, run: Run, home: Home, file: Path) -> None:
        tiers = [{"points": 5}, {"tierId": GOLD, "points": 7}, {"tierId": SILVER, "points": 6}]
        put(home, [rule("New", fixedAmount={"configs": tiers}), *seeds(), rule("Newer: #2", 3)])
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
        text = file.read_text()
        assert comments(text.replace("#2", "")) == comments(FILE)
        assert differing(FILE, text)[0] == []
        assert "Gold: 7 points" in text
        assert f"{SILVER}: 6 points" in text
        assert (
            text.index("restaurants-order-is-pending") < text.index("title: New\n") < text.index("Newer: #2")
        )

    def test_the_long_form_stays_long_and_the_short_one_short(self, run: Run, home: Home, file: Path) -> None:
        fixed: JsonObject = {"fixedAmount": {"configs": [{"points": 7}, {"tierId": GOLD, "points": 8}]}}
        put(home, seeded(bookings=fixed, wix_members={"fixedAmount": {"configs": [{"points": 9}]}}))
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
        text = file.read_text()
        assert "points: 7" in text
        assert "- earn: 9 points" in text
        assert text.count("fixedAmount") == FILE.count("fixedAmount") == 1
        assert text.count("earn:") == FILE.count("earn:")

    def test_names_of_tiers_are_used_in_the_long_form_too(self, run: Run, home: Home, file: Path) -> None:
        fixed: JsonObject = {"fixedAmount": {"configs": [{"points": 100}, {"tierId": GOLD, "points": 151}]}}
        put(home, seeded(bookings=fixed))
        exported(run, "rules.yaml")

        assert file.read_text().count(GOLD) == 1

    def test_a_title_that_is_given_by_id_is_brought_up_to_date(
        self, run: Run, home: Home, file: Path
    ) -> None:
        file.write_text(
            f"# one\nrules:\n  - id: {PURCHASE}  # two\n    title: Old  # three\n    earn: 20 per 1\n"
        )
        put(home, seeds()[:1])
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
        assert comments(file.read_text()) == ["# one", "# three", "# two"]
        assert re.search("(?m)^    title: Purchase a product +# three$", file.read_text())

    def test_what_a_statement_leaves_out_it_goes_on_leaving_out(
        self, run: Run, home: Home, file: Path
    ) -> None:
        text = f"rules:\n- id: {PURCHASE}\n  earn: 20 per 1\n"
        file.write_text(text)
        put(home, seeds()[:1])
        exported(run, "rules.yaml")

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
    def test_other_ways_to_write_it_stay_too(
        self, spoil: Any, what: str, run: Run, home: Home, file: Path
    ) -> None:
        before = spoil(FILE).encode()
        file.write_bytes(before)
        put(home, {
            "change": seeded(wix_members={"fixedAmount": {"configs": [{"points": 51}]}}),
            "removal": seeded(wix_members=None),
            "addition": [*seeds(), rule("New", 3)],
        }[what])  # fmt: skip
        exported(run, "rules.yaml")

        same(run, "rules.yaml")
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


def written(
    cases: random.Random, documents: list[JsonObject], names: dict[str, str], *, uniform: bool
) -> str:
    """A file that states rules as some hand might, with a comment wherever one may stand."""
    number = count(1)
    dash, gap = cases.choice([("", "  "), ("  ", "  "), (" ", "  ")])
    inner, step = (
        (dash, "  ") if uniform else (cases.choice(["", "  ", "    "]), cases.choice(["  ", "    "]))
    )

    def remark() -> str:
        return cases.choice(["", "", f"  # c{next(number)}."])

    lines = [
        f"# c{next(number)}.",
        "tiers:",
        *(f"  {name}: {tier}{remark()}" for tier, name in names.items()),
    ]
    lines.append(f"rules:{remark()}")
    for document in documents:
        lines += [
            cases.choice(["", f"{dash}# c{next(number)}.", f"# c{next(number)}."])
            for _ in range(cases.randrange(3))
        ]
        title = cases.choice(["{}", "'{}'", '"{}"']).format(document["title"])
        award: Any = document["fixedAmount"]
        base, *tiers = [(names.get(one.get("tierId")), one["points"]) for one in award["configs"]]
        fields = [
            [f"title: {title}{remark()}"],
            [f"trigger: {document['triggerActivityType']}{remark()}"],
            [f"status: {document['status']}{remark()}"],
        ]
        if cases.random() < 0.3:
            tier_lines = [
                f"{{points: {base[1]}}}",
                *(f"{{tierId: {tier}, points: {points}}}" for tier, points in tiers),
            ]
            fields.append(
                [
                    "fixedAmount:",
                    f"{step}configs:",
                    *(f"{step}{inner}- {line}{remark()}" for line in tier_lines),
                ]
            )
        else:
            fields.append([f"earn: {base[1]} points{remark()}"])
            if tiers:
                fields.append(
                    ["tiers:", *(f"{step}{tier}: {points} points{remark()}" for tier, points in tiers)]
                )
        cases.shuffle(fields)
        first, *others = [line for field in fields for line in field]
        lines += [f"{dash}-{gap[1:]}{first}", *(f"{dash}{gap}{line}" for line in others)]
    lines += cases.choice([[], [f"# c{next(number)}."]])
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("seed", "uniform"), [*((seed, True) for seed in range(50)), *((seed, False) for seed in range(8))])  # fmt: skip
def test_whoever_wrote_a_file_finds_it_as_it_was(seed: int, uniform: bool, run: Run, home: Home) -> None:
    cases = random.Random(seed)  # noqa: S311 - for cases, not for secrets
    names = {GOLD: "Gold", SILVER: "Silver 2"}

    def award() -> dict[str, Any]:
        tiers = [
            {"tierId": tier, "points": cases.randrange(100, 200)} for tier in names if cases.random() < 0.4
        ]
        return {"fixedAmount": {"configs": [{"points": cases.randrange(2, 100)}, *tiers]}}

    activities = [name for name, one in BY_ACTIVITY.items() if one.kind is Kind.NON_AUTOMATED]
    documents = [
        rule(
            f"Rule {i}",
            activity=cases.choice(activities),
            status=cases.choice(["ACTIVE", "PAUSED"]),
            **award(),
        )
        for i in range(cases.randrange(1, 6))
    ]
    text = written(cases, documents, names, uniform=uniform)
    Path("rules.yaml").write_text(text)
    put(home, documents)
    exported(run, "rules.yaml")
    assert Path("rules.yaml").read_text() == text, "what is true was changed"

    after: dict[str, JsonObject] = {}
    for document in documents:
        other = {"ACTIVE": "PAUSED", "PAUSED": "ACTIVE"}[str(document["status"])]
        possible: list[JsonObject | None] = [{}, {}, {"status": other}, award(), None]
        change = cases.choice(possible)
        if change is not None:
            after[str(document["title"])] = document | change
    put(home, [*after.values(), *(rule(f"New {i}", **award()) for i in range(cases.randrange(2)))])
    exported(run, "rules.yaml")

    same(run, "rules.yaml")
    before = {str(document["title"]): document for document in documents}
    _check_kept(text, Path("rules.yaml").read_text(), before, after, names)


def _check_kept(
    old: str, new: str, before: dict[str, JsonObject], after: dict[str, JsonObject], names: dict[str, str]
) -> None:
    """Lines stay that are still true; and comments, but for those on lines of what is gone."""
    head, body = re.split("(?m)(?<=^rules:).*\n", old, maxsplit=1)
    # A comment right above a rule goes with it, if it goes.
    above = [match[0] for match in re.finditer(r"(?m)^( *)# c\d+\.(?=\n(?:\1# c.*\n)*\1-)", body)]
    remarks = [one for one in re.findall("(?m)^ *# c.*", body) if one not in above] + re.findall(
        "# c.*", head
    )
    for item in re.findall(r"(?m)^ *-(?! *\{)(?:.*\n)(?: +(?!#).*\n)*?(?= *#| *-(?! *\{)| *$|\Z)", body):
        [title] = re.findall(r"Rule \d+", item)
        if title not in after:
            assert title not in new
            continue
        gone = {name for tier, name in names.items() if tier not in json.dumps(after[title])}
        remarks += [
            match
            for line in item.splitlines()
            if not any(name in line for name in gone)
            for match in re.findall("# c.*", line)
        ]
        if after[title] == before[title]:
            assert item in new, f"{item} was changed:\n{new}"
    assert [remark for remark in remarks if remark.strip() not in new] == [], f"{old}---\n{new}"


class TestFolders:
    """A file for each rule."""

    def test_each_rule_has_a_file_named_after_it(self, run: Run) -> None:
        exported(run, "rules/")

        assert sorted(path.name for path in Path("rules").iterdir()) == [
            "book-a-session.yaml",
            SCHEMA,
            "order-a-plan.yaml",
            "place-a-restaurant-order-new-wix-restaurants.yaml",
            "place-a-restaurant-order-old-wix-restaurants.yaml",
            "purchase-a-product.yaml",
            "rsvp-to-an-event.yaml",
            "sign-up-to-the-site.yaml",
        ]
        same(run, "rules")

    def test_a_new_rule_gets_a_new_file_and_the_others_stay(self, run: Run, home: Home) -> None:
        Path("rules/shop").mkdir(parents=True)
        mine = "# Mine.\nrules:\n- title: Purchase a product # yes\n  trigger: stores/OrderPaid\n  earn: 20 per 1\n"
        Path("rules/shop/all.yml").write_text(mine)
        put(home, [seeds()[0], rule("Book!", 3), rule("Book?", 4)])
        exported(run, "rules")

        same(run, "rules")
        assert Path("rules/shop/all.yml").read_text() == mine
        assert sorted(path.name for path in Path("rules").glob("*.yaml")) == ["book-2.yaml", "book.yaml"]

    def test_a_rule_that_is_gone_leaves_its_file(self, run: Run, home: Home) -> None:
        Path("rules").mkdir()
        Path("rules/two.yaml").write_text(
            "# Two.\nrules:\n- title: Purchase a product\n  trigger: stores/OrderPaid\n  earn: 20 per 1\n"
            "# B.\n- title: Gone\n  trigger: stores/OrderPaid\n  earn: 1 point\n"
        )
        put(home, seeds()[:1])
        exported(run, "rules/")

        same(run, "rules")
        assert Path("rules/two.yaml").read_text() == (
            "# Two.\nrules:\n- title: Purchase a product\n  trigger: stores/OrderPaid\n  earn: 20 per 1\n"
        )

    def test_the_last_rule_of_an_exported_file_may_go(self, run: Run, home: Home) -> None:
        exported(run, "rules/")
        put(home, seeded(events=None))
        exported(run, "rules/")

        same(run, "rules/")
        assert not Path("rules/rsvp-to-an-event.yaml").exists()

    def test_one_with_a_comment_in_it_stays(self, run: Run, home: Home) -> None:
        exported(run, "rules/")
        with Path("rules/rsvp-to-an-event.yaml").open("a") as file:
            file.write("# what I wanted to say\n")
        put(home, seeded(events=None))
        exported(run, "rules/")

        same(run, "rules/")
        assert "# what I wanted to say" in Path("rules/rsvp-to-an-event.yaml").read_text()

    def test_an_empty_folder_of_an_empty_site(self, run: Run, home: Home) -> None:
        put(home, [])
        exported(run, "rules/")

        assert [path.name for path in Path("rules").iterdir()] == [SCHEMA]


class TestRefusals:
    """What cannot be written to stays as it is."""

    @pytest.mark.parametrize(("name", "text"), [
        ("notes.yaml", "just: notes\n"), ("notes.yaml", "- 5\n"), ("notes.json", '{"a": 1}'), ("notes.json", "{"), ("notes.yaml", "a: b: c\n"),
        ("notes.yaml", "rules: 5\n"), ("notes.yaml", "rules:\n- {title: A, trigger: events/Rsvp, earn: lots}\n"),
        ("notes.yaml", "rules:\n- &a {title: A, trigger: events/Rsvp}\n"), ("notes.yaml", "rules: []\nrulez: 1\n"),
    ])  # fmt: skip
    def test_a_file_that_is_no_file_of_rules(self, name: str, text: str, run: Run) -> None:
        Path(name).write_text(text)

        ended = exported(run, name, code=6)
        assert ended.out == ""
        assert name in ended.err
        assert Path(name).read_text() == text
        assert not Path(SCHEMA).exists()

    def test_one_such_file_in_a_folder_keeps_all_others_as_they_are(self, run: Run) -> None:
        exported(run, "rules/")
        Path("rules/notes.yaml").write_text("just: notes\n")
        before = {path: path.read_bytes() for path in Path("rules").iterdir()}
        run("-p sandbox rules update " + RSVP + " --points 99")

        exported(run, "rules/", code=6)
        assert {path: path.read_bytes() for path in Path("rules").iterdir()} == before

    @pytest.mark.parametrize("name", ["rules.csv", "rules.tsv", "rules.jsonl"])
    def test_tables_are_no_files_of_rules(self, name: str, run: Run) -> None:
        ended = run(f"-p sandbox rules export --out {name}", code=None)

        assert ended.code != 0
        assert not Path(name).exists()

    def test_nor_are_those_that_are_there(self, run: Run) -> None:
        text = "title,trigger,points\nA,events/Rsvp,1\n"
        Path("rules.csv").write_text(text)

        ended = exported(run, "rules.csv", code=2)
        assert "a file of rules is YAML or JSON: rules.csv has none of .yaml .yml .json" in ended.err
        assert Path("rules.csv").read_text() == text

    def test_a_file_of_one_rule_takes_no_others(self, run: Run) -> None:
        text = "title: Purchase a product\ntrigger: stores/OrderPaid\nearn: 20 per 1\n"
        Path("rules.yaml").write_text(text)

        ended = exported(run, "rules.yaml", code=6)
        assert "a file of a single rule takes no others" in ended.err
        assert Path("rules.yaml").read_text() == text

    def test_a_folder_that_is_a_file(self, run: Run) -> None:
        Path("file").write_text("x")

        ended = exported(run, "file/rules.yaml", code=1)
        assert "cannot write to file" in ended.err
        assert ended.out == ""

    @pytest.mark.parametrize("out", ["/proc/rules.yaml", "/proc/rules/"])
    def test_a_file_system_that_takes_no_files(self, out: str, run: Run) -> None:
        ended = exported(run, out, code=1)

        assert "cannot write to /proc" in ended.err
        assert "Traceback" not in ended.err

    def test_two_of_its_rules_are_the_same(self, run: Run) -> None:
        text = "rules:\n" + "- {title: A, trigger: events/Rsvp, earn: 1 point}\n" * 2
        Path("rules.yaml").write_text(text)

        assert "has the trigger and the title of the rule at" in exported(run, "rules.yaml", code=6).err
        assert Path("rules.yaml").read_text() == text


def test_a_file_that_was_written_anew_is_for_people(run: Run, home: Home) -> None:
    put(home, [rule("A", 2), *seeds()[1:2]])
    exported(run, "rules.yaml")

    assert Path("rules.yaml").read_text() == (
        f"$schema: {SCHEMA}\nrules:\n- title: A\n  trigger: events/Rsvp\n  earn: 2 points\n\n"
        "- title: Book a session\n  trigger: bookings/BookingConfirmed\n  earn: 100 points\n"
        f"  tiers:\n    {GOLD}: 150 points\n"
    )


@pytest.mark.parametrize("name", ["rules.yaml", "rules.json"])
def test_an_old_mode_stays_and_a_new_file_is_shared(name: str, run: Run, home: Home) -> None:
    exported(run, name)
    assert Path(name).stat().st_mode & 0o077 == 0o044 & ~_umask()
    Path(name).chmod(0o640)
    put(home, seeded(events={"status": "ACTIVE"}))
    exported(run, name)

    assert Path(name).stat().st_mode & 0o777 == 0o640
    same(run, name)


def _umask() -> int:
    taken = os.umask(0)
    os.umask(taken)
    return taken


def test_nothing_is_written_in_a_rehearsal(run: Run) -> None:
    run("-p sandbox rules export --out rules.yaml --dry-run")

    assert not Path("rules.yaml").exists()
    assert SESSION not in "".join(map(str, Path().iterdir()))
