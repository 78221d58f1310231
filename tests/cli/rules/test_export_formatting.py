"""`rules export` to files in any style: comments and formatting are kept (random files and changes)."""

from __future__ import annotations

import json
import random
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.model.triggers import BY_ACTIVITY, Kind
from tests.apply.strategies import SILVER
from tests.cli.rules.exports import assert_matches_site, export, put_on_site, rule
from tests.conftest import GOLD

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject
    from tests.conftest import Home, Run


def written(
    cases: random.Random, documents: list[JsonObject], names: dict[str, str], *, uniform: bool
) -> str:
    """Return a rules file in a random style, with comments in every place that allows them."""
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
@pytest.mark.sampled
def test_text_that_need_not_change_is_kept_in_any_style(
    seed: int, uniform: bool, run: Run, home: Home
) -> None:
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
    put_on_site(home, documents)
    export(run, "rules.yaml")
    assert Path("rules.yaml").read_text() == text, "what is true was changed"

    after: dict[str, JsonObject] = {}
    for document in documents:
        other = {"ACTIVE": "PAUSED", "PAUSED": "ACTIVE"}[str(document["status"])]
        possible: list[JsonObject | None] = [{}, {}, {"status": other}, award(), None]
        change = cases.choice(possible)
        if change is not None:
            after[str(document["title"])] = document | change
    put_on_site(home, [*after.values(), *(rule(f"New {i}", **award()) for i in range(cases.randrange(2)))])
    export(run, "rules.yaml")

    assert_matches_site(run, "rules.yaml")
    before = {str(document["title"]): document for document in documents}
    _check_kept(text, Path("rules.yaml").read_text(), before, after, names)


def _check_kept(
    old: str, new: str, before: dict[str, JsonObject], after: dict[str, JsonObject], names: dict[str, str]
) -> None:
    """Assert that unchanged lines are kept, and all comments but those on removed lines."""
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
