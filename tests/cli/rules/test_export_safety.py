"""`rules export` to a file that people edit: the result is valid, and no edits are lost."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.intake import documents
from loyaltyctl.sandbox.seeds import seeds
from tests.cli.rules.exports import SCHEMA, assert_matches_site, export, put_on_site, rule, seeded
from tests.cli.terminal import screen
from tests.conftest import GOLD, RSVP
from tests.render.yaml_files import StyleWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import Home, Run, Served

A = "- title: A\n  trigger: events/Rsvp\n"
PAUSED: dict[str, Any] = {"status": "PAUSED"}
TIERS: dict[str, Any] = {"fixedAmount": {"configs": [{"points": 1}, {"tierId": GOLD, "points": 2}]}}


class TestStyles:
    """Notations of YAML and JSON that people use."""

    @pytest.mark.parametrize(("text", "documents"), [
        (f"rules:\n{A}  earn: 1 point\n  status:\n", [rule("A", 1, **PAUSED)]),
        (f"rules:\n{A}  earn: 1 point\n  status: # why\n", [rule("A", 1, **PAUSED)]),
        ("rules:\n- {title: A 😀, trigger: events/Rsvp, earn: 1 point} # c\n", [rule("A 😀", 2)]),
        ("rules:\n- {title: A, trigger: events/Rsvp, earn: 1 point} # c\n", [rule("A", 1, **PAUSED), rule("😀")]),
        (f"rules:\n# what: all of them\n{A}  earn: 1 point\n", []),
        (f"rules: # c\n\n  # what: all of them\n\n{A}  earn: 1 point\n# end: here\n", []),
        (f"{A}  earn: 1 point # c\n", []),
        (f"- earn: 1 point # one\n  # two\n  trigger: events/Rsvp # three\n  title: A\n  tiers: {{{GOLD}: 2 points}}\n", [rule("A", fixedAmount={"configs": [{"points": 3, "tierId": GOLD}]})]),
        (f"- tiers: # one\n    # two\n    {GOLD}: 2 points # three\n  trigger: events/Rsvp\n  title: A\n  earn: 1 point\n", [rule("A", 1)]),
        (f"{A}  tiers: {{{GOLD}: 2 points}} # c\n  earn: 1 point\n", [rule("A", fixedAmount={"configs": [{"points": 1}, {"tierId": GOLD, "points": 3}]})]),
        ("# only a comment", [rule("A")]),
        ("\ufeff# only a comment\r\n", [rule("A")]),
        (f"{A}  earn: 1 point", [rule("A", 1, **PAUSED), rule("B")]),
        ("[]", [rule("A"), rule("B")]),
        ("rules: [ # none\n]\n", [rule("A"), rule("B")]),
    ])  # fmt: skip
    def test_a_file_stays_valid_and_keeps_its_comments(
        self, text: str, documents: list[Any], run: Run, home: Home
    ) -> None:
        Path("rules.yaml").write_bytes(text.encode())
        put_on_site(home, documents)
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        after = Path("rules.yaml").read_bytes().decode()
        assert [
            one for one in re.findall(r"# [\w: ]+\w", text) if one not in after and one != "# three"
        ] == []
        assert after.startswith("\ufeff") == text.startswith("\ufeff")
        assert after.count("\r\n") == (after.count("\n") if "\r" in text else 0)

    def test_tiers_and_a_status_are_added_together(self, run: Run, home: Home) -> None:
        put_on_site(home, [rule("A", 1, **TIERS), rule("B")])
        export(run, "rules.yaml")
        silver = {"tierId": "9d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a", "points": 3}
        configs = [{"points": 1}, {"tierId": GOLD, "points": 2}, silver]
        put_on_site(home, [rule("A", fixedAmount={"configs": configs}, **PAUSED), rule("B", 1, **TIERS, **PAUSED)])  # fmt: skip
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")

    @pytest.mark.parametrize("seed", range(40))
    @pytest.mark.sampled
    def test_any_change_is_written_in_any_style(self, seed: int, run: Run, home: Home) -> None:
        chance = random.Random(seed)  # noqa: S311 - for cases, not for secrets
        before: list[Any] = [_random(chance, f"{title} {i}") for i, title in enumerate(chance.sample(["A", "B: c", "😀", "#1", "it's"], 3))]  # fmt: skip
        put_on_site(home, before)
        stated: Any = documents.parse(run("-p sandbox rules export").out.encode(), "x.yaml").value
        hand, text = StyleWriter(chance), ""
        while not text or documents.parse(text.encode(), "rules.yaml").value != stated:
            # Now and then a comment falls into a text of several lines and changes it: draw another.
            text = "\n".join(hand.block(stated, (), 0)) + "\n"
        Path("rules.yaml").write_text(text)
        export(run, "rules.yaml")
        assert Path("rules.yaml").read_text() == text

        changed: list[Any] = [_random(chance, one["title"]) | {"triggerActivityType": one["triggerActivityType"], "triggerAppId": one["triggerAppId"]} for one in before if chance.random() < 0.8]  # fmt: skip
        put_on_site(home, [*changed, *(_random(chance, "New 😀") for _ in range(chance.randrange(2)))])
        export(run, "rules.yaml")

        assert_matches_site(run, "rules.yaml")
        after = Path("rules.yaml").read_text()
        titles = {one["title"] for one in changed}
        rules = stated["rules"]
        first_stays = not rules or rules[0]["title"] in titles or not changed
        for comment in hand.comments:
            index = comment.path[1] if comment.path[:1] == ("rules",) and len(comment.path) > 1 else None
            if isinstance(index, int):
                must_stay = rules[index]["title"] in titles and len(comment.path) == 2
            else:
                must_stay = first_stays or not comment.below
            if comment.text in text and must_stay:
                assert comment.text in after


def _random(chance: random.Random, title: str) -> Any:
    configs: list[dict[str, Any]] = [{"points": chance.randrange(100)}]
    configs += [{"tierId": GOLD, "points": chance.randrange(100)}] * (chance.random() < 0.5)
    return rule(title, fixedAmount={"configs": configs}, status=chance.choice(["PAUSED", "ACTIVE"]))


class TestConcurrentEdits:
    """A file that changes during the run is not overwritten."""

    @pytest.mark.parametrize("out", ["rules.yaml", "rules/rsvp-to-an-event.yaml"])
    def test_an_edit_during_the_prompt_is_not_overwritten(
        self, out: str, environ: Mapping[str, str], run: Run, home: Home
    ) -> None:
        target = out.partition("/")[0] + ("/" if "/" in out else "")
        export(run, target)
        put_on_site(home, seeded(events=None))
        others = {path: path.read_bytes() for path in Path().rglob("*.yaml")}

        def save() -> str:
            Path(out).write_text("# an edit\n")
            return "y"

        line = [sys.executable, "-m", "loyaltyctl", "-p", "sandbox", "rules", "export", "--out", target]
        ended = screen(line, environ, [("[y/N]", save)])

        assert ended.code == 5
        assert "was changed by another program" in ended.text.replace("\n", " ")
        assert {path: path.read_bytes() for path in others} == others | {Path(out): b"# an edit\n"}
        assert [path for path in Path().rglob(".*") if path.is_file()] == []

    def test_a_file_created_during_the_prompt_is_not_overwritten(
        self, environ: Mapping[str, str], run: Run, home: Home
    ) -> None:
        export(run, "rules/")
        put_on_site(home, [*seeded(events=None), rule("New")])

        def save() -> str:
            Path("rules/new.yaml").write_text("# mine\n")
            return "y"

        line = [sys.executable, "-m", "loyaltyctl", "-p", "sandbox", "rules", "export", "--out", "rules/"]
        ended = screen(line, environ, [("[y/N]", save)])

        assert ended.code == 0
        assert Path("rules/new.yaml").read_text() == "# mine\n"
        assert "title: New\n" in Path("rules/new-2.yaml").read_text()


class TestDisks:
    """Full disks, links, permissions: files are replaced completely or not at all."""

    @pytest.mark.parametrize("out", ["rules.yaml", "rules.json", "rules/"])
    def test_a_full_disk_changes_no_file(
        self, out: str, program: Callable[..., Any], run: Run, served: Served
    ) -> None:
        run(f"rules export --out {out}", env=served.environ)
        run(f"rules update {RSVP} --points 99", env=served.environ)
        before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (60, resource.RLIM_INFINITY))

        ended = program(f"rules export --out {out}", env=served.environ, preexec_fn=limit)

        assert ended.returncode == 1
        assert b"error: cannot write to" in ended.stderr
        assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before

    def test_links_and_permissions_are_kept(self, run: Run, home: Home) -> None:
        export(run, "rules.yaml")
        Path("kept").mkdir()
        Path("rules.yaml").rename("kept/shop.yaml")
        Path("rules.yaml").symlink_to("kept/shop.yaml")
        Path("kept/shop.yaml").chmod(0o640)
        put_on_site(home, seeded(events={"status": "ACTIVE"}))
        export(run, "rules.yaml")

        assert_matches_site(run, "kept/shop.yaml")
        assert Path("rules.yaml").is_symlink()
        assert Path("kept/shop.yaml").stat().st_mode & 0o777 == 0o640

    def test_the_owner_is_kept(self, run: Run, home: Home) -> None:
        # Only root can give a file to somebody else.
        owner = (1234, 1234) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        export(run, "rules.yaml")
        os.chown("rules.yaml", *owner)
        put_on_site(home, seeded(events={"status": "ACTIVE"}))
        export(run, "rules.yaml")

        assert (Path("rules.yaml").stat().st_uid, Path("rules.yaml").stat().st_gid) == owner

    def test_a_file_name_of_maximum_length_is_written(self, run: Run) -> None:
        name = "é" * 125 + ".yaml"
        export(run, name)

        assert_matches_site(run, name)


def test_a_json_file_with_number_signs_is_not_blank(run: Run) -> None:
    Path("rules.json").write_text("# my notes\n")

    export(run, "rules.json", code=6)
    assert Path("rules.json").read_text() == "# my notes\n"


def test_a_file_that_cannot_be_edited_is_unchanged(run: Run, home: Home) -> None:
    text = "- trigger: events/Rsvp\n  earn: 1 point\n  title: |\n    A"  # a line end would become part of the title
    Path("rules.yaml").write_text(text)
    put_on_site(home, [rule("A", 1, **PAUSED)])

    ended = export(run, "rules.yaml", code=1)

    assert "rules.yaml cannot be edited: the new text would have other values" in ended.err
    assert Path("rules.yaml").read_text() == text
    assert not Path(SCHEMA).exists()


def test_a_rule_that_no_file_can_state_leaves_the_file_unchanged(run: Run, home: Home) -> None:
    export(run, "rules.yaml")
    before = Path("rules.yaml").read_text()
    put_on_site(home, [rule("A", fixedAmount={"configs": [{"points": 2.5}]})])

    ended = export(run, "rules.yaml", code=6)

    assert "would not match the rules of the site" in ended.err
    assert "2.5" in ended.err
    assert Path("rules.yaml").read_text() == before


def test_json_keeps_its_indentation(run: Run, home: Home) -> None:
    export(run, "rules.json")
    Path("rules.json").write_text(Path("rules.json").read_text().replace("  ", "\t"))
    before = Path("rules.json").read_text().splitlines()
    put_on_site(home, [*seeds()[:-1]])
    export(run, "rules.json")

    assert_matches_site(run, "rules.json")
    assert [line for line in Path("rules.json").read_text().splitlines() if line.rstrip(",") not in [old.rstrip(",") for old in before]] == []  # fmt: skip
