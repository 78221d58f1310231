"""`rules export` to a folder, and file permissions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.sandbox.seeds import seeds
from tests.cli.rules.exports import SCHEMA, assert_matches_site, export, put_on_site, rule, seeded

if TYPE_CHECKING:
    from tests.conftest import Home, Run


class TestFolders:
    """Folders with a file for each rule."""

    def test_each_rule_has_a_file_named_after_it(self, run: Run) -> None:
        export(run, "rules/")

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
        assert_matches_site(run, "rules")

    def test_a_new_rule_gets_a_new_file_and_the_others_stay(self, run: Run, home: Home) -> None:
        Path("rules/shop").mkdir(parents=True)
        mine = "# Mine.\nrules:\n- title: Purchase a product # yes\n  trigger: stores/OrderPaid\n  earn: 20 per 1\n"
        Path("rules/shop/all.yml").write_text(mine)
        put_on_site(home, [seeds()[0], rule("Book!", 3), rule("Book?", 4)])
        export(run, "rules")

        assert_matches_site(run, "rules")
        assert Path("rules/shop/all.yml").read_text() == mine
        assert sorted(path.name for path in Path("rules").glob("*.yaml")) == ["book-2.yaml", "book.yaml"]

    def test_the_file_of_a_removed_rule_is_deleted(self, run: Run, home: Home) -> None:
        Path("rules").mkdir()
        Path("rules/two.yaml").write_text(
            "# Two.\nrules:\n- title: Purchase a product\n  trigger: stores/OrderPaid\n  earn: 20 per 1\n"
            "# B.\n- title: Gone\n  trigger: stores/OrderPaid\n  earn: 1 point\n"
        )
        put_on_site(home, seeds()[:1])
        export(run, "rules/")

        assert_matches_site(run, "rules")
        assert Path("rules/two.yaml").read_text() == (
            "# Two.\nrules:\n- title: Purchase a product\n  trigger: stores/OrderPaid\n  earn: 20 per 1\n"
        )

    def test_the_last_rule_of_a_file_can_be_removed(self, run: Run, home: Home) -> None:
        export(run, "rules/")
        put_on_site(home, seeded(events=None))
        export(run, "rules/")

        assert_matches_site(run, "rules/")
        assert not Path("rules/rsvp-to-an-event.yaml").exists()

    def test_a_file_with_a_comment_is_kept(self, run: Run, home: Home) -> None:
        export(run, "rules/")
        with Path("rules/rsvp-to-an-event.yaml").open("a") as file:
            file.write("# what I wanted to say\n")
        put_on_site(home, seeded(events=None))
        export(run, "rules/")

        assert_matches_site(run, "rules/")
        assert "# what I wanted to say" in Path("rules/rsvp-to-an-event.yaml").read_text()

    def test_an_empty_site_is_exported_to_an_empty_folder(self, run: Run, home: Home) -> None:
        put_on_site(home, [])
        export(run, "rules/")

        assert [path.name for path in Path("rules").iterdir()] == [SCHEMA]


def test_a_link_into_a_missing_folder_is_an_error_with_its_name(run: Run) -> None:
    Path("link.yaml").symlink_to("nowhere/rules.yaml")

    error = run("-p sandbox rules export --out link.yaml", code=1).err

    assert "error: cannot write to link.yaml: No such file or directory" in error
    assert not Path(SCHEMA).exists()


@pytest.mark.parametrize("name", [".yaml", ".JSON"])
def test_a_suffix_alone_is_not_a_file_name(name: str, run: Run) -> None:
    error = run(["-p", "sandbox", "rules", "export", "--out", name], code=2).err

    assert f"error: {name} is a suffix without a name" in error


@pytest.mark.parametrize("name", ["rules.yaml", "rules.json"])
def test_permissions_of_a_file_are_kept_and_a_new_file_is_readable_by_all(
    name: str, run: Run, home: Home
) -> None:
    export(run, name)
    assert Path(name).stat().st_mode & 0o077 == 0o044 & ~_umask()
    Path(name).chmod(0o640)
    put_on_site(home, seeded(events={"status": "ACTIVE"}))
    export(run, name)

    assert Path(name).stat().st_mode & 0o777 == 0o640
    assert_matches_site(run, name)


def _umask() -> int:
    taken = os.umask(0)
    os.umask(taken)
    return taken
